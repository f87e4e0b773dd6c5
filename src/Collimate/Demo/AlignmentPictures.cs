using Collimate.Evaluation;
using Collimate.Recipes.Schema;
using Collimate.Reports;

namespace Collimate.Demo;

/// <summary>Which word of the gym each visual token means, for scenes whose truth is known patch by patch.</summary>
/// <param name="Report">How often it is the right one, and what else was measured.</param>
/// <param name="Pictures">Some of the scenes, to look at.</param>
public sealed record AlignmentPictures(AlignmentReport Report, IReadOnlyList<AlignmentPicture> Pictures)
{
    /// <summary>Measures a model on held-out compositions and on unseen objects.</summary>
    /// <param name="built">The model.</param>
    /// <param name="scenes">How many scenes of each.</param>
    /// <param name="seed">Which scenes.</param>
    public static AlignmentPictures Measure(BuiltModel built, int scenes, ulong seed)
    {
        var (report, pictures) = SceneAlignment.Measure(built, new SceneAlignmentOptions { Scenes = scenes, Seed = seed });
        return new AlignmentPictures(report, [.. pictures.Select(AlignmentPicture.From)]);
    }
}
