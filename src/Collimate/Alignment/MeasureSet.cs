namespace Collimate.Alignment;

/// <summary>Numbers that a seam reports beside its result, such as how many patches found a word; they add up over the pieces of a step.</summary>
/// <remarks>A histogram is a measure a bin, whose mean is the bin's share.</remarks>
public sealed class MeasureSet
{
    private readonly SortedDictionary<string, (double Sum, double Count)> sums = new(StringComparer.Ordinal);

    /// <summary>What was reported, each a sum divided by its count, in the order of the names; empty counts are left out.</summary>
    public IReadOnlyDictionary<string, double> Means =>
        sums.Where(entry => entry.Value.Count > 0).ToDictionary(entry => entry.Key, entry => entry.Value.Sum / entry.Value.Count, StringComparer.Ordinal);

    /// <summary>Adds to a measure.</summary>
    /// <param name="name">Its name, such as <c>token_mixer/match_rate</c>.</param>
    /// <param name="sum">What is added to its sum.</param>
    /// <param name="count">Of how many.</param>
    public void Add(string name, double sum, double count = 1)
    {
        var (before, counted) = sums.GetValueOrDefault(name);
        sums[name] = (before + sum, counted + count);
    }

    /// <summary>Adds all measures of another set.</summary>
    public void Add(MeasureSet other)
    {
        foreach (var (name, (sum, count)) in other.sums)
        {
            Add(name, sum, count);
        }
    }

    /// <summary>Sums and counts one after the other, in the order of the names; sets with the same names add up as these do.</summary>
    public double[] ToArray() => [.. sums.Values.SelectMany(value => new[] { value.Sum, value.Count })];

    /// <summary>Takes sums and counts in the order of <see cref="ToArray"/>.</summary>
    /// <param name="values">Two for every name.</param>
    /// <exception cref="ArgumentException">Their number is another.</exception>
    public void Take(ReadOnlySpan<double> values)
    {
        if (values.Length != 2 * sums.Count)
        {
            throw new ArgumentException($"{values.Length} values for {sums.Count} measures; two each are needed", nameof(values));
        }

        foreach (var (at, name) in sums.Keys.ToArray().Index())
        {
            sums[name] = (values[2 * at], values[(2 * at) + 1]);
        }
    }
}
