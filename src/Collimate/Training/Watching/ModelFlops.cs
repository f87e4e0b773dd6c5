using Collimate.Alignment;
using Collimate.Models.Language;
using Collimate.Torch;

namespace Collimate.Training.Watching;

/// <summary>
/// How many floating-point operations a model needs for a batch, counted from its shapes: matrix products, convolutions and attention, forward and as far backward as something learns.
/// </summary>
/// <remarks>
/// <para>Definition: PaLM (Chowdhery et al. 2022), appendix B. A multiplication and an addition are two operations; norms, activations and softmax are not counted, nor are layers that are run
/// a second time to save memory, nor padding. Attention counts every position of a row against every other, whatever the mask.</para>
/// <para>A part that learns counts three times its forward pass; a frozen decoder behind a connector that learns twice (forward, and back through to the connector), its attention three times, as
/// both factors of its products are activations; a frozen tower once. The logits are counted where a label is.</para>
/// <para>Estimates: a tower or a connector of an unknown kind, and conditioning, composition and fusion where they are modules, count every matrix once for each of the positions they work on
/// (patches, and positions of the sequence).</para>
/// </remarks>
/// <param name="PerImage">Of a picture, in the tower and the connector.</param>
/// <param name="PerPosition">Of a position, in the decoder's matrices.</param>
/// <param name="PerPair">Of a position and one that it may look at, in the attention of all layers.</param>
/// <param name="PerLabel">Of a labelled position, in the logits.</param>
public sealed record ModelFlops(double PerImage, double PerPosition, double PerPair, double PerLabel)
{
    /// <summary>Counts for a model as it is trained now: by its parameters' <see cref="Tensor.RequiresGrad"/> and its active adapters.</summary>
    /// <param name="model">The model.</param>
    public static ModelFlops Of(VisionLanguageModel model)
    {
        var (tower, patchesLearn) = TowerFlops.Of(model.Vision, model.Conditioning is Module said && said.Parameters().Any(parameter => parameter.RequiresGrad));
        var patches = model.Vision.TokenCount;
        var path = new GradientPath(patchesLearn);
        var connector = ConnectorFlops.Of(model.Connector, patches, path);
        path.Pass([model.Language.EmbeddingWeight]);
        var others = new object[] { model.Conditioning, model.Composition, model.Fusion }.OfType<Module>().Sum(path.Through);
        var (positions, pairs) = (0.0, 0.0);
        foreach (var (_, part) in model.Language.NamedModules())
        {
            if (part is DecoderLayer layer)
            {
                var config = model.Language.Config;
                pairs += path.Look((long)config.HeadCount * config.HeadSize, layer.Attention.Projections);
                positions += path.Through(layer);
            }
        }

        return new ModelFlops(tower + connector, positions + others, pairs, path.Through(model.Language.HeadWeight));
    }

    /// <summary>Of a pass through the model and, in training, back.</summary>
    /// <param name="pass">What went in and where it stood.</param>
    public double Of(ForwardPass pass)
    {
        var positions = pass.Sequence.Positions;
        return Of(pass.Batch.Pixels?.Size(0) ?? 0, positions.RowLengths, positions.Labels.Count(label => label != Positions.NoLabel));
    }

    /// <summary>Of a batch.</summary>
    /// <param name="images">Its pictures.</param>
    /// <param name="rows">How many positions each row has.</param>
    /// <param name="labels">Its labelled positions.</param>
    public double Of(long images, IReadOnlyCollection<int> rows, long labels) =>
        (images * PerImage) + (rows.Sum(length => (double)length) * PerPosition) + (rows.Sum(length => (double)length * length) * PerPair) + (labels * PerLabel);
}
