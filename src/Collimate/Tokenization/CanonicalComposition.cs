using System.Globalization;
using System.Text;

namespace Collimate.Tokenization;

/// <summary>Unicode's normalization form C, with the places that every character came from.</summary>
/// <remarks>Source: Unicode Standard Annex 15 (canonical ordering and composition) and section 3.12 of the standard (Hangul).</remarks>
internal static class CanonicalComposition
{
    private const int HangulBase = 0xAC00, LeadBase = 0x1100, VowelBase = 0x1161, TrailBase = 0x11A7;
    private const int LeadCount = 19, VowelCount = 21, TrailCount = 28, HangulCount = LeadCount * VowelCount * TrailCount;
    private const int FirstUnsafe = 0x300; // nothing below combines with what stands before it, or is decomposed for good

    private static readonly Dictionary<int, byte> Classes = ParseClasses();
    private static readonly Dictionary<int, (int First, int Second)> Decompositions = ParseDecompositions();
    private static readonly Dictionary<(int First, int Second), int> Compositions = ParsePairs(CompositionData.Pairs).ToDictionary(p => (p.First, p.Second), p => p.Composed);
    private static readonly HashSet<int> Unsafe = FindUnsafe();

    /// <summary>Whether a text is composed already, as nearly all text is; a false no only costs time.</summary>
    internal static bool IsComposed(ReadOnlySpan<char> text)
    {
        if (text.IndexOfAnyExceptInRange('\0', (char)(FirstUnsafe - 1)) is var first && first < 0)
        {
            return true;
        }

        for (var at = first; at < text.Length;)
        {
            Rune.DecodeFromUtf16(text[at..], out var rune, out var length);
            if (Unsafe.Contains(rune.Value))
            {
                return false;
            }

            at += length;
        }

        return true;
    }

    /// <summary>The composed form.</summary>
    /// <param name="text">Any text.</param>
    /// <param name="places">For every code unit of the result, the range of the text it came from.</param>
    internal static string Compose(ReadOnlySpan<char> text, List<(int Start, int End)> places)
    {
        var result = new StringBuilder(text.Length);
        for (var at = 0; at < text.Length;)
        {
            var end = SegmentEnd(text, at);
            var segment = text[at..end];
            var composed = IsComposed(segment) ? null : ComposeSegment(segment);
            if (composed is null || segment.SequenceEqual(composed))
            {
                result.Append(segment);
                for (var k = at; k < end; k++)
                {
                    places.Add((k, k + 1));
                }
            }
            else
            {
                result.Append(composed);
                places.AddRange(Enumerable.Repeat((at, end), composed.Length));
            }

            at = end;
        }

        return result.ToString();
    }

    // A character and all after it that could change together with it.
    private static int SegmentEnd(ReadOnlySpan<char> text, int at)
    {
        Rune.DecodeFromUtf16(text[at..], out _, out var length);
        for (at += length; at < text.Length; at += length)
        {
            Rune.DecodeFromUtf16(text[at..], out var rune, out length);
            if (!Unsafe.Contains(rune.Value))
            {
                break;
            }
        }

        return at;
    }

    private static string ComposeSegment(ReadOnlySpan<char> segment)
    {
        var characters = new List<int>();
        for (var at = 0; at < segment.Length;)
        {
            Rune.DecodeFromUtf16(segment[at..], out var rune, out var length);
            Decompose(rune.Value, characters);
            at += length;
        }

        Order(characters);
        Join(characters);
        var text = new StringBuilder();
        foreach (var character in characters)
        {
            text.Append(new Rune(character).ToString());
        }

        return text.ToString();
    }

    /// <summary>Adds a character's canonical decomposition, in no order of marks yet.</summary>
    internal static void Decompose(int character, List<int> target)
    {
        if (character is >= HangulBase and < HangulBase + HangulCount)
        {
            var index = character - HangulBase;
            target.Add(LeadBase + (index / (VowelCount * TrailCount)));
            target.Add(VowelBase + (index % (VowelCount * TrailCount) / TrailCount));
            if (index % TrailCount > 0)
            {
                target.Add(TrailBase + (index % TrailCount));
            }
        }
        else if (Decompositions.TryGetValue(character, out var parts))
        {
            Decompose(parts.First, target);
            if (parts.Second != 0)
            {
                target.Add(parts.Second); // a second part never decomposes further
            }
        }
        else
        {
            target.Add(character);
        }
    }

    // Marks are sorted by class, stably, between characters of class 0.
    private static void Order(List<int> characters)
    {
        for (var start = 0; start < characters.Count; start++)
        {
            var end = start;
            while (end < characters.Count && ClassOf(characters[end]) != 0)
            {
                end++;
            }

            if (end - start > 1)
            {
                var sorted = characters[start..end].OrderBy(ClassOf).ToArray();
                for (var k = 0; k < sorted.Length; k++)
                {
                    characters[start + k] = sorted[k];
                }
            }

            start = end;
        }
    }

    private static void Join(List<int> characters)
    {
        var starter = -1;
        var last = -1; // the class of what stands between the starter and here, -1 for nothing
        var kept = 0;
        for (var k = 0; k < characters.Count; k++)
        {
            var character = characters[k];
            var kind = ClassOf(character);
            if (starter >= 0 && last < kind && Composed(characters[starter], character) is > 0 and var joined)
            {
                characters[starter] = joined;
                continue;
            }

            if (kind == 0)
            {
                (starter, last) = (kept, -1);
            }
            else
            {
                last = kind;
            }

            characters[kept++] = character;
        }

        characters.RemoveRange(kept, characters.Count - kept);
    }

    /// <summary>The character that two make together, or 0.</summary>
    internal static int Composed(int first, int second)
    {
        if (first is >= LeadBase and < LeadBase + LeadCount && second is >= VowelBase and < VowelBase + VowelCount)
        {
            return HangulBase + ((((first - LeadBase) * VowelCount) + second - VowelBase) * TrailCount);
        }

        if (first is >= HangulBase and < HangulBase + HangulCount && (first - HangulBase) % TrailCount == 0 && second is > TrailBase and < TrailBase + TrailCount)
        {
            return first + second - TrailBase;
        }

        return Compositions.GetValueOrDefault((first, second));
    }

    /// <summary>A character's combining class.</summary>
    internal static int ClassOf(int character) => Classes.GetValueOrDefault(character);

    private static Dictionary<int, byte> ParseClasses()
    {
        var classes = new Dictionary<int, byte>();
        foreach (var entry in CompositionData.CombiningClasses.Split(' '))
        {
            var colon = entry.IndexOf(':', StringComparison.Ordinal);
            var range = entry[..colon].Split('-');
            var (first, last) = (Hexadecimal(range[0]), Hexadecimal(range[^1]));
            for (var character = first; character <= last; character++)
            {
                classes[character] = byte.Parse(entry[(colon + 1)..]);
            }
        }

        return classes;
    }

    private static Dictionary<int, (int First, int Second)> ParseDecompositions() =>
        ParsePairs(CompositionData.Pairs).Concat(ParsePairs(CompositionData.OneWay)).ToDictionary(p => p.Composed, p => (p.First, p.Second));

    private static IEnumerable<(int Composed, int First, int Second)> ParsePairs(string data)
    {
        foreach (var entry in data.Split(' '))
        {
            var sides = entry.Split('=');
            var parts = sides[1].Split('+');
            yield return (Hexadecimal(sides[0]), Hexadecimal(parts[0]), parts.Length > 1 ? Hexadecimal(parts[1]) : 0);
        }
    }

    private static HashSet<int> FindUnsafe()
    {
        var found = new HashSet<int>(Classes.Keys);
        found.UnionWith(ParsePairs(CompositionData.OneWay).Select(p => p.Composed));
        found.UnionWith(Compositions.Keys.Select(p => p.Second));
        found.UnionWith(Enumerable.Range(VowelBase, VowelCount));
        found.UnionWith(Enumerable.Range(TrailBase + 1, TrailCount - 1));
        return found;
    }

    private static int Hexadecimal(string text) => int.Parse(text, NumberStyles.HexNumber);
}
