using System.Text.Json;
using Collimate.Models.Vision;
using Collimate.Models;
using Collimate.Torch;
using Collimate.Torch.Serialization;
using Collimate.Tests.Tokenization;

namespace Collimate.Tests.Models.Vision;

public sealed class VisionConfigTests
{
    private static readonly VisionConfig Small = new() { HiddenSize = 16, LayerCount = 1, HeadCount = 4, IntermediateSize = 24, ImageSize = 12, PatchSize = 4 };

    [Theory]
    [InlineData("""{"model_type":"dinov2"}""", 768, 3072)]
    [InlineData("""{"model_type":"dinov2","hidden_size":1536,"num_attention_heads":24,"use_swiglu_ffn":true}""", 1536, 4096)]
    [InlineData("""{"model_type":"dinov2","hidden_size":48,"mlp_ratio":2,"use_swiglu_ffn":true}""", 48, 64)]
    [InlineData("""{"model_type":"vit","intermediate_size":100}""", 768, 100)]
    public void FromJson_PublishedShapes_GiveTheReferenceWidths(string json, int hidden, int inner)
    {
        var config = VisionConfig.FromJson(JsonDocument.Parse(json).RootElement);
        Assert.Equal((hidden, inner), (config.HiddenSize, config.IntermediateSize));
    }

    [Theory]
    [InlineData("""{"model_type":"dinov3_vit"}""", "model_type")]
    [InlineData("""{"model_type":"dinov2","num_register_tokens":4}""", "num_register_tokens")]
    [InlineData("""{"model_type":"dinov2","mlp_ratio":1e30}""", "mlp_ratio")]
    [InlineData("""{"model_type":"dinov2","mlp_ratio":"four"}""", "mlp_ratio")]
    [InlineData("""{"model_type":"dinov2","hidden_act":"mish"}""", "hidden_act")]
    [InlineData("""{"model_type":"dinov2","image_size":[224,224]}""", "image_size")]
    [InlineData("""{"model_type":"vit","pooler_act":"relu"}""", "pooler_act")]
    [InlineData("""{"model_type":"vit","qkv_bias":1}""", "qkv_bias")]
    [InlineData("""{"model_type":"vit","num_attention_heads":7}""", "num_attention_heads")]
    [InlineData("""{"model_type":"clip_vision_model","patch_size":500}""", "patch_size")]
    public void FromJson_WhatIsNotSupported_NamesTheEntry(string json, string key)
    {
        var error = Assert.Throws<CheckpointException>(() => VisionConfig.FromJson(JsonDocument.Parse(json).RootElement, "c.json"));
        Assert.StartsWith("c.json: ", error.Message, StringComparison.Ordinal);
        Assert.Contains($"'{key}'", error.Message, StringComparison.Ordinal);
    }

    public static TheoryData<VisionConfig> Variants => new(
        Small with { Family = EncoderFamily.Dinov2, HasPoolingHead = false, LayerScale = 0.5, Activation = Activation.Gelu },
        Small with { Family = EncoderFamily.Dinov2, HasPoolingHead = false, IsGated = true, HasMaskToken = false, HasAttentionBias = false },
        Small with { Family = EncoderFamily.Dinov2, HasPoolingHead = false, HiddenSize = 28, IntermediateSize = 37 },
        Small with { Family = EncoderFamily.Vit, HasAttentionBias = false, PooledSize = 9, Activation = Activation.Relu },
        Small with { Family = EncoderFamily.Vit, HasPoolingHead = false },
        Small with { Family = EncoderFamily.Clip, HasPoolingHead = false },
        Small with { HasPoolingHead = false },
        Small);

    [Theory]
    [MemberData(nameof(Variants))]
    public void SaveLoad_EveryVariant_GivesTheSameShapeAndNumbers(VisionConfig config)
    {
        using var scope = new TensorScope();
        using var noGradient = GradMode.Disable();
        using var generator = new Generator(1);
        using var folder = new TemporaryFolder();
        using var tower = new VisionTransformer(config, generator);
        tower.Save(folder.Path);
        using var again = VisionTransformer.Load(folder.Path);
        Assert.Equal(config, again.Config);
        var pixels = Tensor.RandomNormal([2, 3, 16, 20], generator);
        var (first, second) = (tower.Encode(pixels, interpolation: PositionInterpolation.ToSize), again.Encode(pixels, interpolation: PositionInterpolation.ToSize));
        Near.Assert(first.Last, second.Last, 0, "last");
        Assert.Equal(first.Pooled is null, second.Pooled is null);
        Assert.Equal(20 + (config.HasClassToken ? 1 : 0), first.Last.Size(1));
    }

    [Fact]
    public void Load_BelowAClassifier_LeavesTheClassifierOut()
    {
        using var scope = new TensorScope();
        using var noGradient = GradMode.Disable();
        using var generator = new Generator(3);
        foreach (var family in (EncoderFamily[])[EncoderFamily.Vit, EncoderFamily.Dinov2])
        {
            using var folder = new TemporaryFolder();
            using var tower = new VisionTransformer(Small with { Family = family, HasPoolingHead = false }, generator);
            var prefix = family == EncoderFamily.Vit ? "vit" : "dinov2";
            File.WriteAllText(Path.Combine(folder.Path, "config.json"), tower.Config.ToJson().ToJsonString());
            var state = tower.StateDict().ToDictionary(entry => $"{prefix}.{entry.Key}", entry => entry.Value);
            state["classifier.weight"] = Tensor.Zeros([5, 16]);
            SafetensorsWriter.Write(Path.Combine(folder.Path, "model.safetensors"), state);
            using var again = VisionTransformer.Load(folder.Path);
            var pixels = Tensor.RandomNormal([1, 3, 12, 12], generator);
            Near.Assert(tower.Encode(pixels).Last, again.Encode(pixels).Last, 0, prefix);
        }
    }

    [Fact]
    public void Encode_MaskWithoutMaskToken_IsRefused()
    {
        using var scope = new TensorScope();
        using var tower = new VisionTransformer(Small);
        var error = Assert.Throws<ArgumentException>(() => tower.Encode(Tensor.Zeros([1, 3, 12, 12]), masked: Tensor.Zeros([1, 9])));
        Assert.Contains("no mask token", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(PositionInterpolation.ToSize)]
    [InlineData(PositionInterpolation.ByScale)]
    public void Positions_OwnSize_AreTheLearntOnes(PositionInterpolation form)
    {
        using var scope = new TensorScope();
        using var generator = new Generator(4);
        using var tower = new VisionTransformer(Small with { Family = EncoderFamily.Clip, HasPoolingHead = false }, generator);
        var learnt = tower.StateDict()["embeddings.position_embedding.weight"];
        Near.Assert(learnt, tower.Positions(12, 12, form), 0, "own size");
        Near.Assert(learnt.Slice(0, 0, 1), tower.Positions(24, 36, form).Slice(0, 0, 1), 0, "class token");
        Assert.Equal([1 + (6 * 9), 16], tower.Positions(24, 36, form).Shape);
    }
}
