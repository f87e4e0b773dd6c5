using System.Text.Json.Nodes;
using Collimate.Models.Language;
using Collimate.Models.Text;
using Collimate.Models.Vision;
using Collimate.Tests.Models.Language;
using Collimate.Torch;
using Collimate.Torch.Serialization;

namespace Collimate.Tests.Models;

public sealed class CheckpointFolderTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("collimate-checkpoint-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Theory]
    [InlineData(true, LanguageFamily.Qwen2)]
    [InlineData(false, LanguageFamily.Llama)]
    public void Load_SavedDecoder_ComputesTheSame(bool tied, LanguageFamily family)
    {
        using var scope = new TensorScope();
        using var noGradient = GradMode.Disable();
        using var model = TinyDecoder.Create(config: TinyDecoder.Config with { TieEmbeddings = tied, Family = family, OutputBias = family == LanguageFamily.Llama, RotaryScaling = tied ? 1 : 2 });
        model.Save(folder);
        using var loaded = CausalLanguageModel.Load(folder);

        Assert.Equal(model.Config with { EosTokenIds = [] }, loaded.Config with { EosTokenIds = [] });
        Assert.Equal(model.Config.EosTokenIds, loaded.Config.EosTokenIds);
        var input = LanguageInput.Causal(model.Embed(TinyDecoder.Ids(new Random(1), 2, 4)));
        Assert.Equal(Near.Floats(model.Logits(model.Run(input))), Near.Floats(loaded.Logits(loaded.Run(input))));
        Assert.Equal(["config.json", "model.safetensors"], Directory.GetFiles(folder).Select(Path.GetFileName).Order());
    }

    [Fact]
    public void Save_LoadedReference_KeepsEveryNameAndNumber()
    {
        foreach (var name in new[] { "qwen2", "llama", "llama-rope-linear", "siglip", "clip", "clip-gelu-eos" })
        {
            using var scope = new TensorScope();
            var original = GoldenFiles.Require($"{name}");
            if (name.Contains("lip", StringComparison.Ordinal))
            {
                using var model = DualEncoder.Load(original);
                model.Save(folder);
            }
            else
            {
                using var model = CausalLanguageModel.Load(original);
                model.Save(folder);
            }

            using var before = SafetensorsReader.OpenFolder(original);
            using var after = SafetensorsReader.OpenFolder(folder);
            Assert.Equal(before.Names.Order(StringComparer.Ordinal), after.Names.Order(StringComparer.Ordinal));
            Assert.All(before.Names, tensor => Near.Assert(before.Read(tensor), after.Read(tensor), 0, $"{name} {tensor}"));
        }
    }

    [Fact]
    public void Load_ShapesThatDoNotFitTheConfig_NamesTheTensorAndBothShapes()
    {
        using (var model = TinyDecoder.Create())
        {
            model.Save(folder);
        }

        Edit("config.json", config => config["intermediate_size"] = 21);
        var error = Assert.Throws<CheckpointException>(() => CausalLanguageModel.Load(folder));
        Assert.Contains("model.layers.0.mlp.gate_proj.weight", error.Message, StringComparison.Ordinal);
        Assert.Contains("[20, 24]", error.Message, StringComparison.Ordinal);
        Assert.Contains("[21, 24]", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_LayerMissingFromTheFile_NamesIt()
    {
        using (var model = TinyDecoder.Create())
        {
            model.Save(folder);
        }

        Edit("config.json", config => config["num_hidden_layers"] = 3);
        var error = Assert.Throws<CheckpointException>(() => CausalLanguageModel.Load(folder));
        Assert.Contains("model.layers.2.", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_EmptyFolder_SaysWhatIsAbsent()
    {
        var error = Assert.Throws<CheckpointException>(() => CausalLanguageModel.Load(folder));
        Assert.Contains("config.json", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("model_type", "\"bert\"", "qwen2 or llama")]
    [InlineData("hidden_size", "\"wide\"", "a whole number")]
    [InlineData("hidden_size", "0", "at least 1")]
    [InlineData("num_key_value_heads", "3", "a divisor")]
    [InlineData("rope_scaling", "{\"type\": \"yarn\", \"factor\": 4}", "linear")]
    [InlineData("use_sliding_window", "true", "sliding window")]
    [InlineData("rms_norm_eps", "-1", "above 0")]
    [InlineData("eos_token_id", "[1, \"x\"]", "whole numbers")]
    public void Load_ConfigEntryThatCannotBeUsed_NamesFileEntryAndExpectation(string key, string value, string expectation)
    {
        using (var model = TinyDecoder.Create())
        {
            model.Save(folder);
        }

        Edit("config.json", config => config[key] = JsonNode.Parse(value));
        var error = Assert.Throws<CheckpointException>(() => LanguageConfig.Load(Path.Combine(folder, "config.json")));
        Assert.Contains("config.json", error.Message, StringComparison.Ordinal);
        Assert.Contains(key, error.Message, StringComparison.Ordinal);
        Assert.Contains(expectation, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_SavedDualEncoders_ConfigsAreEqual()
    {
        var vision = new VisionConfig { HiddenSize = 16, LayerCount = 1, HeadCount = 4, IntermediateSize = 24, ImageSize = 12, PatchSize = 4 };
        var text = new TextConfig { VocabularySize = 20, HiddenSize = 12, LayerCount = 1, HeadCount = 2, IntermediateSize = 16, ProjectionSize = 16 };
        var siglip = new DualEncoderConfig { Vision = vision, Text = text };
        var clip = new DualEncoderConfig
        {
            Vision = vision with { Family = EncoderFamily.Clip, HasPoolingHead = false, Activation = Collimate.Models.Activation.QuickGelu },
            Text = text with { Family = EncoderFamily.Clip, ProjectionSize = null },
            ProjectionSize = 8,
        };
        foreach (var config in new[] { siglip, clip })
        {
            using var model = new DualEncoder(config);
            model.Save(folder);
            using var loaded = DualEncoder.Load(folder);
            Assert.Equal(config, loaded.Config);
        }
    }

    private void Edit(string file, Action<JsonObject> change)
    {
        var path = Path.Combine(folder, file);
        var json = JsonNode.Parse(File.ReadAllText(path))!.AsObject();
        change(json);
        File.WriteAllText(path, json.ToJsonString());
    }
}
