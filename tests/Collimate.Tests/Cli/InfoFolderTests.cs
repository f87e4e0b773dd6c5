using System.Text.Json;
using Collimate.Alignment;
using Collimate.Models.Language;
using Collimate.Models.Text;
using Collimate.Torch;

namespace Collimate.Tests.Cli;

/// <summary><c>collimate info FOLDER</c>.</summary>
public sealed class InfoFolderTests
{
    [Theory]
    [InlineData("llava")]
    [InlineData("qwen2")]
    [InlineData("llama")]
    [InlineData("clip")]
    [InlineData("siglip")]
    public void Info_Folder_CountsWhatTheModelHolds(string golden)
    {
        var folder = GoldenFiles.Require(golden);
        using Module model = golden switch
        {
            "llava" => LlavaModel.Load(folder), "qwen2" or "llama" => CausalLanguageModel.Load(folder), _ => DualEncoder.Load(folder),
        };

        var report = Report(folder);

        Assert.Equal(golden, report.GetProperty("modelType").GetString());
        Assert.Equal(model.ParameterCount, report.GetProperty("parameterCount").GetInt64());
        Assert.Equal(4 * model.ParameterCount, report.GetProperty("inference")[0].GetProperty("weights").GetInt64());
        Assert.Equal(new FileInfo(Path.Combine(folder, "model.safetensors")).Length, report.GetProperty("files")[0].GetProperty("bytes").GetInt64());
    }

    [Fact]
    public void Info_Llava_TellsPartsCacheAndStages()
    {
        var report = Report(GoldenFiles.Require("llava"));

        Assert.Equal((64, 16), (report.GetProperty("contextLength").GetInt32(), report.GetProperty("tokensPerImage").GetInt32()));
        Assert.Equal(["connector", "language", "vision"], report.GetProperty("parts").EnumerateArray().Select(part => part.GetProperty("name").GetString()));
        const long connector = (40 * 48) + 48 + (48 * 48) + 48;
        var align = report.GetProperty("training")[0];
        Assert.Equal(connector, align.GetProperty("trained").GetInt64());
        Assert.Equal(report.GetProperty("parameterCount").GetInt64() - connector, align.GetProperty("frozen").GetInt64());
        Assert.Equal((4 * connector, 8 * connector), (align.GetProperty("gradients").GetInt64(), align.GetProperty("optimizer").GetInt64()));

        // Keys and values, 3 layers, 2 heads of 12, 2 bytes each.
        Assert.Equal(2 * 3 * 2 * 12 * 2 * 1000, report.GetProperty("inference")[1].GetProperty("cachePerThousandTokens").GetInt64());
    }

    [Theory]
    [InlineData("dinov2")]
    [InlineData("resnet50")]
    [InlineData("bert")]
    [InlineData("t5-encoder")]
    [InlineData("vit")]
    public void Info_AnyFamily_IsTold(string golden)
    {
        var run = CommandLine.Run("info", GoldenFiles.Require(golden));

        Assert.Equal((0, ""), (run.Code, run.Error));
        Assert.Contains("parameters", run.Output, StringComparison.Ordinal);
        Assert.Contains("fp32", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Info_Text_HasATableForEachPart()
    {
        var run = CommandLine.Run("info", GoldenFiles.Require("llava"));

        Assert.All(["file ", "part ", "to answer in ", "to train ", "align ", "instruct ", "* estimated"], word => Assert.Contains($"\n{word}", run.Output, StringComparison.Ordinal));
    }

    [Fact]
    public void Info_FolderWithoutAModel_SaysWhatIsMissing()
    {
        using var folder = new TemporaryFolder();

        var run = CommandLine.Run("info", folder.Path);

        Assert.Equal(2, run.Code);
        Assert.Contains("config.json", run.Error, StringComparison.Ordinal);
    }

    private static JsonElement Report(string folder)
    {
        var run = CommandLine.Run("info", folder, "--json");
        Assert.Equal((0, ""), (run.Code, run.Error));
        return JsonDocument.Parse(run.Output).RootElement;
    }
}
