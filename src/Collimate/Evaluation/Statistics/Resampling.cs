using Collimate.Data;
using Collimate.Data.Scenes;

namespace Collimate.Evaluation.Statistics;

/// <summary>Draws sets of units with replacement and adds up what they count.</summary>
internal static class Resampling
{
    private const string Stream = "bootstrap";

    /// <summary>The sums of a set's counts.</summary>
    /// <param name="units">[units][counts].</param>
    internal static double[] Sum(IReadOnlyList<double[]> units)
    {
        var sums = new double[units[0].Length];
        foreach (var unit in units)
        {
            Add(sums, unit);
        }

        return sums;
    }

    /// <summary>Draws sets and hands over the sums of each; with two lists the same units are drawn of both.</summary>
    /// <param name="first">[units][counts].</param>
    /// <param name="second">As many units, or null.</param>
    /// <param name="options">How often, from which seed.</param>
    /// <param name="visit">Is handed the number of the draw and the sums, which are used again afterwards.</param>
    internal static void Draw(IReadOnlyList<double[]> first, IReadOnlyList<double[]>? second, BootstrapOptions options, Action<int, double[], double[]> visit)
    {
        options.Validate();
        var (sums, others) = (new double[first[0].Length], new double[second?[0].Length ?? 0]);
        for (var draw = 0; draw < options.Resamples; draw++)
        {
            Array.Clear(sums);
            Array.Clear(others);
            var random = new SceneRandom(options.Seed, Stream, draw);
            for (var k = 0; k < first.Count; k++)
            {
                var unit = random.Next(first.Count);
                Add(sums, first[unit]);
                if (second is not null)
                {
                    Add(others, second[unit]);
                }
            }

            visit(draw, sums, others);
        }
    }

    /// <summary>The bounds between which a share of the values lies, half of the rest on either side; by linear interpolation between neighbours.</summary>
    /// <param name="values">The values; those that are not finite are left out. They are put in order.</param>
    /// <param name="level">The share.</param>
    /// <returns>NaN twice where no value is finite.</returns>
    internal static (double Low, double High) Bounds(double[] values, double level)
    {
        var known = Array.FindAll(values, double.IsFinite);
        Array.Sort(known);
        return (At(known, (1 - level) / 2), At(known, (1 + level) / 2));
    }

    /// <summary>Refuses sets that nothing can be drawn of.</summary>
    /// <exception cref="DataException">A set is empty or holds what is not finite, or two differ in length.</exception>
    internal static void Check(IReadOnlyList<double[]> units, IReadOnlyList<double[]>? others = null)
    {
        if (units.Count == 0)
        {
            throw new DataException("the scores", "there is none; at least one is needed");
        }

        if (others is not null && others.Count != units.Count)
        {
            throw new DataException("the scores", $"{units.Count} on one side and {others.Count} on the other; a paired test needs the same questions on both");
        }

        foreach (var (at, unit) in units.Concat(others ?? []).Index())
        {
            if (!Array.TrueForAll(unit, double.IsFinite))
            {
                throw new DataException($"score {(at % units.Count) + 1}", "it is not finite (NaN or infinite); every answer needs a score", DataFault.Record);
            }
        }
    }

    private static void Add(double[] sums, double[] unit)
    {
        for (var at = 0; at < sums.Length; at++)
        {
            sums[at] += unit[at];
        }
    }

    private static double At(double[] ordered, double share)
    {
        if (ordered.Length == 0)
        {
            return double.NaN;
        }

        var place = share * (ordered.Length - 1);
        var below = (int)place;
        return below + 1 >= ordered.Length ? ordered[^1] : ordered[below] + ((place - below) * (ordered[below + 1] - ordered[below]));
    }
}
