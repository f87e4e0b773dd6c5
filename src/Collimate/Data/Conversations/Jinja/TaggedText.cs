using System.Text;

namespace Collimate.Data.Conversations.Jinja;

/// <summary>Text whose characters remember where they came from, through cutting, joining and changing case.</summary>
/// <remarks>This is what lets labels be read off the rendered text: no piece is ever searched for, or tokenized a second time.</remarks>
internal sealed class TaggedText
{
    internal static readonly TaggedText Empty = new("", []);

    private readonly (int Start, TextTag Tag)[] runs;
    private int[]? points; // where code points begin, where there are surrogates

    internal TaggedText(string value, TextTag tag)
        : this(value, value.Length == 0 ? [] : [(0, tag)])
    {
    }

    internal TaggedText(string value, (int Start, TextTag Tag)[] runs) => (Value, this.runs) = (value, runs);

    /// <summary>The characters.</summary>
    internal string Value { get; }

    internal int Length => Value.Length;

    /// <summary>How many code points: what templates count.</summary>
    internal int Count => HasSurrogates ? Points().Length - 1 : Value.Length;

    private bool HasSurrogates => Value.AsSpan().IndexOfAnyInRange('\uD800', '\uDFFF') >= 0;

    /// <summary>The stretches of one origin, in order.</summary>
    internal IEnumerable<(int Start, int End, TextTag Tag)> Runs
    {
        get
        {
            for (var k = 0; k < runs.Length; k++)
            {
                yield return (runs[k].Start, k + 1 < runs.Length ? runs[k + 1].Start : Value.Length, runs[k].Tag);
            }
        }
    }

    internal static TaggedText Of(string value) => new(value, TextTag.Template);

    public override string ToString() => Value;

    internal TextTag TagAt(int at)
    {
        var (low, high) = (0, runs.Length - 1);
        while (low < high)
        {
            var middle = (low + high + 1) / 2;
            (low, high) = runs[middle].Start <= at ? (middle, high) : (low, middle - 1);
        }

        return runs.Length == 0 ? TextTag.Template : runs[low].Tag;
    }

    internal TaggedText Cut(int start, int end)
    {
        if (start == 0 && end == Value.Length)
        {
            return this;
        }

        if (start >= end)
        {
            return Empty;
        }

        var kept = new List<(int, TextTag)>();
        foreach (var (from, to, tag) in Runs)
        {
            if (from < end && to > start)
            {
                kept.Add((Math.Max(from - start, 0), tag));
            }
        }

        return new TaggedText(Value[start..end], [.. kept]);
    }

    /// <summary>The text between code points.</summary>
    internal TaggedText CutPoints(int start, int end) => HasSurrogates ? Cut(Points()[start], Points()[end]) : Cut(start, end);

    /// <summary>The number of the code point at a UTF-16 place.</summary>
    internal int PointAt(int place) => HasSurrogates ? Array.BinarySearch(Points(), place) is var k && k < 0 ? ~k - 1 : k : place;

    internal TaggedText Trim(bool left = true, bool right = true, string? characters = null)
    {
        var (start, end) = (0, Value.Length);
        bool Goes(char c) => characters is null ? IsSpace(c) : characters.Contains(c, StringComparison.Ordinal);
        while (left && start < end && Goes(Value[start]))
        {
            start++;
        }

        while (right && end > start && Goes(Value[end - 1]))
        {
            end--;
        }

        return Cut(start, end);
    }

    /// <summary>Characters replaced one for one.</summary>
    internal TaggedText Map(Func<string, string> change)
    {
        var changed = change(Value);
        return changed.Length == Value.Length ? new TaggedText(changed, runs) : throw new InvalidOperationException("a change of case must keep the length");
    }

    /// <summary>White space as Python's strings know it.</summary>
    internal static bool IsSpace(char c) => char.IsWhiteSpace(c) || c is >= '\u001C' and <= '\u001F';

    private int[] Points()
    {
        if (points is null)
        {
            var starts = new List<int>(Value.Length);
            for (var at = 0; at < Value.Length; at += char.IsSurrogatePair(Value, at) ? 2 : 1)
            {
                starts.Add(at);
            }

            starts.Add(Value.Length);
            points = [.. starts];
        }

        return points;
    }
}

/// <summary>Gathers tagged text.</summary>
internal sealed class TaggedBuilder
{
    private readonly StringBuilder text = new();
    private readonly List<(int Start, TextTag Tag)> runs = [];

    internal int Length => text.Length;

    internal TaggedBuilder Append(string value, TextTag tag)
    {
        if (value.Length > 0)
        {
            if (runs.Count == 0 || runs[^1].Tag != tag)
            {
                runs.Add((text.Length, tag));
            }

            text.Append(value);
        }

        return this;
    }

    /// <summary>Text of the template.</summary>
    internal TaggedBuilder Append(string value) => Append(value, TextTag.Template);

    internal TaggedBuilder Append(TaggedText value) => Append(value, tag => tag);

    /// <summary>Appends with tags changed.</summary>
    internal TaggedBuilder Append(TaggedText value, Func<TextTag, TextTag> change)
    {
        foreach (var (start, end, tag) in value.Runs)
        {
            var changed = change(tag);
            if (runs.Count == 0 || runs[^1].Tag != changed)
            {
                runs.Add((text.Length, changed));
            }

            text.Append(value.Value, start, end - start);
        }

        return this;
    }

    internal TaggedText ToText() => text.Length == 0 ? TaggedText.Empty : new TaggedText(text.ToString(), [.. runs]);
}
