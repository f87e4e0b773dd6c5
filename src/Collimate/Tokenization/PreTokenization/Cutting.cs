using Collimate.Tokenization.Normalization;

namespace Collimate.Tokenization.PreTokenization;

/// <summary>Cuts a piece where something was found in it.</summary>
/// <remarks>Hugging Face: <c>NormalizedString::split</c>.</remarks>
internal static class Cutting
{
    /// <summary>Cuts a piece.</summary>
    /// <param name="piece">The piece.</param>
    /// <param name="matches">What was found, from left to right.</param>
    /// <param name="behavior">What becomes of it.</param>
    /// <param name="inverted">Whether what lies between the matches counts as found instead.</param>
    /// <param name="words">Where the words are added.</param>
    internal static void Cut(NormalizedText piece, List<(int Start, int End)> matches, SplitBehavior behavior, bool inverted, List<NormalizedText> words)
    {
        var parts = Parts(piece.Length, matches, inverted);
        switch (behavior)
        {
            case SplitBehavior.Removed:
                parts.RemoveAll(p => p.Found);
                break;
            case SplitBehavior.MergedWithPrevious:
                parts = Merge(parts, (found, previous) => found && !previous);
                break;
            case SplitBehavior.Contiguous:
                parts = Merge(parts, (found, previous) => found == previous);
                break;
            case SplitBehavior.MergedWithNext:
                parts = MergeWithNext(parts);
                break;
        }

        foreach (var (start, end, _) in parts)
        {
            if (end > start)
            {
                words.Add(piece.Slice(start, end));
            }
        }
    }

    private static List<(int Start, int End, bool Found)> Parts(int length, List<(int Start, int End)> matches, bool inverted)
    {
        var parts = new List<(int Start, int End, bool Found)>((matches.Count * 2) + 1);
        var done = 0;
        foreach (var (start, end) in matches)
        {
            if (start > done)
            {
                parts.Add((done, start, inverted));
            }

            parts.Add((start, end, !inverted));
            done = end;
        }

        if (done < length)
        {
            parts.Add((done, length, inverted));
        }

        return parts;
    }

    private static List<(int Start, int End, bool Found)> Merge(List<(int Start, int End, bool Found)> parts, Func<bool, bool, bool> joins)
    {
        var merged = new List<(int Start, int End, bool Found)>(parts.Count);
        var previous = false;
        foreach (var part in parts)
        {
            if (merged.Count > 0 && joins(part.Found, previous))
            {
                merged[^1] = merged[^1] with { End = part.End };
            }
            else
            {
                merged.Add(part);
            }

            previous = part.Found;
        }

        return merged;
    }

    private static List<(int Start, int End, bool Found)> MergeWithNext(List<(int Start, int End, bool Found)> parts)
    {
        var merged = new List<(int Start, int End, bool Found)>(parts.Count);
        var previous = false;
        for (var k = parts.Count - 1; k >= 0; k--)
        {
            if (merged.Count > 0 && parts[k].Found && !previous)
            {
                merged[^1] = merged[^1] with { Start = parts[k].Start };
            }
            else
            {
                merged.Add(parts[k]);
            }

            previous = parts[k].Found;
        }

        merged.Reverse();
        return merged;
    }
}
