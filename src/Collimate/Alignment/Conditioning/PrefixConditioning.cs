using Collimate.Alignment.Reading;
using Collimate.Alignment.Towers;
using Collimate.Models.Encoders;
using Collimate.Models.Vision;
using Collimate.Torch;
using Collimate.Torch.Layers;

namespace Collimate.Alignment.Conditioning;

/// <summary>
/// A zero-gated text prefix: in chosen layers of the tower every token may also look at so many vectors made of the question, through a softmax of its own and a gate a head that begins at zero,
/// so that the first pass sees exactly what the tower alone sees.
/// </summary>
/// <remarks>
/// Source: "On Vision-Language Models" (proposed there, not released), in the form of LLaMA-Adapter V2: vector k of layer l is a learnt one plus the question's k-th token, projected and normalised; where the question has
/// fewer tokens the learnt one stands alone. At gates of zero only the gates have a gradient.
/// </remarks>
public sealed class PrefixConditioning : Module, IConditioning
{
    private readonly ITextReader reader;
    private readonly QuestionTurn question;
    private readonly int length;
    private readonly Linear projection;
    private readonly LayerNorm norm;
    private readonly (int Layer, Tensor Learnt, Tensor Gate)[] prefixes;

    /// <param name="reader">Reads the question; owned from now on where it is a module.</param>
    /// <param name="question">Which question of a conversation.</param>
    /// <param name="length">How many vectors a layer's prefix has; what a question has more is not read.</param>
    /// <param name="tower">The tower.</param>
    /// <param name="layers">Numbers of its layers, from 0.</param>
    /// <param name="generator">Draws the initial weights.</param>
    /// <exception cref="ArgumentException">A layer is not there, is named twice, or is not run.</exception>
    public PrefixConditioning(ITextReader reader, QuestionTurn question, int length, EncoderTower tower, IReadOnlyList<int> layers, Generator? generator)
    {
        if (layers.Count == 0 || layers.Distinct().Count() != layers.Count || layers.Any(layer => layer < 0 || layer >= tower.LayersRead))
        {
            throw new ArgumentException(
                $"the layers [{string.Join(", ", layers)}] are no choice of those that the tower's features depend on, 0 to {tower.LayersRead - 1} (of {tower.Config.LayerCount}); name each once", nameof(layers));
        }

        (this.reader, this.question, this.length) = (reader, question, length);
        var (width, heads) = (tower.Config.HiddenSize, tower.Config.HeadCount);
        using var scope = new TensorScope();
        projection = AddModule("projection", new Linear(reader.Width, width, generator: generator));
        norm = AddModule("norm", new LayerNorm(width));
        prefixes =
        [
            .. layers.Order().Select(layer => (
                layer,
                AddParameter($"layers.{layer}.prefix", [length, width], () => Tensor.RandomNormal([length, width], generator)),
                AddParameter($"layers.{layer}.gate", Tensor.Zeros([heads])))),
        ];
        if (reader is Module module)
        {
            AddModule("reader", module);
        }
    }

    /// <inheritdoc/>
    public bool ReadsQuestion => true;

    /// <summary>What reads the question.</summary>
    public ITextReader Reader => reader;

    /// <summary>The gates by layer, <c>[heads]</c> each, before their hyperbolic tangent.</summary>
    public IReadOnlyDictionary<int, Tensor> Gates => prefixes.ToDictionary(prefix => prefix.Layer, prefix => prefix.Gate);

    /// <inheritdoc/>
    public VisionCondition? Read(PictureQuestions asked)
    {
        using var scope = new TensorScope();
        var read = reader.Read(asked.Of(question), asked.Language).Fitted(length);
        var said = norm.Forward(projection.Forward(read.Tokens.To(projection.Weight.Type)));         // [images, length, width]
        if (read.Lengths.Any(own => own < length))
        {
            said *= Tensor.From([.. read.Valid.Select(valid => (float)valid)], [read.Lengths.Length, length, 1], said.Device).To(said.Type);
        }

        return new VisionCondition { Prefixes = prefixes.ToDictionary(prefix => prefix.Layer, prefix => new LayerPrefix(scope.Escape(said + prefix.Learnt), prefix.Gate)) };
    }
}
