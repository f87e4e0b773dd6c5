using Collimate.Alignment;
using Collimate.Alignment.Towers;
using Collimate.Models;
using Collimate.Models.Language;
using Collimate.Models.Llava;
using Collimate.Models.Vision;
using Collimate.Torch;
using Collimate.Torch.Serialization;

namespace Collimate.Tests.Models.Llava;

/// <summary>Configurations other than those of the reference numbers.</summary>
public sealed class LlavaConfigTests : IDisposable
{
    private const string TinyText = """{"model_type": "qwen2", "vocab_size": 40, "hidden_size": 16, "intermediate_size": 24, "num_hidden_layers": 2, "num_attention_heads": 4, "num_key_value_heads": 2, "tie_word_embeddings": true}""";
    private const string TinySiglip = """{"model_type": "siglip_vision_model", "hidden_size": 8, "intermediate_size": 12, "num_hidden_layers": 3, "num_attention_heads": 2, "image_size": 12, "patch_size": 4, "vision_use_head": false}""";

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Load_SilentFile_TakesTheLibrarysDefaults()
    {
        var config = Load("""{"model_type": "llava"}""");

        Assert.Equal((EncoderFamily.Clip, 1024, 24, 16, 4096, 336, 14), (config.Vision.Family, config.Vision.HiddenSize, config.Vision.LayerCount, config.Vision.HeadCount, config.Vision.IntermediateSize, config.Vision.ImageSize, config.Vision.PatchSize));
        Assert.Equal((Activation.QuickGelu, Activation.Gelu, true), (config.Vision.Activation, config.ProjectorActivation, config.ProjectorBias));
        Assert.Equal((LanguageFamily.Llama, 32000, 4096, 2048), (config.Language.Family, config.Language.VocabularySize, config.Language.HiddenSize, config.Language.MaxPositions));
        Assert.Equal([-2], config.FeatureLayers);
        Assert.Equal((FeatureSelection.Default, 32000, 576), (config.Selection, config.ImageTokenId, config.TokensPerImage));
    }

    [Fact]
    public void Load_PartlySilentParts_TakeTheDefaultsOfTheirOwnFamilies()
    {
        var config = Load("""{"model_type": "llava", "vision_config": {"hidden_size": 24}, "text_config": {"hidden_size": 64}, "image_token_id": 7, "vision_feature_select_strategy": "full"}""");

        Assert.Equal((EncoderFamily.Clip, 24, 12, 3072, 224, 32), (config.Vision.Family, config.Vision.HiddenSize, config.Vision.LayerCount, config.Vision.IntermediateSize, config.Vision.ImageSize, config.Vision.PatchSize));
        Assert.Equal((LanguageFamily.Llama, 64, 11008), (config.Language.Family, config.Language.HiddenSize, config.Language.IntermediateSize));
        Assert.Equal((7, 50), (config.ImageTokenId, config.TokensPerImage));
    }

    [Theory]
    [InlineData("\"vision_feature_layer\": -6", "vision_feature_layer")]
    [InlineData("\"vision_feature_layer\": []", "vision_feature_layer")]
    [InlineData("\"vision_feature_layer\": \"last\"", "vision_feature_layer")]
    [InlineData("\"vision_feature_select_strategy\": \"cls\"", "default or full")]
    [InlineData("\"projector_hidden_act\": \"glu\"", "projector_hidden_act")]
    [InlineData("\"multimodal_projector_bias\": 1", "multimodal_projector_bias")]
    [InlineData("\"image_token_index\": -200", "image_token_index")]
    [InlineData("\"text_config\": {\"model_type\": \"mistral\"}", "text_config.model_type")]
    [InlineData("\"vision_config\": {\"model_type\": \"pixtral\"}", "vision_config.model_type")]
    public void Load_WhatIsNotSupported_NamesFileKeyAndExpectation(string entry, string word)
    {
        var failure = Assert.Throws<CheckpointException>(() => Load($$"""{"model_type": "llava", {{(entry.Contains("vision_config", StringComparison.Ordinal) ? "" : $"\"vision_config\": {TinySiglip}, ")}}{{entry}}}"""));

        Assert.Contains(word, failure.Message, StringComparison.Ordinal);
        Assert.Contains("config.json", failure.Message, StringComparison.Ordinal);
        Assert.Contains("expected", failure.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("default", 8)]
    [InlineData("full", 9)]
    public void Encode_SeveralLayersOfSiglip_StandSideBySideBeforeTheFinalNorm(string strategy, int tokens)
    {
        var config = Load($$"""{"model_type": "llava", "vision_config": {{TinySiglip}}, "text_config": {{TinyText}}, "vision_feature_layer": [-1, 1], "vision_feature_select_strategy": "{{strategy}}", "multimodal_projector_bias": false, "projector_hidden_act": "relu", "image_token_index": 39}""");
        using var scope = new TensorScope();
        using var off = GradMode.Disable();
        using var generator = new Generator(3);
        using var model = LlavaModel.Create(config, generator);
        var tower = (EncoderTower)model.Vision;
        var pixels = Tensor.RandomNormal([2, 3, 12, 12], generator);

        var encoded = tower.Encode(pixels, null);

        var states = tower.Transformer.Encode(pixels, [3, 1], pooled: false).HiddenStates;
        Near.Assert(Tensor.Cat([states[3], states[1]], -1).Slice(1, 9 - tokens), encoded, 0, "features");
        Assert.Equal((tokens, tokens, 16), (config.TokensPerImage, tower.TokenCount, tower.Width));
        var state = model.StateDict();
        Assert.Equal([16, 16], state["multi_modal_projector.linear_1.weight"].Shape);
        Assert.DoesNotContain("multi_modal_projector.linear_1.bias", state.Keys);
        var expected = encoded.MatMul(state["multi_modal_projector.linear_1.weight"].Transpose(0, 1)).Relu().MatMul(state["multi_modal_projector.linear_2.weight"].Transpose(0, 1));
        Near.Assert(expected, model.Connector.Project(encoded), 1e-6, "projected");
    }

    [Theory]
    [InlineData(ScalarType.Float16)]
    [InlineData(ScalarType.BFloat16)]
    public void Load_HalfPrecisionShardsOfATiedModel_HoldTheSameValues(ScalarType type)
    {
        var config = Load($$"""{"model_type": "llava", "vision_config": {{TinySiglip}}, "text_config": {{TinyText}}, "image_token_index": 39}""");
        using var scope = new TensorScope();
        using var generator = new Generator(4);
        using var model = LlavaModel.Create(config, generator);
        ModelExport.Write(model, config.ToJson(), folder.Path, type, maxShardBytes: 2000);

        using var loaded = LlavaModel.Load(folder.Path);

        Assert.DoesNotContain("language_model.lm_head.weight", loaded.StateDict().Keys);
        foreach (var (name, value) in model.StateDict())
        {
            Near.Assert(value.To(type).To(ScalarType.Float32), loaded.StateDict()[name], 0, name);
        }
    }

    [Fact]
    public void Describe_AnyLlava_GivesItsConfigurationBack()
    {
        var config = Load($$"""{"model_type": "llava", "vision_config": {{TinySiglip}}, "text_config": {{TinyText}}, "vision_feature_layer": [-1, -2], "projector_hidden_act": "quick_gelu", "image_token_index": 39}""");
        using var model = LlavaModel.Create(config);

        var (described, reason) = LlavaModel.Describe(model, 39);

        Assert.Equal("", reason);
        Assert.Equal(config.ToJson().ToJsonString(), described!.ToJson().ToJsonString());
        Assert.Equal("its tokenizer names no image token", LlavaModel.Describe(model, null).Reason);
    }

    private LlavaConfig Load(string json)
    {
        File.WriteAllText(folder["config.json"], json);
        return LlavaConfig.Load(folder["config.json"]);
    }
}
