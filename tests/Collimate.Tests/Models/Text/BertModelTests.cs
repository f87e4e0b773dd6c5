using System.Text.Json;
using Collimate.Models;
using Collimate.Models.Text.Bert;
using Collimate.Torch;
using Collimate.Torch.Serialization;

namespace Collimate.Tests.Models.Text;

public sealed class BertModelTests : IDisposable
{
    private static readonly BertConfig Config = new()
    {
        VocabularySize = 23, HiddenSize = 12, LayerCount = 2, HeadCount = 3, IntermediateSize = 20, MaxPositions = 10, TypeCount = 3, InitialDeviation = 0.3, PadTokenId = 4,
    };

    private readonly string folder = Directory.CreateTempSubdirectory("collimate-bert-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Theory]
    [InlineData(Activation.Gelu)]
    [InlineData(Activation.GeluTanh)]
    [InlineData(Activation.Relu)]
    public void Load_SavedModel_ComputesTheSame(Activation activation)
    {
        using var scope = new TensorScope();
        using var model = new BertModel(Config with { Activation = activation });
        model.Save(folder);
        using var loaded = BertModel.Load(folder);

        Assert.Equal(model.Config, loaded.Config);
        Assert.Empty(loaded.IgnoredWeights);
        var (before, after) = (model.Encode(Ids(2, 5)), loaded.Encode(Ids(2, 5)));
        Near.Assert(before.Last, after.Last, 0, "last");
        Near.Assert(before.Pooled!, after.Pooled!, 0, "pooled");
    }

    [Fact]
    public void Save_LoadedReference_KeepsEveryNameAndNumber()
    {
        using var scope = new TensorScope();
        using var model = BertModel.Load(GoldenFiles.Require("bert"));
        model.Save(folder);
        using var before = SafetensorsReader.OpenFolder(GoldenFiles.Require("bert"));
        using var after = SafetensorsReader.OpenFolder(folder);
        Assert.Equal(before.Names, after.Names);
        Assert.All(before.Names, name => Near.Assert(before.Read(name), after.Read(name), 0, name));
    }

    [Fact]
    public void Load_PretrainingCheckpointWithOldNorms_LeavesTheHeadAsideAndSaysSo()
    {
        using var scope = new TensorScope();
        using var model = new BertModel(Config);
        model.Save(folder);
        Rewrite(state => state.ToDictionary(
            entry => "bert." + entry.Key.Replace("LayerNorm.weight", "LayerNorm.gamma", StringComparison.Ordinal).Replace("LayerNorm.bias", "LayerNorm.beta", StringComparison.Ordinal),
            entry => entry.Value).Append(new("cls.predictions.bias", Tensor.Zeros([23]))).Append(new("bert.embeddings.position_ids", Tensor.Arange(10))));

        using var loaded = BertModel.Load(folder);
        Assert.Equal(["cls.predictions.bias"], loaded.IgnoredWeights);
        Near.Assert(model.Encode(Ids(1, 4)).Pooled!, loaded.Encode(Ids(1, 4)).Pooled!, 0, "pooled");
        Assert.Contains("embeddings.LayerNorm.weight", loaded.StateDict().Keys);
    }

    [Fact]
    public void Load_CheckpointWithoutPooler_HasNoPooledVector()
    {
        using var scope = new TensorScope();
        using var model = new BertModel(Config with { HasPooler = false });
        model.Save(folder);
        using var loaded = BertModel.Load(folder);
        Assert.Null(loaded.Encode(Ids(1, 4)).Pooled);
    }

    [Fact]
    public void Load_TensorThatNothingKnows_IsRefusedByName()
    {
        using var scope = new TensorScope();
        using var model = new BertModel(Config);
        model.Save(folder);
        Rewrite(state => state.Where(entry => entry.Key != "encoder.layer.1.attention.self.key.bias").Append(new("encoder.layer.1.adapter.weight", Tensor.Zeros([2]))));
        var error = Assert.Throws<CheckpointException>(() => BertModel.Load(folder));
        Assert.Contains("encoder.layer.1.adapter.weight", error.Message, StringComparison.Ordinal);
        Assert.Contains("encoder.layer.1.attention.self.key.bias", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Encode_PaddedBatch_EqualsEachTextAlone()
    {
        using var scope = new TensorScope();
        using var model = new BertModel(Config);
        var ids = Ids(2, 7);
        var together = model.Encode(ids, [1, 1, 1, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1]);
        var alone = model.Encode(ids.Narrow(0, 0, 1).Narrow(1, 0, 3));
        Near.Assert(alone.Last.Select(0, 0), together.Last.Select(0, 0).Narrow(0, 0, 3), 1e-5, "last");
        Near.Assert(alone.Pooled!.Select(0, 0), together.Pooled!.Select(0, 0), 1e-5, "pooled");
    }

    [Fact]
    public void Backward_PaddingToken_GetsNoGradient()
    {
        using var scope = new TensorScope();
        using var model = new BertModel(Config);
        model.Encode(Tensor.From<long>([3, 4, 5], [1, 3])).Last.Square().Sum().Backward();
        var gradient = model.NamedParameters().Single(p => p.Name == "embeddings.word_embeddings.weight").Value.Grad!;
        Assert.All(Near.Floats(gradient.Select(0, 4)), value => Assert.Equal(0, value));
        Assert.Contains(Near.Floats(gradient.Select(0, 5)), value => value != 0);
    }

    [Fact]
    public void Encode_TextLongerThanThePositions_SaysHowLongItMayBe()
    {
        using var scope = new TensorScope();
        using var model = new BertModel(Config);
        Assert.Contains("at most 10", Assert.Throws<ArgumentException>(() => model.Encode(Ids(1, 11))).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"model_type": "roberta"}""", "model_type")]
    [InlineData("""{"model_type": "bert", "position_embedding_type": "relative_key"}""", "position_embedding_type")]
    [InlineData("""{"model_type": "bert", "is_decoder": true}""", "is_decoder")]
    [InlineData("""{"model_type": "bert", "hidden_act": "mish"}""", "hidden_act")]
    [InlineData("""{"model_type": "bert", "num_attention_heads": 7}""", "num_attention_heads")]
    [InlineData("""{"model_type": "bert", "vocab_size": "many"}""", "vocab_size")]
    public void FromJson_UnsupportedEntry_IsNamed(string json, string entry)
    {
        using var document = JsonDocument.Parse(json);
        var error = Assert.Throws<CheckpointException>(() => BertConfig.FromJson(document.RootElement));
        Assert.Contains($"'{entry}'", error.Message, StringComparison.Ordinal);
    }

    private static Tensor Ids(int texts, int length) =>
        Tensor.From<long>([.. Enumerable.Range(0, texts * length).Select(i => (long)((i * 7) + 5) % Config.VocabularySize)], [texts, length]);

    private void Rewrite(Func<IReadOnlyDictionary<string, Tensor>, IEnumerable<KeyValuePair<string, Tensor>>> change)
    {
        Dictionary<string, Tensor> changed;
        using (var reader = SafetensorsReader.OpenFolder(folder))
        {
            changed = change(reader.ReadAll().ToDictionary(entry => entry.Key, entry => entry.Value.Clone())).ToDictionary(entry => entry.Key, entry => entry.Value);
        }

        SafetensorsWriter.Write(Path.Combine(folder, "model.safetensors"), changed);
    }
}
