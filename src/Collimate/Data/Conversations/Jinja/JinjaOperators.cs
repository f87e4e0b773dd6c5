namespace Collimate.Data.Conversations.Jinja;

/// <summary>Operators, with Python's meaning.</summary>
internal static class JinjaOperators
{
    internal static bool IsTrue(object? value) => value switch
    {
        null or JinjaUndefined => false,
        bool flag => flag,
        long number => number != 0,
        double number => number != 0,
        TaggedText text => text.Length > 0,
        JinjaList list => list.Items.Count > 0,
        JinjaMap map => map.Count > 0,
        _ => true,
    };

    internal static object? Signed(JinjaRun run, string sign, object? value) => Number(value) switch
    {
        long number => (object)(sign == "-" ? number == long.MinValue ? throw TooLarge(run) : -number : number),
        double number => sign == "-" ? -number : number,
        _ => throw run.Fail(Missing(value) ?? $"'{sign}' is not for {JinjaFormat.KindOf(value)}"),
    };

    internal static object? Arithmetic(JinjaRun run, string sign, object? left, object? right)
    {
        if ((Missing(left) ?? Missing(right)) is { } missing)
        {
            throw run.Fail(missing);
        }

        try
        {
            return (sign, Number(left), Number(right)) switch
            {
                (_, long a, long b) => Whole(run, sign, a, b),
                (_, long or double, long or double) => Real(run, sign, Convert.ToDouble(Number(left)), Convert.ToDouble(Number(right))),
                ("+", _, _) when left is TaggedText a && right is TaggedText b => Joined(run, a, b),
                ("+", _, _) when left is JinjaList a && right is JinjaList b && a.IsTuple == b.IsTuple => Joined(run, a, b),
                ("*", _, long times) => Repeated(run, left, times),
                ("*", long times, _) => Repeated(run, right, times),
                ("%", _, _) when left is TaggedText format => JinjaFormat.Percent(run, format, right),
                _ when left is JinjaList { IsContent: true } || right is JinjaList { IsContent: true } => throw run.WantsText(),
                _ => throw run.Fail($"'{sign}' is not for {JinjaFormat.KindOf(left)} and {JinjaFormat.KindOf(right)}"),
            };
        }
        catch (OverflowException)
        {
            throw TooLarge(run);
        }
    }

    internal static bool Compare(JinjaRun run, string sign, object? left, object? right) => sign switch
    {
        "==" => AreEqual(run, left, right),
        "!=" => !AreEqual(run, left, right),
        "in" => Contains(run, right, left),
        "not in" => !Contains(run, right, left),
        "<" => Order(run, left, right) is < 0,
        "<=" => Order(run, left, right) is <= 0,
        ">" => Order(run, left, right) is > 0,
        _ => Order(run, left, right) is >= 0,
    };

    internal static bool AreEqual(JinjaRun run, object? left, object? right)
    {
        run.Charge();
        switch (left, right)
        {
            case (TaggedText a, TaggedText b):
                return a.Value == b.Value;
            case (null, null) or (JinjaUndefined, JinjaUndefined):
                return true;
            case (JinjaList a, JinjaList b):
                if (a.IsTuple != b.IsTuple || a.Items.Count != b.Items.Count)
                {
                    return false;
                }

                run.Enter();
                for (var k = 0; k < a.Items.Count; k++)
                {
                    if (!AreEqual(run, a.Items[k], b.Items[k]))
                    {
                        run.Leave();
                        return false;
                    }
                }

                run.Leave();
                return true;
            case (JinjaMap a, JinjaMap b):
                run.Enter();
                var equal = a.Count == b.Count && a.Entries.All(e => b.TryGet(e.Key, out var other) && AreEqual(run, e.Value, other));
                run.Leave();
                return equal;
            default:
                return (Number(left), Number(right)) switch
                {
                    (long a, long b) => a == b,
                    (long or double, long or double) => Convert.ToDouble(Number(left)) == Convert.ToDouble(Number(right)),
                    _ => ReferenceEquals(left, right),
                };
        }
    }

    internal static bool Contains(JinjaRun run, object? container, object? value)
    {
        switch (container)
        {
            case TaggedText text:
                var part = value as TaggedText ?? throw run.Fail($"'in' looks for text in text, found {JinjaFormat.KindOf(value)}");
                run.ChargeText(text.Length);
                return text.Value.Contains(part.Value, StringComparison.Ordinal);
            case JinjaMap map:
                return value is not (JinjaList or JinjaMap) && map.TryGet(value, out _);
            case JinjaList list:
                foreach (var item in list.Items)
                {
                    if (AreEqual(run, item, value))
                    {
                        return true;
                    }
                }

                return false;
            case JinjaUndefined:
                return false;
            default:
                throw run.Fail($"'in' cannot look into {JinjaFormat.KindOf(container)}");
        }
    }

    /// <summary>Below zero, zero or above; null where a number is no number.</summary>
    internal static int? Order(JinjaRun run, object? left, object? right)
    {
        run.Charge();
        switch (Number(left), Number(right))
        {
            case (long a, long b):
                return a.CompareTo(b);
            case (long or double, long or double):
                var (x, y) = (Convert.ToDouble(Number(left)), Convert.ToDouble(Number(right)));
                return double.IsNaN(x) || double.IsNaN(y) ? null : x.CompareTo(y);
        }

        if (left is TaggedText first && right is TaggedText second)
        {
            return string.CompareOrdinal(first.Value, second.Value);
        }

        if (left is not JinjaList { Items: var these } || right is not JinjaList { Items: var those })
        {
            throw run.Fail(Missing(left) ?? Missing(right) ?? $"{JinjaFormat.KindOf(left)} and {JinjaFormat.KindOf(right)} have no order");
        }

        run.Enter();
        var order = these.Count.CompareTo(those.Count);
        for (var k = 0; k < Math.Min(these.Count, those.Count); k++)
        {
            if (!AreEqual(run, these[k], those[k]))
            {
                order = Order(run, these[k], those[k]) ?? 0;
                break;
            }
        }

        run.Leave();
        return order;
    }

    /// <summary>A value as a number (true is 1), or null.</summary>
    internal static object? Number(object? value) => value switch
    {
        bool flag => flag ? 1L : 0L,
        long or double => value,
        _ => null,
    };

    private static string? Missing(object? value) => value is JinjaUndefined missing ? $"'{missing.Name}' is undefined" : null;

    private static JinjaException TooLarge(JinjaRun run) => run.Fail("the number is too large");

    private static object Whole(JinjaRun run, string sign, long a, long b) => sign switch
    {
        "+" => (object)checked(a + b),
        "-" => checked(a - b),
        "*" => checked(a * b),
        "/" => b == 0 ? throw run.Fail("division by zero") : (double)a / b,
        "//" => b == 0 ? throw run.Fail("division by zero") : b == -1 ? checked(-a) : (a / b) - (a % b != 0 && (a < 0) != (b < 0) ? 1 : 0),
        "%" => b is 0 or -1 ? b == 0 ? throw run.Fail("division by zero") : 0L : ((a % b) + b) % b,
        _ => b < 0 ? Math.Pow(a, b) : Power(a, b),
    };

    private static object Power(long a, long b)
    {
        var result = 1L;
        if (a is 0 or 1 or -1)
        {
            return b == 0 ? 1L : a == -1 && b % 2 == 0 ? 1L : a;
        }

        for (var k = 0L; k < b; k++) // overflows after 63 rounds at most
        {
            result = checked(result * a);
        }

        return result;
    }

    private static object Real(JinjaRun run, string sign, double a, double b)
    {
        if (b == 0 && (sign is "/" or "//" or "%"))
        {
            throw run.Fail("division by zero");
        }

        return sign switch
        {
            "+" => a + b,
            "-" => a - b,
            "*" => a * b,
            "/" => a / b,
            "//" => Math.Floor(a / b),
            "%" => a - (b * Math.Floor(a / b)),
            _ => Math.Pow(a, b),
        };
    }

    private static TaggedText Joined(JinjaRun run, TaggedText a, TaggedText b)
    {
        run.ChargeText((long)a.Length + b.Length);
        return a.Length == 0 ? b : b.Length == 0 ? a : new TaggedBuilder().Append(a).Append(b).ToText();
    }

    private static JinjaList Joined(JinjaRun run, JinjaList a, JinjaList b)
    {
        run.Charge(a.Items.Count + b.Items.Count);
        return new JinjaList([.. a.Items, .. b.Items], a.IsTuple);
    }

    private static object Repeated(JinjaRun run, object? value, long times)
    {
        times = Math.Max(times, 0);
        switch (value)
        {
            case TaggedText text:
                run.ChargeText(text.Length == 0 ? 0 : checked(text.Length * times));
                var repeated = new TaggedBuilder();
                for (var k = 0L; k < times && text.Length > 0; k++)
                {
                    repeated.Append(text);
                }

                return repeated.ToText();
            case JinjaList list:
                run.Charge(checked(list.Items.Count * times));
                return new JinjaList([.. Enumerable.Range(0, list.Items.Count == 0 ? 0 : (int)times).SelectMany(_ => list.Items)], list.IsTuple);
            default:
                throw run.Fail($"'*' is not for {JinjaFormat.KindOf(value)}");
        }
    }
}
