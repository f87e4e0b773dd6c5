using Collimate.Models.Llava;
using Collimate.Recipes.Schema;
using Collimate.Tests.Models;
using Collimate.Torch;
using Collimate.Torch.Serialization;

namespace Collimate.Tests.Cli;

/// <summary><c>collimate export</c> of whole LLaVA models, and training that starts from one.</summary>
public sealed class LlavaExportTests : IDisposable
{
    private readonly TinyLlava tiny = new();
    private readonly TemporaryFolder work = new();

    public void Dispose()
    {
        tiny.Dispose();
        work.Dispose();
    }

    [Theory]
    [InlineData("llava")]
    [InlineData("llava-full")]
    public void Export_PublishedFolder_GivesTheSameBytes(string golden)
    {
        var source = GoldenFiles.Require(golden);

        var run = CommandLine.Run("export", source, "--out", work["out"]);

        Assert.Equal((0, $"The LLaVA model is in {work["out"]}\n", ""), (run.Code, run.Output, run.Error));
        AssertSameTensors(source, work["out"]);
    }

    [Fact]
    public void Export_InShardsOfFp16_ReadsBackRoundedOnce()
    {
        var run = CommandLine.Run("export", tiny.Path, "--out", work["out"], "--type", "fp16", "--max-shard-size", "60KB");

        Assert.Equal(0, run.Code);
        Assert.True(Directory.GetFiles(work["out"], "model-*-of-*.safetensors").Length >= 4);
        Assert.False(File.Exists(Path.Combine(work["out"], "model.safetensors")));
        using var scope = new TensorScope();
        using var before = SafetensorsReader.OpenFolder(tiny.Path);
            using var after = SafetensorsReader.OpenFolder(work["out"]);
        Assert.Equal(before.Names, after.Names);
        foreach (var name in before.Names)
        {
            Assert.Equal(ScalarType.Float16, after.Read(name).Type);
            Near.Assert(before.Read(name).To(ScalarType.Float16), after.Read(name), 0, name);
        }

        var answer = CommandLine.Run("ask", work["out"], "what", "--image", tiny.Picture, "--max-tokens", "3");
        Assert.Equal((0, ""), (answer.Code, answer.Error));
    }

    [Fact]
    public void Export_OverAShardedCheckpoint_LeavesNoneOfItsFiles()
    {
        CommandLine.Run("export", tiny.Path, "--out", work["out"], "--max-shard-size", "60KB");

        CommandLine.Run("export", tiny.Path, "--out", work["out"]);

        Assert.Equal(["model.safetensors"], Directory.GetFiles(work["out"], "model*").Select(Path.GetFileName));
        AssertSameTensors(tiny.Path, work["out"]);
    }

    [Theory]
    [InlineData("0MB")]
    [InlineData("5 quarts")]
    [InlineData("-1GB")]
    public void Export_SizeThatIsNone_SaysHowToWriteIt(string size)
    {
        var run = CommandLine.Run("export", tiny.Path, "--out", work["out"], "--max-shard-size", size);

        Assert.Equal(2, run.Code);
        Assert.Contains("500MB", run.Error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(work["out"]));
    }

    [Fact]
    public void Load_NewerLayout_IsTheSameModel()
    {
        using (new TensorScope())
        {
            using var reader = SafetensorsReader.OpenFolder(tiny.Path);
            var renamed = reader.ReadAll().ToDictionary(entry => Newer(entry.Key), entry => entry.Value);
            renamed["model.vision_tower.vision_model.embeddings.position_ids"] = Tensor.From<long>([0, 1], [1, 2]);
            SafetensorsWriter.Write(work["newer.safetensors"], renamed);
        }

        File.Move(work["newer.safetensors"], Path.Combine(tiny.Path, "model.safetensors"), overwrite: true);
        Assert.Equal(0, CommandLine.Run("export", tiny.Path, "--out", work["out"]).Code);
        AssertSameTensors(GoldenFiles.Require("llava"), work["out"]);

        static string Newer(string name) => name.StartsWith("language_model.lm_head", StringComparison.Ordinal) ? name["language_model.".Length..]
            : "model." + name.Replace("language_model.model.", "language_model.", StringComparison.Ordinal);
    }

    [Fact]
    public void Train_FromALlavaFolder_ExportsAModelThatAnswersAlike()
    {
        File.WriteAllText(work["data.json"], $$"""
            [{"id": "a", "image": "{{tiny.Picture}}", "conversations": [{"from": "human", "value": "<image>\nwhat is it"}, {"from": "gpt", "value": "red"}]},
             {"id": "b", "image": "{{tiny.Picture}}", "conversations": [{"from": "human", "value": "<image>\ncolour"}, {"from": "gpt", "value": "it is red"}]}]
            """);
        File.WriteAllText(work["adapt.yaml"], $$"""
            name: adapt
            model:
              from: {{tiny.Path}}
            stages:
              - name: align
                learning_rates: { connector: 1e-2 }
                data: { type: llava_json, path: data.json }
                steps: 2
                batch_size: 2
                pieces: 1
                precision: fp32
            """);

        var train = CommandLine.Run("train", work["adapt.yaml"], "--out", work["run"], "--workers", "1");
        var export = CommandLine.Run("export", work["run"], "--out", work["out"]);

        Assert.Equal((0, ""), (train.Code, string.Concat(train.Error.Split('\n').Where(line => line.StartsWith("collimate:", StringComparison.Ordinal)))));
        Assert.Equal($"The LLaVA model is in {work["out"]}\n", export.Output + export.Error);
        using (new TensorScope())
        {
            using var before = SafetensorsReader.OpenFolder(tiny.Path);
            using var after = SafetensorsReader.OpenFolder(work["out"]);
            Assert.Equal(before.Names, after.Names);
            foreach (var name in before.Names)
            {
                var moved = Near.Distance(before.Read(name), after.Read(name));
                Assert.True(name.StartsWith("multi_modal_projector.", StringComparison.Ordinal) ? moved > 1e-3 : moved == 0, $"{name} moved by {moved}");
            }
        }

        string[] question = ["what is it", "--image", tiny.Picture, "--max-tokens", "12"];
        var (trained, exported) = (CommandLine.Run(["ask", work["run"], .. question]), CommandLine.Run(["ask", work["out"], .. question]));
        Assert.Equal(0, trained.Code);
        Assert.Equal(trained, exported);
        Assert.Equal(LlavaConfig.Load(Path.Combine(tiny.Path, "config.json")).Vision, LlavaConfig.Load(Path.Combine(work["out"], "config.json")).Vision);
        using var loaded = ModelFolder.Load(work["run"]);
        Assert.Equal(TinyLlava.Template.Name, loaded.Template.Name);
    }

    [Fact]
    public void Train_FromWithADecoderBesideIt_IsRefused()
    {
        File.WriteAllText(work["adapt.yaml"], $$"""
            name: adapt
            model:
              from: {{tiny.Path}}
              language: { type: checkpoint, path: x }
            stages: []
            """);

        var run = CommandLine.Run("train", work["adapt.yaml"], "--out", work["run"]);

        Assert.Equal(2, run.Code);
        Assert.Contains("brings its own decoder", run.Error, StringComparison.Ordinal);
    }

    private static void AssertSameTensors(string expected, string actual)
    {
        using var scope = new TensorScope();
        using var before = SafetensorsReader.OpenFolder(expected);
            using var after = SafetensorsReader.OpenFolder(actual);
        Assert.Equal(before.Names, after.Names);
        foreach (var name in before.Names)
        {
            Assert.Equal(before.Read(name).Type, after.Read(name).Type);
            Assert.Equal(Near.Floats(before.Read(name)), Near.Floats(after.Read(name)));
        }
    }
}
