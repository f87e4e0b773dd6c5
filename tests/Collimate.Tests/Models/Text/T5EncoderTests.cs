using System.Text.Json;
using Collimate.Models;
using Collimate.Models.Text.T5;
using Collimate.Torch;
using Collimate.Torch.Serialization;

namespace Collimate.Tests.Models.Text;

public sealed class T5EncoderTests : IDisposable
{
    private static readonly T5Config Config = new()
    {
        VocabularySize = 23, HiddenSize = 12, LayerCount = 2, HeadCount = 3, HeadSize = 5, IntermediateSize = 20, BucketCount = 8, MaxDistance = 20,
    };

    private readonly string folder = Directory.CreateTempSubdirectory("collimate-t5-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    // Where the bucket changes, from the reference formula run in PyTorch on distances -200 to 200.
    [Theory]
    [InlineData(32, 128, new[] { -90, -63, -45, -31, -22, -15, -11, -7, -6, -5, -4, -3, -2, -1, 0, 1, 2, 3, 4, 5, 6, 7, 8, 12, 16, 23, 32, 46, 64, 91 })]
    [InlineData(32, 24, new[] { -20, -18, -15, -13, -12, -10, -9, -7, -6, -5, -4, -3, -2, -1, 0, 1, 2, 3, 4, 5, 6, 7, 8, 10, 11, 13, 14, 16, 19, 21 })]
    [InlineData(8, 20, new[] { -6, -1, 0, 1, 2, 7 })]
    public void Buckets_AnyDistance_ChangeWhereTheReferenceDoes(int buckets, int maxDistance, int[] changes)
    {
        using var scope = new TensorScope();
        const int length = 201;
        var table = RelativePositionBias.Buckets(length, buckets, maxDistance, Device.Cpu).ToArray<long>();
        long Bucket(int distance) => distance < 0 ? table[-distance * length] : table[distance];

        Assert.Equal(changes, Enumerable.Range(-199, 400).Where(distance => Bucket(distance) != Bucket(distance - 1)));
        Assert.Equal((buckets / 2) - 1, Bucket(-200));
        Assert.Equal(0, Bucket(0));
        Assert.Equal(buckets - 1, Bucket(200));
        Assert.Equal(table[(7 * length) + 12], Bucket(5));
    }

    [Theory]
    [InlineData(Activation.Relu, false)]
    [InlineData(Activation.GeluTanh, true)]
    [InlineData(Activation.Gelu, true)]
    [InlineData(Activation.Silu, true)]
    public void Load_SavedModel_ComputesTheSame(Activation activation, bool gated)
    {
        using var scope = new TensorScope();
        using var model = new T5Encoder(Config with { Activation = activation, IsGated = gated });
        model.Save(folder);
        using var loaded = T5Encoder.Load(folder);
        Assert.Equal(model.Config, loaded.Config);
        Near.Assert(model.Encode(Ids(2, 5)), loaded.Encode(Ids(2, 5)), 0, "last");
    }

    [Fact]
    public void Save_LoadedReference_KeepsEveryNameAndNumber()
    {
        using var scope = new TensorScope();
        using var model = T5Encoder.Load(GoldenFiles.Require("t5-encoder"));
        model.Save(folder);
        using var before = SafetensorsReader.OpenFolder(GoldenFiles.Require("t5-encoder"));
        using var after = SafetensorsReader.OpenFolder(folder);
        Assert.Equal(before.Names, after.Names);
        Assert.All(before.Names, name => Near.Assert(before.Read(name), after.Read(name), 0, name));
    }

    [Fact]
    public void Encode_PlainReluFeedForward_EqualsTheFormulaByHand()
    {
        // Zero attention output leaves the residual as it is, so that only the feed-forward block is left.
        using var scope = new TensorScope();
        using var noGradient = GradMode.Disable();
        using var model = new T5Encoder(Config with { LayerCount = 1 });
        var state = model.StateDict();
        state["encoder.block.0.layer.0.SelfAttention.o.weight"].Zero_();
        var ids = Ids(1, 3);
        var x = Tensor.Embedding(state["shared.weight"], ids);
        var normed = x / (x.Square().Mean(-1, keepDimension: true) + 1e-6).Sqrt();
        var wide = normed.Linear(state["encoder.block.0.layer.1.DenseReluDense.wi.weight"]).Relu();
        var sum = x + wide.Linear(state["encoder.block.0.layer.1.DenseReluDense.wo.weight"]);
        Near.Assert(sum / (sum.Square().Mean(-1, keepDimension: true) + 1e-6).Sqrt(), model.Encode(ids), 1e-5, "last");
    }

    [Fact]
    public void Load_FullModel_LeavesTheDecoderAsideAndSaysSo()
    {
        using var scope = new TensorScope();
        using var model = new T5Encoder(Config);
        model.Save(folder);
        Dictionary<string, Tensor> state;
        using (var reader = SafetensorsReader.OpenFolder(folder))
        {
            state = reader.ReadAll().ToDictionary(entry => entry.Key, entry => entry.Value.Clone());
        }

        state["decoder.block.0.layer.0.layer_norm.weight"] = Tensor.Zeros([12]);
        state["lm_head.weight"] = Tensor.Zeros([23, 12]);
        state["encoder.embed_tokens.weight"] = state["shared.weight"].Clone();
        SafetensorsWriter.Write(Path.Combine(folder, "model.safetensors"), state);

        using var loaded = T5Encoder.Load(folder);
        Assert.Equal(["decoder.block.0.layer.0.layer_norm.weight", "lm_head.weight"], loaded.IgnoredWeights);
        Near.Assert(model.Encode(Ids(1, 4)), loaded.Encode(Ids(1, 4)), 0, "last");
    }

    [Fact]
    public void Encode_PaddedBatch_EqualsEachTextAlone()
    {
        using var scope = new TensorScope();
        using var model = new T5Encoder(Config);
        var ids = Ids(2, 7);
        var together = model.Encode(ids, [1, 1, 1, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1]);
        Near.Assert(model.Encode(ids.Narrow(0, 0, 1).Narrow(1, 0, 3)).Select(0, 0), together.Select(0, 0).Narrow(0, 0, 3), 2e-5, "first text");
    }

    [Theory]
    [InlineData("""{"model_type": "umt5"}""", "model_type")]
    [InlineData("""{"model_type": "t5", "feed_forward_proj": "gated-mish"}""", "feed_forward_proj")]
    [InlineData("""{"model_type": "t5", "dense_act_fn": "mish"}""", "dense_act_fn")]
    [InlineData("""{"model_type": "t5", "relative_attention_num_buckets": 2}""", "relative_attention_num_buckets")]
    [InlineData("""{"model_type": "t5", "relative_attention_max_distance": 8}""", "relative_attention_max_distance")]
    public void FromJson_UnsupportedEntry_IsNamed(string json, string entry)
    {
        using var document = JsonDocument.Parse(json);
        var error = Assert.Throws<CheckpointException>(() => T5Config.FromJson(document.RootElement));
        Assert.Contains($"'{entry}'", error.Message, StringComparison.Ordinal);
    }

    private static Tensor Ids(int texts, int length) =>
        Tensor.From<long>([.. Enumerable.Range(0, texts * length).Select(i => (long)((i * 7) + 5) % Config.VocabularySize)], [texts, length]);
}
