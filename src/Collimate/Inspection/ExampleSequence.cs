using Collimate.Alignment;
using Collimate.Data.Conversations;

namespace Collimate.Inspection;

/// <summary>A made-up sequence of pictures and text, to show what a policy does without a model.</summary>
public static class ExampleSequence
{
    /// <summary>Makes a row.</summary>
    /// <param name="parts">What stands there, in order: <c>i4</c> is a picture of four tokens, <c>t3</c> three tokens of prompt, <c>a5</c> five of answer.</param>
    /// <exception cref="FormatException">A part is something else.</exception>
    public static Positions Of(params IReadOnlyList<string> parts)
    {
        var counts = parts.Select(CountOf).ToArray();
        var positions = new Positions(1, counts.Sum());
        var (at, image) = (0, 0);
        foreach (var (part, count) in parts.Zip(counts))
        {
            for (var token = 0; token < count; token++, at++)
            {
                positions.PositionIds[at] = at;
                positions.Kinds[at] = part[0] switch { 'i' => TokenKind.Image, 'a' => TokenKind.Answer, _ => TokenKind.Prompt };
                if (part[0] == 'i')
                {
                    (positions.Images[at], positions.Patches[at]) = (image, token);
                }
            }

            image += part[0] == 'i' ? 1 : 0;
        }

        positions.RowLengths[0] = at;
        return positions;
    }

    private static int CountOf(string part) => part.Length > 1 && part[0] is 'i' or 't' or 'a' && int.TryParse(part.AsSpan(1), out var count) && count is > 0 and <= 1000
        ? count
        : throw new FormatException($"'{part}' is no part of a sequence; write i4 for a picture of four tokens, t3 for three tokens of prompt, a5 for five tokens of answer");
}
