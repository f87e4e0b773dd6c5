namespace Collimate.Inspection;

/// <summary>Sums behind the places of true words among all words by nearness; ranks of several batches add up.</summary>
/// <param name="Patches">How many patches were judged.</param>
/// <param name="First">Patches whose true word is the nearest.</param>
/// <param name="FirstFive">Patches whose true word is among the five nearest.</param>
/// <param name="RankSum">The sum of the true words' places, from 1.</param>
/// <param name="ReciprocalSum">The sum of one over each place.</param>
public readonly record struct AlignmentRanks(long Patches, long First, long FirstFive, double RankSum, double ReciprocalSum)
{
    private const int Five = 5;

    /// <summary>The share of patches whose true word is the nearest: alignment accuracy, 0 to 1; NaN without patches.</summary>
    public double TopOne => (double)First / Patches;

    /// <summary>The share of patches whose true word is among the five nearest, 0 to 1; NaN without patches.</summary>
    public double TopFive => (double)FirstFive / Patches;

    /// <summary>The mean place of the true word: 1 for a perfect model, (words + 1) / 2 for one that knows nothing; NaN without patches.</summary>
    public double MeanRank => RankSum / Patches;

    /// <summary>The mean of one over the place of the true word, 0 to 1; NaN without patches.</summary>
    public double MeanReciprocalRank => ReciprocalSum / Patches;

    /// <summary>The rank of a single patch.</summary>
    /// <param name="rank">The place of its true word, from 1.</param>
    public static AlignmentRanks Of(int rank)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(rank);
        return new AlignmentRanks(1, rank == 1 ? 1 : 0, rank <= Five ? 1 : 0, rank, 1.0 / rank);
    }

    /// <summary>The ranks of the patches of both.</summary>
    public static AlignmentRanks operator +(AlignmentRanks first, AlignmentRanks second) => new(
        first.Patches + second.Patches,
        first.First + second.First,
        first.FirstFive + second.FirstFive,
        first.RankSum + second.RankSum,
        first.ReciprocalSum + second.ReciprocalSum);
}
