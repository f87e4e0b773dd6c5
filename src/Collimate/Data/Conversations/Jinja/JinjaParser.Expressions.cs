using System.Globalization;
using K = Collimate.Data.Conversations.Jinja.JinjaTokenKind;

namespace Collimate.Data.Conversations.Jinja;

/// <content>Reads expressions, from the loosest binding to the tightest.</content>
internal sealed partial class JinjaParser
{
    private static readonly string[] Comparisons = ["==", "!=", "<", "<=", ">", ">="];

    private JinjaExpression TupleOrExpression(bool conditional = true)
    {
        var line = Current.Line;
        var first = conditional ? Expression() : Or();
        if (!Current.Is(","))
        {
            return first;
        }

        var items = new List<JinjaExpression> { first };
        while (TakeIf(","))
        {
            if (Current.Kind is K.BlockEnd or K.VariableEnd || Current.Is(")") || Current.Is("in"))
            {
                break;
            }

            items.Add(conditional ? Expression() : Or());
        }

        return new ListNode(line, [.. items], isTuple: true);
    }

    private JinjaExpression Expression()
    {
        Enter();
        var value = Or();
        while (Current.Is("if"))
        {
            var line = tokens[at++].Line;
            var condition = Or();
            value = new ConditionalNode(line, condition, value, TakeIf("else") ? Expression() : null);
        }

        depth--;
        return value;
    }

    private JinjaExpression Or() => Chain(And, "or");

    private JinjaExpression And() => Chain(Not, "and");

    private JinjaExpression Not()
    {
        if (!Current.Is("not"))
        {
            return Compare();
        }

        Enter();
        var line = tokens[at++].Line;
        var negated = new UnaryNode(line, "not", Not());
        depth--;
        return negated;
    }

    private JinjaExpression Compare()
    {
        var first = Sum();
        var rest = new List<(string, JinjaExpression)>();
        while (true)
        {
            if (Current.Kind == K.Operator && Comparisons.Contains(Current.Text))
            {
                rest.Add((tokens[at++].Text, Sum()));
            }
            else if (TakeIf("in"))
            {
                rest.Add(("in", Sum()));
            }
            else if (Current.Is("not") && tokens[at + 1].Is("in"))
            {
                at += 2;
                rest.Add(("not in", Sum()));
            }
            else
            {
                return rest.Count == 0 ? first : new CompareNode(first.Line, first, [.. rest]);
            }
        }
    }

    private JinjaExpression Sum() => Chain(Join, "+", "-");

    private JinjaExpression Join()
    {
        var first = Product();
        if (!Current.Is("~"))
        {
            return first;
        }

        var parts = new List<JinjaExpression> { first };
        while (TakeIf("~"))
        {
            parts.Add(Product());
        }

        return new JoinNode(first.Line, [.. parts]);
    }

    private JinjaExpression Product() => Chain(Power, "*", "/", "//", "%");

    private JinjaExpression Power() => Chain(() => Unary(), "**");

    private JinjaExpression Chain(Func<JinjaExpression> operand, params ReadOnlySpan<string> operators)
    {
        var left = operand();
        while (Current.Kind is K.Operator or K.Name && operators.Contains(Current.Text))
        {
            var sign = tokens[at++];
            left = new BinaryNode(sign.Line, sign.Text, left, operand());
        }

        return left;
    }

    private JinjaExpression Unary(bool filtered = true)
    {
        Enter();
        var line = Current.Line;
        JinjaExpression value;
        if (Current.Is("-") || Current.Is("+"))
        {
            value = new UnaryNode(line, tokens[at++].Text, Unary(filtered: false));
        }
        else
        {
            value = Primary();
        }

        value = Postfix(value);
        depth--;
        return filtered ? Filtered(value) : value;
    }

    private JinjaExpression Primary()
    {
        var token = Current;
        at += token.Kind is K.Name or K.String or K.Integer or K.Float ? 1 : 0;
        switch (token.Kind)
        {
            case K.Name:
                return token.Text switch
                {
                    "true" or "True" => new LiteralNode(token.Line, true),
                    "false" or "False" => new LiteralNode(token.Line, false),
                    "none" or "None" => new LiteralNode(token.Line, null),
                    _ => new NameNode(token.Line, token.Text),
                };
            case K.String:
                var text = token.Text;
                while (Current.Kind == K.String)
                {
                    text += tokens[at++].Text;
                }

                return new LiteralNode(token.Line, TaggedText.Of(text));
            case K.Integer:
                return new LiteralNode(token.Line, long.TryParse(token.Text, NumberStyles.None, CultureInfo.InvariantCulture, out var whole)
                    ? whole : throw Error(token, $"the number {token.Text} is too large"));
            case K.Float:
                return new LiteralNode(token.Line, double.Parse(token.Text, CultureInfo.InvariantCulture));
            default:
                return Bracketed();
        }
    }

    private JinjaExpression Bracketed()
    {
        var token = Current;
        if (TakeIf("("))
        {
            if (TakeIf(")"))
            {
                return new ListNode(token.Line, [], isTuple: true);
            }

            var inner = TupleOrExpression();
            TakeOperator(")");
            return inner;
        }

        if (TakeIf("["))
        {
            var items = new List<JinjaExpression>();
            while (!TakeIf("]"))
            {
                Separate(items.Count);
                if (!Current.Is("]"))
                {
                    items.Add(Expression());
                }
            }

            return new ListNode(token.Line, [.. items], isTuple: false);
        }

        if (!TakeIf("{"))
        {
            throw Error(token, $"found {Shown(token)}; expected a value");
        }

        var entries = new List<(JinjaExpression, JinjaExpression)>();
        while (!TakeIf("}"))
        {
            Separate(entries.Count);
            if (!Current.Is("}"))
            {
                var key = Expression();
                TakeOperator(":");
                entries.Add((key, Expression()));
            }
        }

        return new MapNode(token.Line, [.. entries]);
    }

    private void Separate(int count)
    {
        if (count > 0)
        {
            TakeOperator(",");
        }
    }

    private JinjaExpression Postfix(JinjaExpression value)
    {
        while (true)
        {
            var token = Current;
            if (TakeIf("."))
            {
                value = Current.Kind == K.Integer
                    ? new ItemNode(token.Line, value, Primary())
                    : new AttributeNode(token.Line, value, TakeName("an attribute's name").Text);
            }
            else if (TakeIf("["))
            {
                value = Subscript(token, value);
            }
            else if (Current.Is("("))
            {
                value = new CallNode(token.Line, value, Arguments());
            }
            else
            {
                return value;
            }
        }
    }

    private JinjaExpression Subscript(JinjaToken token, JinjaExpression value)
    {
        var bounds = new JinjaExpression?[3];
        var colons = 0;
        while (!TakeIf("]"))
        {
            if (TakeIf(":"))
            {
                if (++colons > 2)
                {
                    throw Error(Current, "a slice has at most two colons");
                }
            }
            else if (bounds[colons] is null)
            {
                bounds[colons] = TupleOrExpression();
            }
            else
            {
                throw Error(Current, $"found {Shown(Current)}; expected ']'");
            }
        }

        return colons > 0
            ? new SliceNode(token.Line, value, bounds[0], bounds[1], bounds[2])
            : new ItemNode(token.Line, value, bounds[0] ?? throw Error(token, "there is nothing between '[' and ']'"));
    }

    private JinjaArguments Arguments()
    {
        TakeOperator("(");
        var positional = new List<JinjaExpression>();
        var named = new List<(string, JinjaExpression)>();
        while (!TakeIf(")"))
        {
            Separate(positional.Count + named.Count);
            if (Current.Is(")"))
            {
                continue;
            }

            if (Current.Is("*") || Current.Is("**"))
            {
                throw Error(Current, "calls with * and ** are not supported in chat templates");
            }

            if (Current.Kind == K.Name && tokens[at + 1].Is("="))
            {
                var parameter = tokens[at].Text;
                at += 2;
                named.Add((parameter, Expression()));
            }
            else if (named.Count > 0)
            {
                throw Error(Current, "an argument without a name follows one with a name");
            }
            else
            {
                positional.Add(Expression());
            }
        }

        return new JinjaArguments([.. positional], [.. named]);
    }

    private JinjaExpression Filtered(JinjaExpression value)
    {
        while (true)
        {
            if (TakeIf("|"))
            {
                value = FilterOf(value);
            }
            else if (Current.Is("is"))
            {
                value = Test(value);
            }
            else if (Current.Is("("))
            {
                value = new CallNode(Current.Line, value, Arguments());
            }
            else
            {
                return value;
            }
        }
    }

    private FilterNode FilterOf(JinjaExpression? target)
    {
        var filter = TakeName("a filter's name");
        return JinjaFilters.Knows(filter.Text)
            ? new FilterNode(filter.Line, target, filter.Text, Current.Is("(") ? Arguments() : JinjaArguments.None)
            : throw Error(filter, $"the filter '{filter.Text}' is not known; known: {JinjaFilters.KnownNames}");
    }

    private TestNode Test(JinjaExpression target)
    {
        var line = tokens[at++].Line;
        var negated = TakeIf("not");
        var test = TakeName("a test's name");
        if (!JinjaTests.Knows(test.Text))
        {
            throw Error(test, $"the test '{test.Text}' is not known; known: {JinjaTests.KnownNames}");
        }

        var arguments = JinjaArguments.None;
        if (Current.Is("("))
        {
            arguments = Arguments();
        }
        else if (Current.Kind is K.Name or K.String or K.Integer or K.Float || Current.Is("[") || Current.Is("{"))
        {
            if (!(Current.Is("else") || Current.Is("or") || Current.Is("and") || Current.Is("if") || Current.Is("is") || Current.Is("in") || Current.Is("not")))
            {
                arguments = new JinjaArguments([Postfix(Primary())], []);
            }
        }

        return new TestNode(line, target, test.Text, arguments, negated);
    }
}
