using System.Text.Json;

namespace Collimate.Tests.Cli;

/// <summary>The small commands, run in this process.</summary>
public sealed class CommandTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("commands").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void Tokenize_Texts_WritesALineEach()
    {
        using var tokenizer = new TemporaryTokenizer();

        var run = CommandLine.Run("tokenize", "--tokenizer", Path.Combine(tokenizer.Path, "tokenizer.json"), "hi", "ihi");

        Assert.Equal((0, "104 105\n105 104 105\n", ""), (run.Code, run.Output, run.Error));
    }

    [Fact]
    public void Tokenize_Json_WritesIdsAndTokens()
    {
        using var tokenizer = new TemporaryTokenizer();

        var run = CommandLine.Run("tokenize", "--tokenizer", tokenizer.Path, "--json", "hi");

        Assert.Equal("""{"text":"hi","ids":[104,105],"tokens":["h","i"],"offsets":[[0,1],[1,2]],"typeIds":[0,0],"decoded":"hi","decodedSkipSpecial":"hi"}""" + "\n", run.Output);
    }

    [Fact]
    public void Tokenize_Tokens_WritesATable()
    {
        using var tokenizer = new TemporaryTokenizer();

        var run = CommandLine.Run("tokenize", "--tokenizer", tokenizer.Path, "--tokens", "hi");

        Assert.Equal(" id  token  text\n104  h      'h'\n105  i      'i'\n", run.Output);
    }

    [Fact]
    public void Tokenize_BrokenFile_IsBadInput()
    {
        using var tokenizer = new TemporaryTokenizer();
        File.WriteAllText(Path.Combine(tokenizer.Path, "tokenizer.json"), "{");

        var run = CommandLine.Run("tokenize", "--tokenizer", tokenizer.Path, "hi");

        Assert.Equal(2, run.Code);
        Assert.Contains("tokenizer.json: not valid JSON", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Preprocess_MissingConfig_IsBadInput()
    {
        var run = CommandLine.Run("preprocess", "--config", Path.Combine(folder, "none.json"), "--image", "x.png", "--out", Path.Combine(folder, "x.npy"));

        Assert.Equal(2, run.Code);
        Assert.Contains("none.json", run.Error, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFiles(folder));
    }

    [Fact]
    public void Preprocess_TextNamedPng_IsBadInputAndWritesNothing()
    {
        var config = WriteConfig();
        var image = Path.Combine(folder, "fake.png");
        File.WriteAllText(image, "this is not a picture");

        var run = CommandLine.Run("preprocess", "--config", config, "--image", image, "--out", Path.Combine(folder, "x.safetensors"));

        Assert.Equal(2, run.Code);
        Assert.StartsWith("collimate: ", run.Error, StringComparison.Ordinal);
        Assert.Contains(image, run.Error, StringComparison.Ordinal);
        Assert.False(File.Exists(Path.Combine(folder, "x.safetensors")));
    }

    [Theory]
    [InlineData("x.tiff", "has no ending that says what to write")]
    [InlineData("nowhere/x.npy", "does not exist; make it first")]
    public void Preprocess_BadOut_SaysSoBeforeAnyWork(string target, string message)
    {
        var run = CommandLine.Run("preprocess", "--config", WriteConfig(), "--image", "none.png", "--out", Path.Combine(folder, target));

        Assert.Equal(2, run.Code);
        Assert.Contains(message, run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Preprocess_Safetensors_EqualsTheReference()
    {
        var images = GoldenFiles.Require("images");
        var target = Path.Combine(folder, "x.safetensors");

        var run = CommandLine.Run("preprocess", "--config", Path.Combine(images, "clip224"), "--image", Path.Combine(images, "source/rocket.jpg"), "--out", target, "--json");

        Assert.Equal(0, run.Code);
        var report = JsonDocument.Parse(run.Output).RootElement;
        Assert.Contains(report.GetProperty("sha256").GetString()!, File.ReadAllText(Path.Combine(images, "expected.json")), StringComparison.Ordinal);
        var bytes = File.ReadAllBytes(target);
        var header = (int)BitConverter.ToUInt64(bytes);
        var entry = JsonDocument.Parse(bytes.AsMemory(8, header)).RootElement.GetProperty("pixel_values");
        Assert.Equal([1, 3, 224, 224], entry.GetProperty("shape").EnumerateArray().Select(size => size.GetInt32()));
        Assert.Equal(0, (8 + header) % 64);
        Assert.Equal(8 + header + (3 * 224 * 224 * 4), bytes.Length);
        Assert.Equal(report.GetProperty("minimum").GetSingle(), Enumerable.Range(0, 3 * 224 * 224).Min(i => BitConverter.ToSingle(bytes, 8 + header + (4 * i))));
    }

    [Fact]
    public void Preprocess_Npy_HasAnAlignedHeaderOfVersionOne()
    {
        var images = GoldenFiles.Require("images");
        var target = Path.Combine(folder, "x.npy");

        CommandLine.Run("preprocess", "--config", Path.Combine(images, "clip224"), "--image", Path.Combine(images, "source/rocket.jpg"), "--out", target);

        var bytes = File.ReadAllBytes(target);
        var header = 10 + BitConverter.ToUInt16(bytes, 8);
        Assert.Equal([0x93, (byte)'N', (byte)'U', (byte)'M', (byte)'P', (byte)'Y', 1, 0], bytes[..8]);
        Assert.Equal((0, (byte)'\n'), (header % 64, bytes[header - 1]));
        Assert.Equal(header + (3 * 224 * 224 * 4), bytes.Length);
    }

    [Fact]
    public void Info_Json_SaysVersionAndWhetherTheEngineLoads()
    {
        var run = CommandLine.Run("info", "--json");

        var report = JsonDocument.Parse(run.Output).RootElement;
        var engine = report.GetProperty("engine");
        Assert.Matches(@"^\d+\.\d+", report.GetProperty("version").GetString());
        Assert.True(report.GetProperty("processors").GetInt32() > 0);
        Assert.Equal(run.Code == 0, engine.TryGetProperty("libtorch", out _));
        Assert.Equal(run.Code != 0, engine.TryGetProperty("error", out _));
    }

    [Fact]
    public void Info_Text_HasALineForEachPart()
    {
        var run = CommandLine.Run("info");

        Assert.All(["collimate ", ".NET ", "libtorch ", "pictures "], part => Assert.Contains($"\n{part}", "\n" + run.Output, StringComparison.Ordinal));
    }

    private string WriteConfig()
    {
        var path = Path.Combine(folder, "preprocessor_config.json");
        File.WriteAllText(path, """
            {"image_processor_type": "CLIPImageProcessor", "do_resize": true, "size": {"height": 8, "width": 8}, "do_center_crop": false,
             "do_rescale": true, "rescale_factor": 0.00392156862745098, "do_normalize": true, "image_mean": [0.5, 0.5, 0.5], "image_std": [0.5, 0.5, 0.5], "resample": 3}
            """);
        return path;
    }
}
