using System.Runtime.CompilerServices;

namespace Collimate.Data.Conversations.Jinja;

/// <summary>One run of a template: the values of its names, the text written so far, and what it has cost.</summary>
internal sealed partial class JinjaRun
{
    private readonly string name;
    private readonly JinjaLimits limits;
    private readonly TimeProvider clock;
    private TaggedBuilder output = new();
    private Scope scope = new(null);
    private long steps;
    private int depth;
    private int line = 1;
    private int message = -1;
    private int generating;
    private int loopDepth;

    internal JinjaRun(string name, JinjaLimits limits, TimeProvider clock)
    {
        (this.name, this.limits, this.clock) = (name, limits, clock);
        foreach (var (function, run) in JinjaFunctions.All)
        {
            scope.Values[function] = new JinjaCallable(function, run);
        }
    }

    private enum Flow
    {
        On,
        Break,
        Continue,
    }

    internal DateTimeOffset Now => clock.GetLocalNow();

    internal TaggedText Render(JinjaStatement[] body, IEnumerable<KeyValuePair<string, object?>> variables)
    {
        foreach (var (variable, value) in variables)
        {
            scope.Values[variable] = value;
        }

        scope = new Scope(scope);
        Write(body);
        return output.ToText();
    }

    internal JinjaException Fail(int at, string text) => new(name, at, text);

    internal JinjaException Fail(string text) => new(name, line, text);

    internal JinjaException WantsText() => new(name, line, "the template takes a message's content as text, not as a list of parts") { WantsText = true };

    internal JinjaException Refusal(int at, string text) => new(name, at, $"the template refuses the conversation: {text}") { IsRaisedByTemplate = true };

    /// <summary>Pays for work: one step for each node, element, or sixteen characters.</summary>
    internal void Charge(long cost = 1)
    {
        if ((steps += cost) > limits.Steps)
        {
            throw Fail($"the template takes more than {limits.Steps} steps; it does not come to an end, or does far more than write a conversation");
        }
    }

    /// <summary>Pays for a text, and refuses one that is too long.</summary>
    internal void ChargeText(long length)
    {
        CheckLength(length);
        Charge(1 + (length / 16));
    }

    /// <summary>Refuses a text that is too long.</summary>
    internal void CheckLength(long length)
    {
        if (length > limits.OutputLength)
        {
            throw Fail($"the text grows past {limits.OutputLength} characters");
        }
    }

    /// <summary>Goes one deeper; <see cref="Leave"/> comes back. After a failure the run is over, so nothing needs to be undone.</summary>
    internal void Enter()
    {
        if (++depth > limits.Depth || !RuntimeHelpers.TryEnsureSufficientExecutionStack())
        {
            throw Fail($"expressions, calls or values are nested more than {limits.Depth} deep");
        }
    }

    internal void Leave() => depth--;

    private Flow Write(JinjaStatement[] body)
    {
        Enter();
        foreach (var statement in body)
        {
            line = statement.Line;
            Charge();
            var flow = Write(statement);
            if (flow != Flow.On)
            {
                Leave();
                return flow;
            }
        }

        Leave();
        return Flow.On;
    }

    private Flow Write(JinjaStatement statement)
    {
        switch (statement)
        {
            case TextStatement text:
                Emit(text.Text);
                return Flow.On;
            case PrintStatement print:
                Emit(JinjaFormat.Text(this, Evaluate(print.Value)));
                return Flow.On;
            case IfStatement choice:
                return WriteIf(choice);
            case ForStatement loop:
                WriteFor(loop);
                return Flow.On;
            case SetStatement set:
                Assign(set.Target, Evaluate(set.Value));
                return Flow.On;
            case CaptureStatement capture:
                WriteCapture(capture);
                return Flow.On;
            case MacroStatement macro:
                scope.Values[macro.Name] = Macro(macro, scope);
                return Flow.On;
            case CallStatement call:
                Emit(JinjaFormat.Text(this, Call(call.Call, Macro(call.Caller, scope))));
                return Flow.On;
            case WithStatement with:
                return WriteWith(with);
            case GenerationStatement generation:
                generating++;
                var flow = Inside(new Scope(scope), generation.Body);
                generating--;
                return flow;
            case JumpStatement jump:
                return jump.Breaks ? Flow.Break : Flow.Continue;
            default:
                throw new InvalidOperationException(statement.GetType().Name);
        }
    }

    // Text of the template learns for which message, and inside which block, it is written.
    private void Emit(TaggedText text)
    {
        ChargeText(text.Length);
        CheckLength((long)output.Length + text.Length);
        output.Append(text, tag => tag with
        {
            Message = tag is { Origin: TextOrigin.Template, Message: < 0 } ? message : tag.Message, Generated = tag.Generated || generating > 0,
        });
    }

    private Flow WriteIf(IfStatement choice)
    {
        foreach (var (condition, body) in choice.Branches)
        {
            if (JinjaOperators.IsTrue(Evaluate(condition)))
            {
                return Write(body);
            }
        }

        return Write(choice.Otherwise);
    }

    private void WriteFor(ForStatement loop)
    {
        var outer = scope;
        var outerMessage = message;
        var items = Items(Evaluate(loop.Items));
        if (loop.Filter is not null)
        {
            var kept = new List<object?>();
            foreach (var item in items)
            {
                scope = new Scope(outer);
                Assign(loop.Target, item);
                if (JinjaOperators.IsTrue(Evaluate(loop.Filter)))
                {
                    kept.Add(item);
                }
            }

            items = kept;
            (scope, message) = (outer, outerMessage);
        }

        var state = new JinjaLoop(items, loopDepth++);
        foreach (var item in items)
        {
            scope = new Scope(outer);
            scope.Values["loop"] = state;
            Assign(loop.Target, item);
            var flow = Write(loop.Body);
            message = outerMessage;
            if (flow == Flow.Break)
            {
                break;
            }

            state.Index++;
        }

        loopDepth--;
        scope = outer;
        if (items.Count == 0)
        {
            Inside(new Scope(outer), loop.Otherwise);
        }
    }

    private void WriteCapture(CaptureStatement capture)
    {
        var outer = output;
        output = new TaggedBuilder();
        Inside(new Scope(scope), capture.Body);
        object? value = output.ToText();
        output = outer;
        foreach (var filter in capture.Filters)
        {
            value = Filter(filter, value);
        }

        if (capture.Target is null)
        {
            Emit(JinjaFormat.Text(this, value));
        }
        else
        {
            Assign(capture.Target, value);
        }
    }

    private Flow WriteWith(WithStatement with)
    {
        var values = with.Values.Select(v => Evaluate(v.Value)).ToArray();
        var (outer, outerMessage) = (scope, message);
        scope = new Scope(outer);
        for (var k = 0; k < values.Length; k++)
        {
            Assign(with.Values[k].Target, values[k]);
        }

        var flow = Write(with.Body);
        (scope, message) = (outer, outerMessage);
        return flow;
    }

    private Flow Inside(Scope inner, JinjaStatement[] body)
    {
        var outer = scope;
        scope = inner;
        var flow = Write(body);
        scope = outer;
        return flow;
    }

    private void Assign(JinjaTarget target, object? value)
    {
        if (target.Parts is { } parts)
        {
            var items = Items(value);
            if (items.Count != parts.Length)
            {
                throw Fail(target.Line, $"{items.Count} values for {parts.Length} names");
            }

            for (var k = 0; k < parts.Length; k++)
            {
                Assign(parts[k], items[k]);
            }
        }
        else if (target.Attribute is not null)
        {
            var space = Find(target.Name) as JinjaNamespace ?? throw Fail(target.Line, $"'{target.Name}' is no namespace; only a namespace's attributes can be assigned to");
            space.Values[target.Attribute] = value;
        }
        else
        {
            scope.Values[target.Name] = value;
            // The name at hand for a message says whose turn is being written, also where a loop runs over numbers.
            message = value is JinjaMap { Message: >= 0 } turn ? turn.Message : message;
        }
    }

    private JinjaCallable Macro(MacroStatement macro, Scope closure) => new(macro.Name, call =>
    {
        if (call.Positional.Count > macro.Parameters.Length)
        {
            throw call.Fail($"takes {macro.Parameters.Length} arguments, {call.Positional.Count} are given");
        }

        var unknown = call.Named.Keys.FirstOrDefault(key => key != "caller" && !macro.Parameters.Any(p => p.Name == key));
        if (unknown is not null)
        {
            throw call.Fail($"has no parameter '{unknown}'");
        }

        var (outerScope, outerOutput) = (scope, output);
        (scope, output) = (new Scope(closure), new TaggedBuilder());
        if (call.Named.TryGetValue("caller", out var caller))
        {
            scope.Values["caller"] = caller;
        }

        for (var k = 0; k < macro.Parameters.Length; k++)
        {
            var (parameter, otherwise) = macro.Parameters[k];
            scope.Values[parameter] = call.Has(k, parameter) ? call.Get(k, parameter)
                : otherwise is null ? new JinjaUndefined(parameter) : Evaluate(otherwise);
        }

        Write(macro.Body);
        var text = output.ToText();
        (scope, output) = (outerScope, outerOutput);
        return text;
    });

    private object? Find(string variable)
    {
        for (var at = scope; at is not null; at = at.Parent)
        {
            if (at.Values.TryGetValue(variable, out var value))
            {
                return value;
            }
        }

        return new JinjaUndefined(variable);
    }

    private sealed class Scope(Scope? parent)
    {
        internal Scope? Parent { get; } = parent;

        internal Dictionary<string, object?> Values { get; } = new(StringComparer.Ordinal);
    }
}
