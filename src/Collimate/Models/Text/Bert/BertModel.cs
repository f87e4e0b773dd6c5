using Collimate.Models.Attention;
using Collimate.Torch;
using Collimate.Torch.Fused;
using Collimate.Torch.Layers;

namespace Collimate.Models.Text.Bert;

/// <summary>
/// BERT, a bidirectional text encoder with learnt absolute positions, segments and post-norm layers (Devlin et al. 2019). Parameters
/// carry Hugging Face's names. Dropout, which only training would use, is left out.
/// </summary>
public sealed class BertModel : Module
{
    private const string Prefix = "bert.";

    private readonly BertEmbeddings embeddings;
    private readonly BertLayer[] layers;
    private readonly Linear? pooler;

    /// <summary>Makes a model with freshly drawn weights.</summary>
    /// <param name="config">Its shape.</param>
    /// <param name="generator">Source of the initial weights.</param>
    public BertModel(BertConfig config, Generator? generator = null)
    {
        Config = config;
        using var scope = new TensorScope();
        embeddings = AddModule("embeddings", new BertEmbeddings(config, generator));
        layers = [.. Enumerable.Range(0, config.LayerCount).Select(layer => AddModule($"encoder.layer.{layer}", new BertLayer(config, generator)))];
        pooler = config.HasPooler ? AddModule("pooler.dense", new Linear(config.HiddenSize, config.HiddenSize, generator: generator, deviation: config.InitialDeviation)) : null;
    }

    /// <summary>The model's shape.</summary>
    public BertConfig Config { get; }

    /// <summary>Names of the tensors that the checkpoint held and this model has no use for, such as the heads of pre-training.</summary>
    public IReadOnlyList<string> IgnoredWeights { get; private init; } = [];

    /// <summary>
    /// Reads a checkpoint folder: <c>config.json</c> and <c>model.safetensors</c> (or its shards), of a bare model or of one with a head,
    /// whose names begin with <c>bert.</c> and whose head is left aside (<see cref="IgnoredWeights"/>). The norms' old names
    /// <c>gamma</c> and <c>beta</c> are understood.
    /// </summary>
    /// <param name="folder">The folder.</param>
    /// <param name="withPooler">Whether the pooler is wanted, where there is one.</param>
    /// <exception cref="Torch.Serialization.CheckpointException">A file is absent or damaged, or the tensors do not fit the configuration.</exception>
    public static BertModel Load(string folder, bool withPooler = true)
    {
        var config = BertConfig.Load(CheckpointFolder.ConfigFile(folder));
        var names = StoredNames.Of(folder);
        var prefix = names.Any(name => name.StartsWith(Prefix, StringComparison.Ordinal)) ? Prefix : "";
        string[] ignored = [.. names.Where(name => !name.StartsWith(prefix, StringComparison.Ordinal) || (!withPooler && name.StartsWith($"{prefix}pooler.", StringComparison.Ordinal)))];
        string Ours(string name) => name.StartsWith(prefix, StringComparison.Ordinal) ? NewNormName(name[prefix.Length..]) : name;
        return CheckpointFolder.Filled(
            () => new BertModel(config with { HasPooler = withPooler && names.Contains($"{prefix}pooler.dense.weight") }) { IgnoredWeights = ignored }, folder, Ours, [.. ignored.Select(Ours)]);
    }

    /// <summary>Writes a checkpoint folder in Hugging Face's layout, as a bare model.</summary>
    public void Save(string folder) => CheckpointFolder.Save(this, Config.ToJson(), folder);

    /// <summary>Reads texts.</summary>
    /// <param name="ids">Token ids, 64-bit integers <c>[texts, tokens]</c>.</param>
    /// <param name="valid">0 on padding, row-major <c>[texts, tokens]</c>; everything is read where null.</param>
    /// <param name="segments">Which segment each token belongs to, 64-bit integers <c>[texts, tokens]</c>; the first where null.</param>
    /// <param name="trace">Keeps every hidden state, and who attended to whom.</param>
    /// <exception cref="ArgumentException">The texts are longer than the model's positions.</exception>
    public BertFeatures Encode(Tensor ids, int[]? valid = null, Tensor? segments = null, ForwardTrace? trace = null)
    {
        var (texts, length) = ((int)ids.Size(0), (int)ids.Size(1));
        if (length > Config.MaxPositions)
        {
            throw new ArgumentException($"texts of {length} tokens; this model reads at most {Config.MaxPositions}", nameof(ids));
        }

        var sight = valid is null ? AttentionRule.Full : AttentionSpec.Bidirectional(texts, length, valid).On(ids.Device);
        var x = embeddings.Forward(ids, segments);                             // [texts, tokens, hidden]
        trace?.AddState(x);
        foreach (var layer in layers)
        {
            x = layer.Forward(x, sight, trace);
            trace?.AddState(x);
        }

        return new BertFeatures(x, pooler?.Forward(x.Select(1, 0)).Tanh());
    }

    private static string NewNormName(string name) => name
        .Replace("LayerNorm.gamma", "LayerNorm.weight", StringComparison.Ordinal)
        .Replace("LayerNorm.beta", "LayerNorm.bias", StringComparison.Ordinal);
}
