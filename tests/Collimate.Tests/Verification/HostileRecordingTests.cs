using System.Text;
using Collimate.Models.Language;
using Collimate.Recipes.Schema;
using Collimate.Tests.Fuzzing;
using Collimate.Torch.Serialization;
using Collimate.Verification;

namespace Collimate.Tests.Verification;

/// <summary>Damaged weights, inputs, recordings and generation settings: a report or a typed message, never anything else.</summary>
public sealed class HostileRecordingTests : IDisposable
{
    private const int Rounds = 10_000;
    private readonly string root = Directory.CreateTempSubdirectory("collimate-hostile-recording-").FullName;

    public void Dispose() => Directory.Delete(root, recursive: true);

    [Fact]
    public void Read_DamagedExpectations_GivesNumbersOrARecordingException()
    {
        var sound = File.ReadAllText(GoldenFiles.Require("llama/expected.json"));
        var file = Path.Combine(root, "expected.json");
        Repeat(5, Rounds, random =>
        {
            File.WriteAllBytes(file, Mutations.JsonOrBytes(sound, random));
            ExpectedNumbers.Read(file);
        });
    }

    [Fact]
    public void WithStopTokens_DamagedGenerationConfigs_GivesTokensOrACheckpointException()
    {
        var config = LanguageConfig.Load(GoldenFiles.Require("qwen2/config.json"));
        var sound = File.ReadAllText(GoldenFiles.Require("qwen2/generation_config.json"));
        var file = Path.Combine(root, "generation_config.json");
        Repeat(6, Rounds, random =>
        {
            File.WriteAllBytes(file, Mutations.JsonOrBytes(sound, random));
            DecoderFolder.WithStopTokens(config, root);
        });
    }

    [Theory]
    [InlineData("clip", "model.safetensors")]
    [InlineData("qwen2", "model.safetensors")]
    [InlineData("llava", "model.safetensors")]
    [InlineData("bert", "inputs.safetensors")]
    [InlineData("clip", "inputs.safetensors")]
    [InlineData("llava", "inputs.safetensors")]
    [InlineData("qwen2", "inputs.safetensors")]
    [InlineData("resnet50", "inputs.safetensors")]
    [InlineData("qwen2", "outputs.safetensors")]
    [InlineData("logits-processors", "inputs.safetensors")]
    public void Verify_DamagedTensors_GivesAReportOrAMessage(string name, string damaged)
    {
        var folder = RecordedFolders.Copy(name, Path.Combine(root, name));
        var file = Path.Combine(folder, damaged);
        var sound = File.ReadAllBytes(file);
        var header = (int)BitConverter.ToUInt64(sound);
        Repeat(7, 60, random =>
        {
            // The data, where whatever stands is a tensor; other tests damage headers.
            byte[] data = [.. sound];
            for (var edit = random.Next(1, random.Next(2) == 0 ? 3 : 20); edit > 0; edit--)
            {
                data[8 + header + random.Next(data.Length - 8 - header)] = (byte)random.Next(256);
            }

            File.WriteAllBytes(file, random.Next(4) == 0 ? Mutations.Bytes(data, random) : data);
            Verifier.Verify(folder);
        });
    }

    private static void Repeat(int seed, int rounds, Action<Random> work)
    {
        var random = new Random(seed);
        var accepted = 0;
        for (var round = 0; round < rounds; round++)
        {
            try
            {
                work(random);
                accepted++;
            }
            catch (Exception refusal) when (refusal is CollimateException or CheckpointException)
            {
                Assert.InRange(refusal.Message.Length, 1, 5000);
            }
        }

        Assert.InRange(accepted, 1, rounds);
    }
}
