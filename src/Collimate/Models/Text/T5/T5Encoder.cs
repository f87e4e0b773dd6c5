using Collimate.Models.Attention;
using Collimate.Torch;
using Collimate.Torch.Fused;
using Collimate.Torch.Layers;

namespace Collimate.Models.Text.T5;

/// <summary>
/// The encoder of T5 (Raffel et al. 2020): RMS norms, relative positions in buckets, attention without scaling. Parameters carry Hugging
/// Face's names. Dropout, which only training would use, is left out.
/// </summary>
public sealed class T5Encoder : Module
{
    private readonly Embedding shared;
    private readonly T5Layer[] layers;
    private readonly RmsNorm finalNorm;

    /// <summary>Makes an encoder with freshly drawn weights.</summary>
    /// <param name="config">Its shape.</param>
    /// <param name="generator">Source of the initial weights.</param>
    public T5Encoder(T5Config config, Generator? generator = null)
    {
        Config = config;
        using var scope = new TensorScope();
        shared = AddModule("shared", new Embedding(config.VocabularySize, config.HiddenSize, generator, deviation: 1));
        layers = [.. Enumerable.Range(0, config.LayerCount).Select(layer => AddModule($"encoder.block.{layer}", new T5Layer(config, hasBias: layer == 0, generator)))];
        finalNorm = AddModule("encoder.final_layer_norm", new RmsNorm(config.HiddenSize, config.NormEpsilon));
    }

    /// <summary>The encoder's shape.</summary>
    public T5Config Config { get; }

    /// <summary>Names of the tensors that the checkpoint held and an encoder has no use for: a full T5's decoder and language-model head.</summary>
    public IReadOnlyList<string> IgnoredWeights { get; private init; } = [];

    /// <summary>
    /// Reads a checkpoint folder, <c>config.json</c> and <c>model.safetensors</c> (or its shards), of an encoder alone or of a full T5,
    /// whose decoder is left aside (<see cref="IgnoredWeights"/>).
    /// </summary>
    /// <exception cref="Torch.Serialization.CheckpointException">A file is absent or damaged, or the tensors do not fit the configuration.</exception>
    public static T5Encoder Load(string folder)
    {
        var config = T5Config.Load(CheckpointFolder.ConfigFile(folder));
        var names = StoredNames.Of(folder);
        string[] ignored = [.. names.Where(IsIgnored)];
        // Older files hold the shared matrix a second time, under the encoder's own name.
        return CheckpointFolder.Filled(() => new T5Encoder(config) { IgnoredWeights = ignored }, folder, [.. ignored, "encoder.embed_tokens.weight"]);
    }

    /// <summary>Writes a checkpoint folder in Hugging Face's layout.</summary>
    public void Save(string folder) => CheckpointFolder.Save(this, Config.ToJson(), folder);

    /// <summary>Reads texts.</summary>
    /// <param name="ids">Token ids, 64-bit integers <c>[texts, tokens]</c>, of any length.</param>
    /// <param name="valid">0 on padding, row-major <c>[texts, tokens]</c>; everything is read where null.</param>
    /// <param name="trace">Keeps the state before each layer, the state after the final norm, and who attended to whom.</param>
    /// <returns>All tokens after the final norm, <c>[texts, tokens, hidden]</c></returns>
    public Tensor Encode(Tensor ids, int[]? valid = null, ForwardTrace? trace = null)
    {
        var (texts, length) = ((int)ids.Size(0), (int)ids.Size(1));
        var sight = valid is null ? AttentionRule.Full : AttentionSpec.Bidirectional(texts, length, valid).On(ids.Device);
        var bias = RelativePositionBias.Of(layers[0].Bias!.Weight, length, Config.MaxDistance); // [1, heads, queries, keys]
        var x = shared.Forward(ids);                                           // [texts, tokens, hidden]
        foreach (var layer in layers)
        {
            trace?.AddState(x);
            x = layer.Forward(x, bias, sight, trace);
        }

        var last = finalNorm.Forward(x);
        trace?.AddState(last);
        return last;
    }

    private static bool IsIgnored(string name) => name.StartsWith("decoder.", StringComparison.Ordinal) || name == "lm_head.weight";
}
