using Collimate.Alignment.Objectives;
using Collimate.Models.Text;
using Collimate.Semantics;
using Collimate.Tokenization;

namespace Collimate.Recipes.Schema;

/// <summary>Options of SEA's objective.</summary>
public sealed record SemanticAlignmentOptions
{
    /// <summary>Where the words of patches come from.</summary>
    public required RecipeNode Labels { get; init; }

    /// <summary>Patches of a window on a side, of which one is drawn.</summary>
    [RecipeRange(1, 64)]
    public int Window { get; init; } = 2;

    /// <summary>Whether windows that hang over the edge of the grid are left out rather than made smaller.</summary>
    public bool CutsEdges { get; init; }

    /// <summary>The first factor on cosines: 1 (<c>paper</c>) or 1 / 0.07 (<c>clip</c>); learnt from there.</summary>
    public InitialTemperature Temperature { get; init; }

    /// <summary>Whom a pair is held against: the others of its <c>piece</c>, or those of <c>all_ranks</c> that train together.</summary>
    public NegativeScope Negatives { get; init; }
}

/// <summary>Where a contrastive loss takes its negatives from.</summary>
public enum NegativeScope
{
    /// <summary>The piece of the batch that is in memory at once.</summary>
    Piece,

    /// <summary>The pieces that all processes have in hand.</summary>
    AllRanks,
}

/// <summary>Where a contrastive loss's temperature begins.</summary>
public enum InitialTemperature
{
    /// <summary>A factor of 1 on cosines: the logarithm begins at 0, as SEA's "τ = 0" is best read.</summary>
    Paper,

    /// <summary>A factor of 1 / 0.07, CLIP's.</summary>
    Clip,
}

/// <summary>Options of labels found while training.</summary>
public sealed record LiveLabelOptions
{
    /// <summary>The folder of the CLIP or SigLIP model that finds them.</summary>
    public required string Encoder { get; init; }

    /// <summary>A file of words, one a line; the gym's own where silent.</summary>
    public string? Words { get; init; }

    /// <summary>How patches and words are compared.</summary>
    public SimilarityMode Similarity { get; init; } = SimilarityMode.Negated;

    /// <summary>The most words of a patch.</summary>
    [RecipeRange(1, 64)]
    public int Top { get; init; } = 10;

    /// <summary>Texts in which <c>{}</c> stands for a word; the bare word where silent.</summary>
    public IReadOnlyList<string>? Templates { get; init; }
}

/// <summary>Makes what SEA needs.</summary>
internal static class SemanticParts
{
    /// <summary>Where labels may come from.</summary>
    public static SeamTable<SeamContext, IPatchLabelSource> Labels { get; } = new SeamTable<SeamContext, IPatchLabelSource>("labels")
        .Register<LiveLabelOptions>("live", Live);

    /// <summary>The objective that a recipe names.</summary>
    public static IObjective Objective(SemanticAlignmentOptions options, SeamContext context)
    {
        var labels = Labels.Create(options.Labels, context);
        try
        {
            return new SemanticAlignment(
                labels, WordTargets.Of(labels.Words, context.Built!.Tokenizer), new PairSampler(options.Window, options.CutsEdges),
                options.Temperature == InitialTemperature.Paper ? 0 : Math.Log(1 / 0.07), options.Negatives == NegativeScope.AllRanks);
        }
        catch
        {
            (labels as IDisposable)?.Dispose();
            throw;
        }
    }

    private static LiveLabels Live(LiveLabelOptions options, SeamContext context)
    {
        var folder = context.Resolve(options.Encoder);
        var words = options.Words is null ? WordList.Scenes : WordList.Load(context.Resolve(options.Words));
        var encoder = DualEncoder.Load(folder);
        encoder.SetRequiresGrad(false);
        return new LiveLabels(encoder, Tokenizer.Load(folder), words, options.Similarity, options.Top, options.Templates);
    }
}
