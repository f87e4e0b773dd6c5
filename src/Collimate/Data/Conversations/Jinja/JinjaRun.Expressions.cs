namespace Collimate.Data.Conversations.Jinja;

/// <content>Values of expressions.</content>
internal sealed partial class JinjaRun
{
    /// <summary>The elements of a value that can be gone through.</summary>
    internal IReadOnlyList<object?> Items(object? value)
    {
        IReadOnlyList<object?> items = value switch
        {
            JinjaList list => list.Items,
            JinjaMap map => [.. map.Entries.Select(e => e.Key)],
            TaggedText text => Characters(text),
            JinjaUndefined => [],
            _ => throw Fail($"{JinjaFormat.KindOf(value)} cannot be gone through element by element"),
        };
        Charge(1 + items.Count);
        return items;
    }

    internal object? Apply(string filter, int at, object? target, IReadOnlyList<object?> positional, IReadOnlyDictionary<string, object?> named) =>
        JinjaFilters.Run(new JinjaCall(this, at, filter, positional, named), filter, target);

    internal bool Holds(string test, int at, object? target, IReadOnlyList<object?> positional) =>
        JinjaTests.Run(new JinjaCall(this, at, test, positional, new Dictionary<string, object?>()), test, target);

    private List<object?> Characters(TaggedText text)
    {
        ChargeText(text.Length * 8L);
        var list = new List<object?>(text.Count);
        for (var k = 0; k < text.Count; k++)
        {
            list.Add(text.CutPoints(k, k + 1));
        }

        return list;
    }

    private object? Evaluate(JinjaExpression node)
    {
        Enter();
        Charge();
        line = node.Line;
        var value = node switch
        {
            LiteralNode literal => literal.Value,
            NameNode variable => Find(variable.Name),
            AttributeNode attribute => JinjaMembers.Attribute(this, Evaluate(attribute.Target), attribute.Name),
            ItemNode item => JinjaMembers.Item(this, Evaluate(item.Target), Evaluate(item.Index)),
            SliceNode slice => JinjaMembers.Slice(this, Evaluate(slice.Target), Bound(slice.Start), Bound(slice.Stop), Bound(slice.Step)),
            BinaryNode binary => Binary(binary),
            CompareNode compare => Compare(compare),
            UnaryNode unary => Unary(unary),
            ConditionalNode choice => JinjaOperators.IsTrue(Evaluate(choice.Condition)) ? Evaluate(choice.Then)
                : choice.Otherwise is null ? new JinjaUndefined("an 'if' without 'else'") : Evaluate(choice.Otherwise),
            JoinNode join => Join(join),
            FilterNode filter => Filter(filter, Evaluate(filter.Target!)),
            TestNode test => Test(test),
            CallNode call => Call(call, null),
            ListNode list => new JinjaList(EvaluateAll(list.Items), list.IsTuple),
            MapNode map => Map(map),
            _ => throw new InvalidOperationException(node.GetType().Name),
        };
        Leave();
        return value;
    }

    private object?[] EvaluateAll(JinjaExpression[] nodes)
    {
        var values = new object?[nodes.Length];
        for (var k = 0; k < nodes.Length; k++)
        {
            values[k] = Evaluate(nodes[k]);
        }

        return values;
    }

    private long? Bound(JinjaExpression? node) => node is null ? null : Evaluate(node) switch
    {
        null => null,
        long number => number,
        bool flag => flag ? 1 : 0,
        var other => throw Fail($"{JinjaFormat.KindOf(other)} cannot be a bound of a slice"),
    };

    private object? Binary(BinaryNode node)
    {
        var left = Evaluate(node.Left);
        if (node.Operator is "and" or "or")
        {
            return JinjaOperators.IsTrue(left) == (node.Operator == "and") ? Evaluate(node.Right) : left;
        }

        var right = Evaluate(node.Right);
        line = node.Line;
        return JinjaOperators.Arithmetic(this, node.Operator, left, right);
    }

    private object? Unary(UnaryNode node)
    {
        var operand = Evaluate(node.Operand);
        return node.Operator == "not" ? !JinjaOperators.IsTrue(operand) : JinjaOperators.Signed(this, node.Operator, operand);
    }

    private object? Compare(CompareNode node)
    {
        var left = Evaluate(node.First);
        foreach (var (sign, operand) in node.Rest)
        {
            var right = Evaluate(operand);
            line = node.Line;
            if (!JinjaOperators.Compare(this, sign, left, right))
            {
                return false;
            }

            left = right;
        }

        return true;
    }

    private TaggedText Join(JoinNode node)
    {
        var joined = new TaggedBuilder();
        foreach (var part in node.Parts)
        {
            var text = JinjaFormat.Text(this, Evaluate(part));
            ChargeText(text.Length);
            CheckLength((long)joined.Length + text.Length);
            joined.Append(text);
        }

        return joined.ToText();
    }

    private JinjaMap Map(MapNode node)
    {
        var map = new JinjaMap();
        foreach (var (key, value) in node.Entries)
        {
            Put(map, Evaluate(key), Evaluate(value));
        }

        return map;
    }

    internal void Put(JinjaMap map, object? key, object? value)
    {
        if (key is JinjaList or JinjaMap)
        {
            throw Fail($"{JinjaFormat.KindOf(key)} cannot be a key");
        }

        map.Put(key, value);
    }

    private object? Filter(FilterNode node, object? target)
    {
        var (positional, named) = Arguments(node.Arguments);
        line = node.Line;
        return Apply(node.Name, node.Line, target, positional, named);
    }

    private object? Test(TestNode node)
    {
        var target = Evaluate(node.Target);
        var (positional, _) = Arguments(node.Arguments);
        line = node.Line;
        return Holds(node.Name, node.Line, target, positional) != node.IsNegated;
    }

    private object? Call(CallNode node, JinjaCallable? caller)
    {
        var target = Evaluate(node.Target);
        var (positional, named) = Arguments(node.Arguments);
        if (caller is not null)
        {
            named = new Dictionary<string, object?>(named) { ["caller"] = caller };
        }

        line = node.Line;
        return target switch
        {
            JinjaCallable callable => callable.Run(new JinjaCall(this, node.Line, callable.Name, positional, named)),
            JinjaUndefined missing => throw Fail(node.Line, $"'{missing.Name}' is undefined and cannot be called"),
            _ => throw Fail(node.Line, $"{JinjaFormat.KindOf(target)} cannot be called"),
        };
    }

    private (object?[] Positional, IReadOnlyDictionary<string, object?> Named) Arguments(JinjaArguments arguments)
    {
        var positional = EvaluateAll(arguments.Positional);
        var named = new Dictionary<string, object?>(StringComparer.Ordinal);
        foreach (var (parameter, value) in arguments.Named)
        {
            named[parameter] = Evaluate(value);
        }

        return (positional, named);
    }
}
