using Collimate.Models.Attention;
using Collimate.Models.Encoders;
using Collimate.Models.Vision;
using Collimate.Torch;
using Collimate.Torch.Layers;

namespace Collimate.Models.Text;

/// <summary>
/// The text tower of SigLIP (bidirectional, pooled at the last position) and CLIP (causal, pooled at the end token). Parameters carry
/// the names that Hugging Face gives them below <c>text_model.</c>
/// </summary>
public sealed class TextTransformer : Module
{
    // Checkpoints made before Transformers knew the right id say 2; they pool at the highest id, which the end token has.
    private const int LegacyEosTokenId = 2;

    private readonly Embedding tokens;
    private readonly Tensor positions;
    private readonly EncoderStack encoder;
    private readonly LayerNorm finalNorm;
    private readonly Linear? head;

    /// <summary>Makes a tower with freshly drawn weights.</summary>
    /// <param name="config">Its shape.</param>
    /// <param name="generator">Source of the initial weights.</param>
    public TextTransformer(TextConfig config, Generator? generator = null)
    {
        Config = config;
        var shape = new EncoderShape(config.HiddenSize, config.LayerCount, config.HeadCount, config.IntermediateSize, config.Activation, config.NormEpsilon);
        using var scope = new TensorScope();
        tokens = AddModule("embeddings.token_embedding", new Embedding(config.VocabularySize, config.HiddenSize, generator: generator));
        positions = AddParameter("embeddings.position_embedding.weight", Tensor.RandomNormal([config.MaxPositions, config.HiddenSize], generator) * 0.02);
        encoder = AddModule("encoder", new EncoderStack(shape, generator));
        finalNorm = AddModule("final_layer_norm", new LayerNorm(config.HiddenSize, config.NormEpsilon));
        head = config.Family == EncoderFamily.Siglip
            ? AddModule("head", new Linear(config.HiddenSize, config.ProjectionSize ?? config.HiddenSize, generator: generator))
            : null;
    }

    /// <summary>The tower's shape.</summary>
    public TextConfig Config { get; }

    /// <summary>Reads texts.</summary>
    /// <param name="ids">Token ids, 64-bit integers <c>[texts, tokens]</c>; SigLIP checkpoints were trained on texts padded to the full length.</param>
    /// <param name="valid">0 on padding that is not to be read, row-major <c>[texts, tokens]</c>; everything is read where null, as SigLIP is trained.</param>
    /// <param name="trace">Keeps every hidden state, and who attended to whom.</param>
    /// <exception cref="ArgumentException">The texts are longer than the tower's positions.</exception>
    public TextFeatures Encode(Tensor ids, int[]? valid = null, ForwardTrace? trace = null)
    {
        var (texts, length) = ((int)ids.Size(0), (int)ids.Size(1));
        if (length > Config.MaxPositions)
        {
            throw new ArgumentException($"texts of {length} tokens; this text tower reads at most {Config.MaxPositions}", nameof(ids));
        }

        var embedded = tokens.Forward(ids) + positions.Narrow(0, 0, length);   // [texts, tokens, width]
        var last = finalNorm.Forward(encoder.Forward(embedded, Attention(texts, length, valid), trace: trace));
        return new TextFeatures(last, Pool(last, ids, valid));
    }

    private AttentionSpec? Attention(int texts, int length, int[]? valid) => (Config.Family, valid) switch
    {
        (EncoderFamily.Clip, null) => AttentionSpec.Causal(texts, length),
        (EncoderFamily.Clip, _) => AttentionSpec.Causal(texts, length, valid),
        (_, null) => null,
        _ => AttentionSpec.Bidirectional(texts, length, valid),
    };

    private Tensor Pool(Tensor last, Tensor ids, int[]? valid)
    {
        if (head is not null)
        {
            return head.Forward(valid is null || !Config.PoolsLastValid ? last.Select(1, -1) : LastValid(last, valid));
        }

        var scores = Config.EosTokenId == LegacyEosTokenId ? ids : ids.Eq(Config.EosTokenId).To(ScalarType.Int64);
        var place = scores.ArgMax(-1);                                         // [texts], the first of equals
        var index = place.View(-1, 1, 1).Expand(-1, 1, last.Size(2));          // [texts, 1, width]
        return last.Gather(1, index).Squeeze(1);
    }

    private static Tensor LastValid(Tensor last, int[] valid)
    {
        var (texts, length) = ((int)last.Size(0), (int)last.Size(1));
        var places = Enumerable.Range(0, texts).Select(row => (row * (long)length) + Math.Max(0, valid.AsSpan(row * length, length).LastIndexOfAnyExcept(0))).ToArray();
        return last.Reshape(-1, last.Size(2)).IndexSelect(0, Tensor.From(places, [places.Length], last.Device));
    }
}
