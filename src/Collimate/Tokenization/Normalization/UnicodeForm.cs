using System.Collections.Frozen;
using System.Globalization;
using System.Text;

namespace Collimate.Tokenization.Normalization;

/// <summary>Unicode's normalization forms C, D, KC and KD, with the places of every character.</summary>
/// <remarks>
/// Source: Unicode Standard Annex 15. Each character carries how it changes the text (see <see cref="TextEdit"/>); what is composed keeps the place of
/// its first part. The platform's own normalization does nothing where globalization is invariant, and tells no places.
/// </remarks>
internal sealed class UnicodeForm(bool composes, bool compatible) : INormalizer
{
    private static readonly FrozenDictionary<int, int[]> Compatible = Parse();

    private readonly record struct Part(int Character, int Change, int Class);

    public NormalizedText Normalize(NormalizedText text)
    {
        if (IsUnchanged(text.Span))
        {
            return text;
        }

        var parts = Decompose(text.Span);
        var edit = new TextEdit(text);
        foreach (var part in composes ? Compose(parts) : parts)
        {
            edit.Write(new Rune(part.Character), part.Change);
        }

        return edit.Finish();
    }

    private bool IsUnchanged(ReadOnlySpan<char> text)
    {
        // Below U+00A0 nothing is composed or decomposed; below U+00C0 there are compatible characters, below U+0300 composed ones.
        if (text.IndexOfAnyExceptInRange('\0', '\u009F') < 0)
        {
            return true;
        }

        return composes && !compatible && CanonicalComposition.IsComposed(text);
    }

    private List<Part> Decompose(ReadOnlySpan<char> text)
    {
        var parts = new List<Part>(text.Length);
        var pieces = new List<int>();
        var ready = 0; // everything before is in order
        foreach (var rune in text.EnumerateRunes())
        {
            pieces.Clear();
            if (compatible && Compatible.TryGetValue(rune.Value, out var whole))
            {
                pieces.AddRange(whole);
            }
            else
            {
                CanonicalComposition.Decompose(rune.Value, pieces);
            }

            for (var k = 0; k < pieces.Count; k++)
            {
                var kind = CanonicalComposition.ClassOf(pieces[k]);
                if (kind == 0)
                {
                    Order(parts, ready);
                    ready = parts.Count + 1;
                }

                parts.Add(new Part(pieces[k], k == 0 ? 0 : 1, kind));
            }
        }

        Order(parts, ready);
        return parts;
    }

    // Marks are sorted by class, stably, between characters of class 0.
    private static void Order(List<Part> parts, int from)
    {
        if (parts.Count - from < 2)
        {
            return;
        }

        var sorted = parts.Skip(from).OrderBy(p => p.Class).ToArray();
        sorted.CopyTo(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(parts)[from..]);
    }

    private static List<Part> Compose(List<Part> parts)
    {
        var result = new List<Part>(parts.Count);
        var starter = -1;
        var last = -1; // the class of what stands between the starter and here, -1 for nothing
        foreach (var part in parts)
        {
            if (starter >= 0 && last < part.Class && CanonicalComposition.Composed(result[starter].Character, part.Character) is > 0 and var joined)
            {
                result[starter] = result[starter] with { Character = joined, Change = result[starter].Change + part.Change - 1 };
                continue;
            }

            if (part.Class == 0)
            {
                (starter, last) = (result.Count, -1);
            }
            else
            {
                last = part.Class;
            }

            result.Add(part);
        }

        return result;
    }

    private static FrozenDictionary<int, int[]> Parse()
    {
        var entries = new Dictionary<int, int[]>();
        foreach (var entry in CompatibilityData.Decompositions.Split(' '))
        {
            var sides = entry.Split('=');
            entries[Hexadecimal(sides[0])] = [.. sides[1].Split('+').Select(Hexadecimal)];
        }

        return entries.ToFrozenDictionary();
    }

    private static int Hexadecimal(string text) => int.Parse(text, NumberStyles.HexNumber);
}
