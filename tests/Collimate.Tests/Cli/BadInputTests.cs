using System.Buffers.Binary;
using Collimate.Cli;

namespace Collimate.Tests.Cli;

/// <summary>What the command line says to wrong input: one clear message, the right exit code, nothing half-written.</summary>
public sealed class BadInputTests : IClassFixture<BadInputTests.TinyModel>, IDisposable
{
    private readonly TinyModel model;
    private readonly string folder = Directory.CreateTempSubdirectory("collimate-bad-").FullName;

    public BadInputTests(TinyModel model) => this.model = model;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void Ask_MissingImage_NamesTheFile()
    {
        var (code, message) = Run("ask", model.Folder, "what?", "--image", Path.Combine(folder, "absent.png"));
        Assert.Equal(ExitCode.BadInput, code);
        Assert.Contains("absent.png", message);
    }

    [Fact]
    public void Ask_TextFileNamedPng_SaysItIsNoPicture()
    {
        var path = Path.Combine(folder, "notes.png");
        File.WriteAllText(path, "these are notes, not pixels");
        var (code, message) = Run("ask", model.Folder, "what?", "--image", path);
        Assert.Equal(ExitCode.BadInput, code);
        Assert.Contains("notes.png", message);
    }

    [Fact]
    public void Ask_PngHeaderOfFiftyThousandSquared_IsRefusedBeforeDecoding()
    {
        var path = Path.Combine(folder, "huge.png");
        File.WriteAllBytes(path, PngHeader(50_000, 50_000));
        var (code, message) = Run("ask", model.Folder, "what?", "--image", path);
        Assert.Equal(ExitCode.BadInput, code);
        Assert.Contains("50000", message.Replace(",", "", StringComparison.Ordinal).Replace(" ", "", StringComparison.Ordinal));
    }

    [Fact]
    public void Ask_PictureForAModelWithoutEyes_SaysSo()
    {
        var path = Path.Combine(folder, "grey.png");
        Collimate.Imaging.ImageCodec.Save(Collimate.Imaging.Image.Filled(8, 8, 9, 9, 9), path);
        var (code, message) = Run("ask", model.Folder, "what?", "--image", path);
        Assert.Equal(ExitCode.BadInput, code);
        Assert.Contains("no vision tower", message);
    }

    [Fact]
    public void Ask_QuestionLongerThanTheContext_SaysHowLongBothAre()
    {
        var (code, message) = Run("ask", model.Folder, string.Join(' ', Enumerable.Repeat("dog", 500)));
        Assert.Equal(ExitCode.BadInput, code);
        Assert.Contains("64", message);
    }

    [Fact]
    public void Ask_BeamsThatDraw_SaysThatTheTwoDoNotGoTogether()
    {
        var (code, message) = Run("ask", model.Folder, "what?", "--beams", "3", "--temperature", "0.5");
        Assert.NotEqual(ExitCode.Success, code);
        Assert.Contains("Beams 3", message);
    }

    [Fact]
    public void Ask_FolderWithoutAModel_SaysWhereItLooked()
    {
        var (code, message) = Run("ask", folder, "what?");
        Assert.Equal(ExitCode.BadInput, code);
        Assert.Contains("model.safetensors", message);
    }

    [Fact]
    public void Ask_TruncatedWeights_SaysTheFileIsIncomplete()
    {
        var copy = model.CopyTo(Path.Combine(folder, "truncated"));
        var weights = Path.Combine(copy, "model.safetensors");
        using (var stream = new FileStream(weights, FileMode.Open))
        {
            stream.SetLength(stream.Length / 2);
        }

        var (code, message) = Run("ask", copy, "what?");
        Assert.Equal(ExitCode.BadInput, code);
        Assert.Contains(weights, message);
    }

    [Fact]
    public void Ask_WeightsThatDoNotFitTheirConfiguration_ListsTheShapes()
    {
        var copy = model.CopyTo(Path.Combine(folder, "misfit"));
        var config = Path.Combine(copy, "language", "config.json");
        File.WriteAllText(config, File.ReadAllText(config).Replace("\"intermediate_size\": 32", "\"intermediate_size\": 48", StringComparison.Ordinal));
        var (code, message) = Run("ask", copy, "what?");
        Assert.Equal(ExitCode.BadInput, code);
        Assert.Contains("down_proj", message);
        Assert.Contains("[16, 48]", message);
    }

    [Fact]
    public void Train_UnknownKey_NamesLineAndSuggestsTheRightOne()
    {
        var path = Path.Combine(folder, "recipe.yaml");
        File.WriteAllText(path, TinyModel.Recipe.Replace("steps: 1", "stepz: 1", StringComparison.Ordinal));
        var output = Path.Combine(folder, "run");
        var (code, message) = Run("train", path, "--out", output);
        Assert.Equal(ExitCode.BadInput, code);
        Assert.Contains("recipe.yaml:", message);
        Assert.Contains("'stepz'", message);
        Assert.Contains("steps", message);
        Assert.False(Directory.Exists(output));
    }

    [Fact]
    public void Train_UnknownConnector_ListsTheKnownOnes()
    {
        var path = Path.Combine(folder, "recipe.yaml");
        File.WriteAllText(path, TinyModel.Recipe);
        var (code, message) = Run("train", path, "--out", Path.Combine(folder, "run"), "--set", "model.connector=mlpp");
        Assert.Equal(ExitCode.BadInput, code);
        Assert.Contains("mlp", message);
    }

    [Fact]
    public async Task Train_Interrupted_KeepsACheckpointAndGoesOnToTheSameWeights()
    {
        var path = Path.Combine(folder, "recipe.yaml");
        File.WriteAllText(path, TinyModel.Recipe.Replace("steps: 1", "steps: 6", StringComparison.Ordinal));
        var (whole, parts) = (Path.Combine(folder, "whole"), Path.Combine(folder, "parts"));
        Assert.Equal(ExitCode.Success, Run("train", path, "--out", whole).Code);

        using var stop = new CancellationTokenSource();
        var interrupted = Task.Run(() => Run(stop.Token, "train", path, "--out", parts, "--save-every", "1"));
        while (!Directory.Exists(Path.Combine(parts, "checkpoints")) && !interrupted.IsCompleted)
        {
            await Task.Delay(1);
        }

        await stop.CancelAsync();
        var (code, message) = await interrupted;
        if (code == ExitCode.Interrupted) // a quick machine may have finished first
        {
            Assert.Contains("--resume", message);
            Assert.False(File.Exists(Path.Combine(parts, "model", "model.safetensors")));
            Assert.Equal(ExitCode.Success, Run("train", path, "--out", parts, "--resume").Code);
        }

        Assert.Equal(File.ReadAllBytes(Path.Combine(whole, "model", "model.safetensors")), File.ReadAllBytes(Path.Combine(parts, "model", "model.safetensors")));
    }

    private static (int Code, string Message) Run(params string[] args) => Run(CancellationToken.None, args);

    private static (int Code, string Message) Run(CancellationToken token, params string[] args)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var code = Program.Run(args, output, error, token);
        var message = error.ToString();
        Assert.DoesNotContain("   at Collimate", message);
        return (code, message);
    }

    private static byte[] PngHeader(int width, int height)
    {
        var bytes = new byte[45];
        ((byte[])[0x89, (byte)'P', (byte)'N', (byte)'G', 13, 10, 26, 10, 0, 0, 0, 13, (byte)'I', (byte)'H', (byte)'D', (byte)'R']).CopyTo(bytes, 0);
        BinaryPrimitives.WriteInt32BigEndian(bytes.AsSpan(16), width);
        BinaryPrimitives.WriteInt32BigEndian(bytes.AsSpan(20), height);
        (bytes[24], bytes[25]) = (8, 2);
        return bytes;
    }

    /// <summary>A model without eyes, trained for one step on the gym's words.</summary>
    public sealed class TinyModel : IDisposable
    {
        internal const string Recipe = """
            name: tiny
            model:
              connector: identity
              language: { type: fresh, hidden_size: 16, layers: 1, heads: 2, key_value_heads: 1, intermediate_size: 32, context_length: 64, vocabulary_size: 1024 }
            stages:
              - name: text
                learning_rates: { language: 1e-3 }
                data: { type: scenes, content: blind, questions_per_scene: 2 }
                steps: 1
                batch_size: 4
                pieces: 2
                precision: fp32
            """;

        private readonly string root = Directory.CreateTempSubdirectory("collimate-tiny-").FullName;

        public TinyModel()
        {
            var recipe = Path.Combine(root, "tiny.yaml");
            File.WriteAllText(recipe, Recipe);
            using var output = new StringWriter();
            using var error = new StringWriter();
            var code = Program.Run(["train", recipe, "--out", root], output, error);
            Assert.True(code == ExitCode.Success, error.ToString());
        }

        internal string Folder => Path.Combine(root, "model");

        public void Dispose() => Directory.Delete(root, recursive: true);

        internal string CopyTo(string target)
        {
            foreach (var file in Directory.GetFiles(Folder, "*", SearchOption.AllDirectories))
            {
                var to = Path.Combine(target, Path.GetRelativePath(Folder, file));
                Directory.CreateDirectory(Path.GetDirectoryName(to)!);
                File.Copy(file, to);
            }

            return target;
        }
    }
}
