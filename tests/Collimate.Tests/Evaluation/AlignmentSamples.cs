using Collimate.Evaluation;
using Collimate.Inspection;

namespace Collimate.Tests.Evaluation;

/// <summary>A made-up report of alignment, with every part filled.</summary>
internal static class AlignmentSamples
{
    public static AlignmentReport Report(double rank = 12) => new()
    {
        Scenes = 10, Split = "test-compositions", Words = 50,
        Objects = new AlignmentRanks(40, 10, 20, 40 * rank, 14), Ground = new AlignmentRanks(60, 30, 60, 120, 40), Unseen = new AlignmentRanks(8, 0, 1, 90, 0.9),
        Groups = [new("sort", "objects", new AlignmentRanks(40, 10, 20, 40 * rank, 14), 0.9), new("category", "fruit", new AlignmentRanks(4, 1, 2, 40, 1.4), 0.5)],
        Use = new WordUse(50, 2, 100, 1.5, [new("a <b>", 80, 8), new("dog", 20, 2)]),
        Cosines = new CosineHistogram(Counts(60, 10), Counts(58, 30), Counts(50, 60)),
        Embeddings = Gap(0.8), Layers = [Gap(0.9), Gap(double.NaN), Gap(0.3)],
    };

    private static ModalityGap Gap(double distance) => new()
    {
        VisualCount = 5, TextCount = 6, Distance = distance, WithinVisual = 0.5, WithinText = 0.4, Across = 0.1, TextNearVisual = 0.2, VisualNearText = 0.1, Mixing = 0.3, Separability = 0.9,
    };

    private static long[] Counts(int bin, long count)
    {
        var counts = new long[CosineHistogram.Bins];
        counts[bin] = count;
        return counts;
    }
}
