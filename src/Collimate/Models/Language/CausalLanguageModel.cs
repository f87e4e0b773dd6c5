using Collimate.Torch;
using Collimate.Torch.Fused;
using Collimate.Torch.Layers;

namespace Collimate.Models.Language;

/// <summary>
/// A decoder of the Qwen2 and Llama kind: RMS norms, rotary positions, grouped-query attention, gated feed-forward blocks. It takes
/// embeddings, positions and a description of who sees whom, so that image tokens, reordered sequences and packed documents need
/// nothing special. Checkpoints carry Hugging Face's names.
/// </summary>
public sealed partial class CausalLanguageModel : Module
{
    private readonly Embedding embedding;
    private readonly DecoderLayer[] layers;
    private readonly RmsNorm finalNorm;
    private readonly Linear? head;
    private readonly RotaryEmbedding rotary;

    /// <summary>Makes a decoder with freshly drawn weights.</summary>
    /// <param name="config">Its shape.</param>
    /// <param name="generator">Source of the initial weights.</param>
    public CausalLanguageModel(LanguageConfig config, Generator? generator = null)
    {
        Config = config;
        using var scope = new TensorScope();
        rotary = new RotaryEmbedding(config.HeadSize, config.RotaryTheta, config.RotaryScaling);
        embedding = AddModule("model.embed_tokens", new Embedding(config.VocabularySize, config.HiddenSize, generator: generator));
        layers = [.. Enumerable.Range(0, config.LayerCount).Select(layer => AddModule($"model.layers.{layer}", new DecoderLayer(config, layer, generator)))];
        finalNorm = AddModule("model.norm", new RmsNorm(config.HiddenSize, config.NormEpsilon));
        head = config.TieEmbeddings ? null : AddModule("lm_head", new Linear(config.HiddenSize, config.VocabularySize, bias: false, generator, LanguageConfig.InitialDeviation));
    }

    /// <summary>The decoder's shape.</summary>
    public LanguageConfig Config { get; }

    /// <summary>
    /// Whether training keeps only the state between layers and runs each layer again when its gradients are needed: a third more time for
    /// a fraction of the memory. Off by default.
    /// </summary>
    public bool RecomputesLayers { get; set; }

    /// <summary>The embedding matrix, <c>[vocabulary, hidden]</c>.</summary>
    public Tensor EmbeddingWeight => embedding.Weight;

    /// <summary>The matrix that makes logits, <c>[vocabulary, hidden]</c>: the embedding matrix itself where the two are tied.</summary>
    public Tensor HeadWeight => head?.Weight ?? embedding.Weight;

    /// <summary>Reads a checkpoint folder: <c>config.json</c> and <c>model.safetensors</c> (or its shards).</summary>
    /// <exception cref="Torch.Serialization.CheckpointException">A file is absent or damaged, or the tensors do not fit the configuration.</exception>
    /// <param name="folder">The folder.</param>
    /// <param name="type">
    /// The type that weights are kept in: single precision to train or to verify; half precision, or null for what the file has, to answer from as
    /// little memory as may be. Where the file has that type already, the weights stay in it, mapped, and are read as they are needed.
    /// </param>
    public static CausalLanguageModel Load(string folder, ScalarType? type = ScalarType.Float32) =>
        Load(folder, LanguageConfig.Load(CheckpointFolder.ConfigFile(folder)), type);

    /// <summary>Reads the weights of a folder whose configuration is there already.</summary>
    internal static CausalLanguageModel Load(string folder, LanguageConfig config, ScalarType? type = ScalarType.Float32) =>
        CheckpointFolder.Filled(() => new CausalLanguageModel(config), folder, type, config.TieEmbeddings ? ["lm_head.weight"] : []);

    /// <summary>Writes a checkpoint folder in Hugging Face's layout.</summary>
    public void Save(string folder) => CheckpointFolder.Save(this, Config.ToJson(), folder);

    /// <summary>The vectors of tokens, in single precision whatever the type of the weights: only what is stored is narrow, not what is computed with it.</summary>
    /// <param name="ids">Token ids, 64-bit integers <c>[batch, tokens]</c>.</param>
    /// <returns><c>[batch, tokens, hidden]</c></returns>
    public Tensor Embed(Tensor ids) => EmbeddingWeight.Type.Size() < sizeof(float) ? embedding.Forward(ids).To(ScalarType.Float32) : embedding.Forward(ids);

    /// <summary>Runs all layers.</summary>
    /// <param name="input">The sequence; with a cache, the positions that are new.</param>
    /// <param name="cache">Keys and values of earlier positions; the new ones are added.</param>
    /// <param name="hook">What enters inside the layers.</param>
    /// <param name="trace">Keeps the state before each layer, the state after the final norm, and who attended to whom.</param>
    /// <returns>The state after the final norm, <c>[batch, positions, hidden]</c></returns>
    /// <exception cref="ArgumentException">Embeddings, positions, description and cache do not fit together.</exception>
    public Tensor Run(LanguageInput input, KeyValueCache? cache = null, ILayerHook? hook = null, ForwardTrace? trace = null)
    {
        Check(input, cache);
        var sight = input.Attention.On(input.Embeddings.Device, firstQuery: cache?.Length ?? 0);
        return Run(input.Embeddings, input.Positions, sight, cache, hook, trace);
    }

    /// <summary>What makes a layer's queries, keys and values.</summary>
    internal PackedLinear ProjectionsOf(int layer) => layers[layer].Attention.Projections;

    /// <summary>Scores of every token of the vocabulary.</summary>
    /// <param name="hidden">States after the final norm, <c>[..., hidden]</c>; only those whose scores are wanted.</param>
    /// <returns><c>[..., vocabulary]</c></returns>
    public Tensor Logits(Tensor hidden) => FusedOperators.Linear(hidden, HeadWeight);

    /// <summary>Runs one new token a row on top of a cache.</summary>
    /// <param name="tokens">One token id a row.</param>
    /// <param name="state">Where decoding stands; moved on by one position.</param>
    /// <param name="hook">What enters inside the layers.</param>
    /// <returns>The scores of the token after that, <c>[batch, vocabulary]</c></returns>
    public Tensor Step(ReadOnlySpan<int> tokens, DecodingState state, ILayerHook? hook = null)
    {
        var rows = state.Rows;
        if (tokens.Length != rows)
        {
            throw new ArgumentException($"{tokens.Length} tokens for {rows} rows; one a row is needed", nameof(tokens));
        }

        long[] ids = [.. tokens];
        var device = EmbeddingWeight.Device;
        var (positions, sight) = state.MoveOn(device);
        var last = Run(Embed(Tensor.From<long>(ids, [rows, 1], device)), positions, sight, state.Cache, hook, trace: null); // [batch, 1, hidden]
        return Logits(last.Select(1, 0));
    }

    /// <summary>Runs a prompt and leaves it in a cache, ready for <see cref="Step(ReadOnlySpan{int}, DecodingState, ILayerHook?)"/>.</summary>
    /// <param name="prompt">The prompt; rows of different length are padded on either side.</param>
    /// <param name="hook">What enters inside the layers.</param>
    /// <returns>The scores of the first new token, <c>[batch, vocabulary]</c>, and where decoding stands</returns>
    public (Tensor Logits, DecodingState State) Prefill(LanguageInput prompt, ILayerHook? hook = null)
    {
        var state = DecodingState.After(prompt, new KeyValueCache(Config.LayerCount, capacity: prompt.Attention.Length + 64, CacheType));
        var hidden = Run(prompt, state.Cache, hook);                           // [batch, positions, hidden]
        long[] last = [.. Enumerable.Range(0, prompt.Attention.Batch).Select(row => (long)prompt.Attention.LastValid(row))];
        var index = Tensor.From<long>(last, [last.Length, 1, 1], hidden.Device).Expand(-1, 1, Config.HiddenSize);
        return (Logits(hidden.Gather(1, index).Squeeze(1)), state);
    }

    private Tensor Run(Tensor embeddings, Tensor positions, AttentionRule sight, KeyValueCache? cache, ILayerHook? hook, ForwardTrace? trace)
    {
        var stream = new ResidualStream(embeddings);                           // [batch, positions, hidden]
        var angles = rotary.Angles(positions);
        for (var layer = 0; layer < layers.Length; layer++)
        {
            trace?.AddState(stream.Whole);
            var one = layers[layer];
            stream = RecomputesLayers && cache is null && trace is null
                ? Recomputed(one, stream, angles, sight, hook)
                : one.Forward(stream, angles, sight, cache, hook, trace);
        }

        cache?.Advance((int)embeddings.Size(1));
        var last = stream.Normed(finalNorm).Normed;
        trace?.AddState(last);
        return last;
    }

    private static ResidualStream Recomputed(DecoderLayer layer, ResidualStream stream, RotaryAngles angles, AttentionRule sight, ILayerHook? hook) => new(ActivationCheckpoint.Run(
        inputs => layer.Forward(new ResidualStream(inputs[0]), angles, sight, cache: null, hook?.With(inputs[1..])).Whole, [stream.Whole, .. hook?.Carried ?? []]));

    // Keys and values of a model that was stored in bf16 are kept so too, as they are where it was trained; the narrower range of fp16 is not for them.
    private ScalarType? CacheType => EmbeddingWeight.Type == ScalarType.BFloat16 ? ScalarType.BFloat16 : null;

    private void Check(LanguageInput input, KeyValueCache? cache)
    {
        var (batch, count, width) = (input.Embeddings.Size(0), input.Embeddings.Size(1), input.Embeddings.Size(2));
        if (width != Config.HiddenSize)
        {
            throw new ArgumentException($"embeddings are {width} wide; this decoder is {Config.HiddenSize} wide", nameof(input));
        }

        if (input.Positions.Size(0) != batch || input.Positions.Size(1) != count)
        {
            throw new ArgumentException($"positions have shape [{string.Join(", ", input.Positions.Shape)}]; the embeddings need [{batch}, {count}]", nameof(input));
        }

        var described = count + (cache?.Length ?? 0);
        if (input.Attention.Batch != batch || input.Attention.Length != described)
        {
            throw new ArgumentException($"the attention describes {input.Attention.Batch} rows of {input.Attention.Length} positions; embeddings and cache hold {batch} rows of {described}", nameof(input));
        }
    }
}
