using Collimate.Alignment.Reading;
using Collimate.Alignment.Towers;
using Collimate.Torch;
using Collimate.Torch.Layers;

namespace Collimate.Alignment.Connectors;

/// <summary>BLIP-2's Q-Former: learnt queries see each other in every layer of a BERT, and the patches in every second; with a reader, as in InstructBLIP, they see the question too.</summary>
/// <remarks>
/// Sources: Li et al. 2023, section 3.1; Dai et al. 2023, section 2.3. Post-norm layers; the question's tokens stand behind the queries in self-attention, never see the patches themselves, and
/// have a feed-forward block of their own. State-dict names are those of Hugging Face's BLIP-2, but for <c>ln_vision</c> (LAVIS) and what reads the question, which are below <c>text</c>.
/// </remarks>
public sealed class QFormerConnector : Module, IConnector
{
    private readonly Tensor queries;
    private readonly LayerNorm visionNorm;
    private readonly LayerNorm norm;
    private readonly QFormerLayer[] layers;
    private readonly Linear projection;
    private readonly ITextReader? reader;
    private readonly Linear? words;
    private readonly Tensor? places;
    private readonly QFormerShape shape;

    /// <param name="visionWidth">Width of a patch's features.</param>
    /// <param name="hidden">The decoder's width.</param>
    /// <param name="shape">Its size.</param>
    /// <param name="reader">Reads the question; null for queries that see the picture alone. Owned from now on where it is a module.</param>
    /// <param name="generator">Draws the initial weights.</param>
    public QFormerConnector(int visionWidth, int hidden, QFormerShape shape, ITextReader? reader, Generator? generator)
    {
        (this.shape, this.reader) = (shape, reader);
        using var scope = new TensorScope();
        queries = AddParameter("query_tokens", [1, shape.Queries, shape.Width], () => Tensor.RandomNormal([1, shape.Queries, shape.Width], generator) * QFormerLayer.Deviation);
        visionNorm = AddModule("ln_vision", new LayerNorm(visionWidth));
        norm = AddModule("qformer.layernorm", new LayerNorm(shape.Width, QFormerLayer.Epsilon));
        layers = [.. Enumerable.Range(0, shape.Layers).Select(k => AddModule(
            $"qformer.encoder.layer.{k}", new QFormerLayer(visionWidth, shape, k % shape.CrossEvery == 0, hasText: reader is not null && k + 1 < shape.Layers, generator)))];
        projection = AddModule("language_projection", new Linear(shape.Width, hidden, generator: generator));
        FreshOutput.Scale(projection, shape.OutputScale);
        if (reader is not null)
        {
            words = AddModule("text.projection", new Linear(reader.Width, shape.Width, generator: generator));
            places = AddParameter("text.position_embeddings", [shape.MostWords, shape.Width], () => Tensor.RandomNormal([shape.MostWords, shape.Width], generator) * QFormerLayer.Deviation);
            if (reader is Module module)
            {
                AddModule("reader", module);
            }
        }
    }

    /// <inheritdoc/>
    public bool ReadsQuestion => reader is not null;

    /// <summary>What reads the question, or null.</summary>
    public ITextReader? Reader => reader;

    /// <inheritdoc/>
    public int TokenCount(int patches) => shape.Queries;

    /// <inheritdoc/>
    public PatchGrid? GridOf(PatchGrid patches) => null;

    /// <inheritdoc/>
    public Tensor Project(Tensor patches, PictureQuestions? asked = null)
    {
        using var scope = new TensorScope();
        var seen = visionNorm.Forward(patches);                                                      // [images, patches, visionWidth]
        var x = queries.Expand(patches.Size(0), shape.Queries, shape.Width);
        var said = reader is null ? null : Said(asked ?? throw new InvalidOperationException("this connector reads the question beside the picture, and none was handed to it"));
        x = norm.Forward(said is null ? x : Tensor.Cat([x, said.Tokens.To(x.Type)], 1));             // [images, queries + words, width]
        var sight = QFormerLayer.SightOf(x, shape.Queries, said);
        foreach (var layer in layers)
        {
            x = layer.Forward(x, seen, sight);
        }

        return scope.Escape(projection.Forward(x.Slice(1, 0, shape.Queries)));                       // [images, queries, hidden]
    }

    private ReadText Said(PictureQuestions asked)
    {
        var read = reader!.Read(asked.Of(shape.Question), asked.Language).Fitted(shape.MostWords);
        return read with { Tokens = words!.Forward(read.Tokens.To(words.Weight.Type)) + places! };
    }
}

/// <summary>The size of a Q-Former.</summary>
/// <param name="Queries">How many visual tokens a picture becomes.</param>
/// <param name="Width">Width of its layers.</param>
/// <param name="Layers">How many layers.</param>
/// <param name="Heads">Attention heads.</param>
/// <param name="Intermediate">Width inside the feed-forward blocks.</param>
/// <param name="CrossEvery">Every how many layers the queries see the patches, the first among them.</param>
/// <param name="OutputScale">Standard deviation of a fresh output relative to the usual initialisation.</param>
/// <param name="MostWords">The most tokens of a question that are read.</param>
/// <param name="Question">Which question of a conversation.</param>
public readonly record struct QFormerShape(
    int Queries, int Width, int Layers, int Heads, int Intermediate, int CrossEvery, double OutputScale, int MostWords = 64, QuestionTurn Question = QuestionTurn.First);
