using System.Globalization;
using Collimate.Data.Scenes;

namespace Collimate.Data.Puzzles.Programs;

/// <summary>
/// Five options of which none looks more like the answer than the others: they are drawn from the answers that the program gives as often as one another, so whoever
/// sees only the options can do no better than guess.
/// </summary>
internal static class PuzzleOptions
{
    internal const int Count = 5;

    internal static readonly string[] Letters = ["A", "B", "C", "D", "E"];

    /// <summary>A number from a range, and four others from it.</summary>
    /// <param name="answer">The answer, as likely as any other of the range.</param>
    /// <param name="low">The smallest answer that there is.</param>
    /// <param name="high">The largest.</param>
    /// <param name="random">Draws the others and the order.</param>
    /// <param name="unit">What follows the numbers.</param>
    internal static (string[] Options, int Answer) Numbers(int answer, int low, int high, ref SceneRandom random, string unit = "") =>
        OneOf(answer, [.. Enumerable.Range(low, high - low + 1)], ref random, unit);

    /// <summary>A number of a list, and four others of it.</summary>
    internal static (string[] Options, int Answer) OneOf(int answer, int[] all, ref SceneRandom random, string unit = "")
    {
        int[] others = [.. all.Where(value => value != answer)];
        random.Shuffle(others.AsSpan());
        int[] values = [answer, .. others.Take(Count - 1)];
        random.Shuffle(values.AsSpan());
        return ([.. values.Select(value => value.ToString(CultureInfo.InvariantCulture) + unit)], Array.IndexOf(values, answer));
    }

    /// <summary>Puts the answer among four others.</summary>
    internal static (T[] Options, int Answer) Among<T>(T answer, IEnumerable<T> others, ref SceneRandom random)
    {
        T[] options = [answer, .. others.Take(Count - 1)];
        random.Shuffle(options.AsSpan());
        return (options, Array.IndexOf(options, answer));
    }
}
