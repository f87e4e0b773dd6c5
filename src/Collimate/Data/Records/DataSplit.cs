using Collimate.Data.Scenes;
using Collimate.Recipes;

namespace Collimate.Data.Records;

/// <summary>Which part of a file's records is drawn from.</summary>
public enum DataSplit
{
    /// <summary>All of them.</summary>
    All,

    /// <summary>What neither of the others has.</summary>
    Train,

    /// <summary>What a training is judged by.</summary>
    Validation,

    /// <summary>What nothing is chosen by.</summary>
    Test,
}

/// <summary>How large the parts are that training does not see: a share of the records below 1, a number of them from 1 on.</summary>
public sealed record SplitSizes : IValidatedOptions
{
    /// <summary>For validation.</summary>
    [RecipeRange(0)]
    public double Validation { get; init; }

    /// <summary>For the test.</summary>
    [RecipeRange(0)]
    public double Test { get; init; }

    /// <inheritdoc/>
    public IEnumerable<(string Key, string Message)> Validate()
    {
        foreach (var (key, size) in ((string, double)[])[(nameof(Validation), Validation), (nameof(Test), Test)])
        {
            if (size > 1 && size != Math.Floor(size))
            {
                yield return (key, $"{size} is neither a share below 1 nor a whole number of records.");
            }
        }
    }

    /// <summary>How many records a size means.</summary>
    internal static int Of(double size, int records) => size >= 1 ? (int)Math.Min(size, int.MaxValue) : size > 0 ? Math.Max(1, (int)Math.Round(size * records)) : 0;
}

/// <summary>Cuts the records of a file into training, validation and test, by a seed and their number alone.</summary>
internal static class RecordSplit
{
    /// <summary>What is wrong with a choice of split, as <see cref="IValidatedOptions.Validate"/> tells it.</summary>
    internal static IEnumerable<(string Key, string Message)> Faults(DataSplit split, SplitSizes? sizes)
    {
        if (split != DataSplit.All && sizes is null)
        {
            yield return ("split", $"asks for '{split.ToString().ToLowerInvariant()}', but nothing says how the records are cut; add splits: {{ validation: 0.05, test: 0.05 }}.");
        }
    }

    /// <summary>The numbers of the records of a part, rising.</summary>
    /// <param name="records">How many records the file has.</param>
    /// <param name="split">Which part.</param>
    /// <param name="sizes">How large the parts are.</param>
    /// <param name="seed">Which records are in which part.</param>
    /// <param name="file">The file, for messages.</param>
    /// <exception cref="DataException">The parts are larger than the file, or the one asked for is empty.</exception>
    internal static int[] Numbers(int records, DataSplit split, SplitSizes? sizes, long seed, string file)
    {
        var numbers = Enumerable.Range(0, records).ToArray();
        if (split == DataSplit.All)
        {
            return numbers;
        }

        var (validation, test) = (SplitSizes.Of(sizes!.Validation, records), SplitSizes.Of(sizes.Test, records));
        if ((long)validation + test > records)
        {
            throw new DataException(file, $"splits asks for {validation} records for validation and {test} for the test, but the file has {records}; ask for fewer", DataFault.Source);
        }

        var random = new SceneRandom((ulong)seed, "split", 0);
        random.Shuffle(numbers.AsSpan());
        var part = split switch
        {
            DataSplit.Test => numbers[..test],
            DataSplit.Validation => numbers[test..(test + validation)],
            _ => numbers[(test + validation)..],
        };
        Array.Sort(part);
        return part.Length > 0 ? part : throw new DataException(
            file, $"the split '{split.ToString().ToLowerInvariant()}' has none of its {records} records; change splits", DataFault.Source);
    }
}
