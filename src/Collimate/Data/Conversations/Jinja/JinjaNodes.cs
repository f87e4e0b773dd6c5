namespace Collimate.Data.Conversations.Jinja;

/// <summary>A part of a template that has a value.</summary>
internal abstract class JinjaExpression(int line)
{
    internal int Line { get; } = line;
}

internal sealed class LiteralNode(int line, object? value) : JinjaExpression(line)
{
    internal object? Value { get; } = value;
}

internal sealed class NameNode(int line, string name) : JinjaExpression(line)
{
    internal string Name { get; } = name;
}

internal sealed class ListNode(int line, JinjaExpression[] items, bool isTuple) : JinjaExpression(line)
{
    internal JinjaExpression[] Items { get; } = items;

    internal bool IsTuple { get; } = isTuple;
}

internal sealed class MapNode(int line, (JinjaExpression Key, JinjaExpression Value)[] entries) : JinjaExpression(line)
{
    internal (JinjaExpression Key, JinjaExpression Value)[] Entries { get; } = entries;
}

/// <summary><c>-x</c>, <c>+x</c> or <c>not x</c>.</summary>
internal sealed class UnaryNode(int line, string sign, JinjaExpression operand) : JinjaExpression(line)
{
    internal string Operator { get; } = sign;

    internal JinjaExpression Operand { get; } = operand;
}

/// <summary>Arithmetic, <c>and</c> and <c>or</c>.</summary>
internal sealed class BinaryNode(int line, string sign, JinjaExpression left, JinjaExpression right) : JinjaExpression(line)
{
    internal string Operator { get; } = sign;

    internal JinjaExpression Left { get; } = left;

    internal JinjaExpression Right { get; } = right;
}

/// <summary>Operands joined by <c>~</c>.</summary>
internal sealed class JoinNode(int line, JinjaExpression[] parts) : JinjaExpression(line)
{
    internal JinjaExpression[] Parts { get; } = parts;
}

/// <summary>A chain of comparisons: <c>a &lt; b &lt;= c</c>.</summary>
internal sealed class CompareNode(int line, JinjaExpression first, (string Operator, JinjaExpression Operand)[] rest) : JinjaExpression(line)
{
    internal JinjaExpression First { get; } = first;

    internal (string Operator, JinjaExpression Operand)[] Rest { get; } = rest;
}

internal sealed class ConditionalNode(int line, JinjaExpression condition, JinjaExpression then, JinjaExpression? otherwise) : JinjaExpression(line)
{
    internal JinjaExpression Condition { get; } = condition;

    internal JinjaExpression Then { get; } = then;

    internal JinjaExpression? Otherwise { get; } = otherwise;
}

internal sealed class AttributeNode(int line, JinjaExpression target, string name) : JinjaExpression(line)
{
    internal JinjaExpression Target { get; } = target;

    internal string Name { get; } = name;
}

internal sealed class ItemNode(int line, JinjaExpression target, JinjaExpression index) : JinjaExpression(line)
{
    internal JinjaExpression Target { get; } = target;

    internal JinjaExpression Index { get; } = index;
}

internal sealed class SliceNode(int line, JinjaExpression target, JinjaExpression? start, JinjaExpression? stop, JinjaExpression? step) : JinjaExpression(line)
{
    internal JinjaExpression Target { get; } = target;

    internal JinjaExpression? Start { get; } = start;

    internal JinjaExpression? Stop { get; } = stop;

    internal JinjaExpression? Step { get; } = step;
}

/// <summary>What is handed to a call, a filter or a test.</summary>
internal sealed record JinjaArguments(JinjaExpression[] Positional, (string Name, JinjaExpression Value)[] Named)
{
    internal static readonly JinjaArguments None = new([], []);
}

internal sealed class CallNode(int line, JinjaExpression target, JinjaArguments arguments) : JinjaExpression(line)
{
    internal JinjaExpression Target { get; } = target;

    internal JinjaArguments Arguments { get; } = arguments;
}

/// <summary>A filter; without a target where a block is filtered.</summary>
internal sealed class FilterNode(int line, JinjaExpression? target, string name, JinjaArguments arguments) : JinjaExpression(line)
{
    internal JinjaExpression? Target { get; } = target;

    internal string Name { get; } = name;

    internal JinjaArguments Arguments { get; } = arguments;
}

internal sealed class TestNode(int line, JinjaExpression target, string name, JinjaArguments arguments, bool negated) : JinjaExpression(line)
{
    internal JinjaExpression Target { get; } = target;

    internal string Name { get; } = name;

    internal JinjaArguments Arguments { get; } = arguments;

    internal bool IsNegated { get; } = negated;
}

/// <summary>A part of a template that writes or does something.</summary>
internal abstract class JinjaStatement(int line)
{
    internal int Line { get; } = line;
}

internal sealed class TextStatement(int line, string text) : JinjaStatement(line)
{
    internal TaggedText Text { get; } = TaggedText.Of(text);
}

internal sealed class PrintStatement(int line, JinjaExpression value) : JinjaStatement(line)
{
    internal JinjaExpression Value { get; } = value;
}

internal sealed class IfStatement(int line, (JinjaExpression Condition, JinjaStatement[] Body)[] branches, JinjaStatement[] otherwise) : JinjaStatement(line)
{
    internal (JinjaExpression Condition, JinjaStatement[] Body)[] Branches { get; } = branches;

    internal JinjaStatement[] Otherwise { get; } = otherwise;
}

internal sealed class ForStatement(
    int line, JinjaTarget target, JinjaExpression items, JinjaExpression? filter, JinjaStatement[] body, JinjaStatement[] otherwise) : JinjaStatement(line)
{
    internal JinjaTarget Target { get; } = target;

    internal JinjaExpression Items { get; } = items;

    internal JinjaExpression? Filter { get; } = filter;

    internal JinjaStatement[] Body { get; } = body;

    internal JinjaStatement[] Otherwise { get; } = otherwise;
}

/// <summary>What is assigned to: a name, an attribute of a namespace, or several of them.</summary>
internal sealed record JinjaTarget(int Line, string Name, string? Attribute, JinjaTarget[]? Parts);

internal sealed class SetStatement(int line, JinjaTarget target, JinjaExpression value) : JinjaStatement(line)
{
    internal JinjaTarget Target { get; } = target;

    internal JinjaExpression Value { get; } = value;
}

/// <summary>A block that is assigned, or filtered and written where there is no target.</summary>
internal sealed class CaptureStatement(int line, JinjaTarget? target, FilterNode[] filters, JinjaStatement[] body) : JinjaStatement(line)
{
    internal JinjaTarget? Target { get; } = target;

    internal FilterNode[] Filters { get; } = filters;

    internal JinjaStatement[] Body { get; } = body;
}

internal sealed class MacroStatement(int line, string name, (string Name, JinjaExpression? Default)[] parameters, JinjaStatement[] body) : JinjaStatement(line)
{
    internal string Name { get; } = name;

    internal (string Name, JinjaExpression? Default)[] Parameters { get; } = parameters;

    internal JinjaStatement[] Body { get; } = body;
}

internal sealed class CallStatement(int line, CallNode call, MacroStatement caller) : JinjaStatement(line)
{
    internal CallNode Call { get; } = call;

    internal MacroStatement Caller { get; } = caller;
}

internal sealed class WithStatement(int line, (JinjaTarget Target, JinjaExpression Value)[] values, JinjaStatement[] body) : JinjaStatement(line)
{
    internal (JinjaTarget Target, JinjaExpression Value)[] Values { get; } = values;

    internal JinjaStatement[] Body { get; } = body;
}

/// <summary>A generation block: the assistant is to learn what it writes.</summary>
internal sealed class GenerationStatement(int line, JinjaStatement[] body) : JinjaStatement(line)
{
    internal JinjaStatement[] Body { get; } = body;
}

/// <summary><c>break</c> or <c>continue</c>.</summary>
internal sealed class JumpStatement(int line, bool breaks) : JinjaStatement(line)
{
    internal bool Breaks { get; } = breaks;
}
