using System.Globalization;
using Collimate.Data.Conversations;
using Collimate.Inspection.Orders;

namespace Collimate.Reports.Orders;

/// <summary>A reordered prompt in words: text as it stands, image tokens as the numbers of their patches.</summary>
public static class OrderSentence
{
    /// <summary>For a terminal: <c>[1-8 12]dog</c> are patches before a word, and a star marks those that have moved.</summary>
    /// <param name="view">The order.</param>
    public static string Text(TokenOrderView view) => string.Concat(view.Runs.Select(run => Piece(run, view.Pictures.Count > 1)));

    /// <summary>The same in lines of at most so many characters, broken between words and patches where that is possible.</summary>
    /// <param name="view">The order.</param>
    /// <param name="width">Characters a line.</param>
    public static IReadOnlyList<string> Lines(TokenOrderView view, int width)
    {
        var (lines, line) = (new List<string>(), "");
        foreach (var word in Text(view).ReplaceLineEndings("\\n").Split(' '))
        {
            if (line.Length > 0 && line.Length + 1 + word.Length > width)
            {
                lines.Add(line);
                line = "";
            }

            line = line.Length == 0 ? word : $"{line} {word}";
            for (; line.Length > width; line = line[width..])
            {
                lines.Add(line[..width]);
            }
        }

        return line.Length > 0 ? [.. lines, line] : lines;
    }

    /// <summary>A run as people write it: numbers begin with 1, neighbours are joined.</summary>
    /// <param name="run">The run.</param>
    /// <param name="severalPictures">Whether a letter says which picture is meant.</param>
    internal static string Piece(OrderRun run, bool severalPictures) => run.Kind == TokenKind.Image
        ? $"[{(run.HasMoved ? "*" : "")}{(severalPictures ? $"{(char)('a' + (run.Image % 26))}:" : "")}{Ranges(run.Patches)}]"
        : run.Text;

    private static string Ranges(IReadOnlyList<int> patches)
    {
        var parts = new List<string>();
        for (var at = 0; at < patches.Count;)
        {
            var first = at;
            while (++at < patches.Count && patches[at] == patches[at - 1] + 1)
            {
            }

            parts.Add(at - first == 1
                ? (patches[first] + 1).ToString(CultureInfo.InvariantCulture)
                : string.Create(CultureInfo.InvariantCulture, $"{patches[first] + 1}-{patches[at - 1] + 1}"));
        }

        return string.Join(' ', parts);
    }
}
