using Collimate.Semantics;
using Collimate.Torch;
using Collimate.Training;

namespace Collimate.Alignment.Objectives;

/// <summary>
/// SEA's objective: visual tokens are drawn to the embeddings of the words that a CLIP-like model finds for their patches, and away from those
/// of other words. Source: Supervised Embedding Alignment, equations 7 to 9.
/// </summary>
/// <remarks>
/// <para>A symmetric contrastive loss over the pairs of one piece of a batch, or of the pieces that all processes have in hand; the losses of pieces count by their rows. Its factor on cosines,
/// exp(<c>scale</c>), is learnt by its logarithm and never exceeds 100.</para>
/// <para>Gradients reach the visual tokens, and through them whatever the stage trains, and the scale; the words' embeddings stand still.</para>
/// </remarks>
public sealed class SemanticAlignment : Module, IObjective
{
    private const double LargestScale = 4.605170185988092; // ln 100, CLIP's limit

    private readonly IPatchLabelSource labels;
    private readonly WordTargets targets;
    private readonly PairSampler sampler;
    private readonly bool negativesOfAllRanks;
    private readonly Tensor scale;

    /// <param name="labels">Knows the words of patches; owned from now on where it holds something.</param>
    /// <param name="targets">What those words mean to the decoder.</param>
    /// <param name="sampler">Draws the pairs of a step.</param>
    /// <param name="initialScale">The logarithm of the first factor on cosines: 0 (the paper) or ln(1 / 0.07) (CLIP).</param>
    /// <param name="negativesOfAllRanks">Whether the pairs of all processes are held against each other.</param>
    public SemanticAlignment(IPatchLabelSource labels, WordTargets targets, PairSampler sampler, double initialScale, bool negativesOfAllRanks = false)
    {
        (this.labels, this.targets, this.sampler, this.negativesOfAllRanks) = (labels, targets, sampler, negativesOfAllRanks);
        using var scope = new TensorScope();
        scale = AddParameter("scale", Tensor.Scalar(initialScale));
    }

    /// <inheritdoc/>
    public IObjective ForReplica() => new SemanticAlignment(new Borrowed(labels), targets, sampler, scale.Item(), negativesOfAllRanks);

    /// <inheritdoc/>
    public bool ExchangesWithRanks => negativesOfAllRanks;

    /// <inheritdoc/>
    public Tensor Loss(ForwardPass pass, BatchShare share)
    {
        using var full = Autocast.Suspend(pass.Hidden.Device.Type);
        using var scope = new TensorScope();
        var measures = pass.Context.Measures;
        var pairs = pass.Visual is null ? [] : Pairs(pass);
        measures.Add("sea/pairs_per_picture", pairs.Length, pass.Visual?.Size(0) ?? 0);
        measures.Add("sea/scale", Math.Exp(scale.Item()));
        var seen = Seen(pass, pairs);
        int[] words = [.. pairs.Select(pair => pair.Word)];
        return scope.Escape(negativesOfAllRanks && pass.Context.Ranks is { Count: > 1 } ranks
            ? Shared(ranks, RankPairs.Gather(ranks, seen, words, share.Samples, pass.Context.Seed), pass, share)
            : words.Length == 0 ? scale * 0.0 : Contrast(seen, words, scale, pass) * ((double)share.Samples / share.Rows));
    }

    // Each process computes the whole, but reaches only its own tokens: gradients of all processes add up to those of the whole, whose value and scale they share.
    private Tensor Shared(IRankGroup ranks, RankPairs pairs, ForwardPass pass, BatchShare share)
    {
        if (pairs.Seen is null)
        {
            return scale * 0.0;
        }

        var part = 1.0 / ranks.Count;
        var shared = scale.Detach() + ((scale - scale.Detach()) * part);
        var whole = Contrast(pairs.Seen, pairs.Words, shared, pass) * ((double)pairs.Samples / share.Rows);
        return whole - (whole.Detach() * (1 - part));
    }

    private Tensor Contrast(Tensor seen, int[] words, Tensor logarithm, ForwardPass pass)
    {
        var loss = Contrast(seen, targets.Rows(pass.Model.Language.EmbeddingWeight, words), logarithm.Clamp(maximum: LargestScale));
        pass.Context.Measures.Add("sea/loss", loss.Item());
        return loss;
    }

    // The visual tokens of the pairs, [pairs, hidden], as wide as the words' embeddings will be.
    private static Tensor Seen(ForwardPass pass, PatchWord[] pairs)
    {
        var embeddings = pass.Model.Language.EmbeddingWeight;
        var type = embeddings.Type == ScalarType.Float64 ? ScalarType.Float64 : ScalarType.Float32;
        if (pairs.Length == 0)
        {
            return Tensor.Zeros([0, embeddings.Size(1)], type, embeddings.Device);
        }

        var visual = pass.Visual!.Reshape(-1, pass.Visual.Size(2));                                              // [images · patches, hidden]
        var perImage = pass.Visual.Size(1);
        return visual.IndexSelect(0, Tensor.From([.. pairs.Select(pair => (pair.Image * perImage) + pair.Patch)], [pairs.Length]).To(visual.Device)).To(type);
    }

    /// <summary>The symmetric contrastive loss of pairs: row i of one belongs to row i of the other. Source: equation 9.</summary>
    /// <param name="seen"><c>[pairs, hidden]</c>, of any length</param>
    /// <param name="meant"><c>[pairs, hidden]</c>, of any length</param>
    /// <param name="scale">The logarithm of the factor on cosines, one value.</param>
    /// <returns>One value; 0 for a single pair.</returns>
    public static Tensor Contrast(Tensor seen, Tensor meant, Tensor scale)
    {
        using var scope = new TensorScope();
        var logits = seen.Normalize().MatMul(meant.Normalize().Transpose(0, 1)) * scale.To(seen.Type).Exp(); // [pairs, pairs]
        var own = Tensor.Arange(seen.Size(0)).To(seen.Device);
        return scope.Escape((logits.CrossEntropy(own) + logits.Transpose(0, 1).CrossEntropy(own)) * 0.5);
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        (labels as IDisposable)?.Dispose();
        base.Dispose(disposing);
    }

    private PatchWord[] Pairs(ForwardPass pass)
    {
        var grid = pass.Model.Vision.Grid;
        if (pass.Visual!.Size(1) != grid.Count)
        {
            throw new InvalidOperationException(
                $"SEA pairs every visual token with a patch, but the connector makes {pass.Visual.Size(1)} tokens of {grid.Count} patches; take a connector that keeps them (mlp, linear), or leave the objective out");
        }

        var found = labels.Of(pass);
        if (found.Count > 0 && found[0].Patches != grid.Count)
        {
            throw new InvalidOperationException($"the labels are for {found[0].Patches} patches, the model's eye has {grid.Count}; make labels with the same grid of patches");
        }

        return sampler.Draw(found, grid, pass.Context.Seed);
    }

    /// <summary>Labels that somebody else will release.</summary>
    private sealed record Borrowed(IPatchLabelSource Lender) : IPatchLabelSource
    {
        public WordList Words => Lender.Words;

        public IReadOnlyList<PatchLabels> Of(ForwardPass pass) => Lender.Of(pass);
    }
}
