using System.Text.Json.Nodes;
using Collimate.Tests.Fuzzing;
using Collimate.Torch;
using Collimate.Torch.Serialization;
using Collimate.Verification;

namespace Collimate.Tests.Models;

/// <summary>Configurations that ask for the impossible are refused before memory is, and no damage to one ends in anything but an answer or a message.</summary>
public sealed class HostileConfigTests : IDisposable
{
    private static readonly string[] LayerKeys = ["num_hidden_layers", "num_layers"];
    private readonly string root = Directory.CreateTempSubdirectory("collimate-hostile-").FullName;

    public static TheoryData<string> Models
    {
        get
        {
            var data = new TheoryData<string>();
            foreach (var name in RecordedFolderNames())
            {
                data.Add(name);
            }

            return data;
        }
    }

    public void Dispose() => Directory.Delete(root, recursive: true);

    [Theory]
    [MemberData(nameof(Models))]
    public void Load_EveryNumberAbsurd_IsRefusedOrHarmless(string name)
    {
        var folder = ForwardOnly(name);
        var file = Path.Combine(folder, "config.json");
        var sound = File.ReadAllText(file);
        foreach (var path in Numbers(JsonNode.Parse(sound)!, ""))
        {
            foreach (var value in (string[])["1000000000", "2147483647", "2147483648", "16777216", "1000000", "-1", "0", "1e300"])
            {
                var edited = JsonNode.Parse(sound)!;
                Replace(edited, path, value);
                File.WriteAllText(file, edited.ToJsonString());
                if (TryLoad(folder) is { } message && LayerKeys.Contains(path.Split('/')[^1]) && value is "1000000000")
                {
                    Assert.Contains("at most 10000", message, StringComparison.Ordinal);
                }
            }
        }
    }

    [Theory]
    [InlineData("qwen2", "/vocab_size")]
    [InlineData("qwen2", "/intermediate_size")]
    [InlineData("llava", "/text_config/vocab_size")]
    [InlineData("llava", "/vision_config/intermediate_size")]
    [InlineData("clip", "/text_config/max_position_embeddings")]
    [InlineData("bert", "/vocab_size")]
    [InlineData("t5-encoder", "/d_ff")]
    [InlineData("vit", "/intermediate_size")]
    public void Load_SizeThatTheWeightsCannotFill_SaysWhatTheyHold(string name, string path)
    {
        var folder = Verification.RecordedFolders.Copy(name, Path.Combine(root, "large"));
        var file = Path.Combine(folder, "config.json");
        var config = JsonNode.Parse(File.ReadAllText(file))!;
        Replace(config, path, "9000000");
        File.WriteAllText(file, config.ToJsonString());

        var message = TryLoad(folder);

        // Either nothing so large was allocated at all, and the shapes were compared; or it was refused before.
        Assert.Matches("(describes a model with a tensor of shape .* but its weights are)|(does not fit the model that its configuration describes)", message!);
    }

    [Fact]
    public void Load_ConfigThatIsNoText_SaysSo()
    {
        var folder = Verification.RecordedFolders.Copy("clip", Path.Combine(root, "texts"));
        var file = Path.Combine(folder, "config.json");
        foreach (var (json, expected) in new[]
        {
            ("{\"model_type\": \"clip\", \"model_type\": \"clip\"}", "not valid JSON"),
            ("{\"model_type\": \"\\ud800\"}", "no Unicode"),
            ("{\"model_type\": \"clip\", \"\\udc00\": 1}", "not valid JSON"),
            (new string('[', 1000), "not valid JSON"),
            ("{\"model_type\": \"clip\", \"vision_config\": [" + new string('1', 5000) + "]}", "expected an object"),
        })
        {
            File.WriteAllText(file, json);
            var message = TryLoad(folder)!;
            Assert.Contains(expected, message, StringComparison.Ordinal);
            Assert.InRange(message.Length, 1, 1000);
        }
    }

    [Theory]
    [MemberData(nameof(Models))]
    public void Load_AThousandMutatedConfigs_GivesAModelOrAMessage(string name)
    {
        var folder = ForwardOnly(name);
        var file = Path.Combine(folder, "config.json");
        var sound = File.ReadAllText(file);
        var random = new Random(name.Sum(letter => letter));
        var refused = 0;
        for (var round = 0; round < 1000; round++)
        {
            File.WriteAllBytes(file, Mutations.JsonOrBytes(sound, random));
            refused += TryLoad(folder) is null ? 0 : 1;
        }

        Assert.InRange(refused, 1, 999);
    }

    // Loads the model and runs it once, or says why it was refused; anything but a typed exception fails the test.
    private static string? TryLoad(string folder)
    {
        try
        {
            Verifier.Verify(folder, new VerificationOptions { Tolerance = 1e300 });
            return null;
        }
        catch (Exception refusal) when (refusal is CheckpointException or CollimateException)
        {
            return refusal.Message;
        }
        catch (Exception failure)
        {
            throw new InvalidOperationException($"{File.ReadAllText(Path.Combine(folder, "config.json"))}", failure);
        }
    }

    // Generations and gradients would take most of the time, and run the same layers again.
    private string ForwardOnly(string name)
    {
        var folder = Verification.RecordedFolders.Copy(name, Path.Combine(root, name));
        File.Delete(Path.Combine(folder, "expected.json"));
        File.Delete(Path.Combine(folder, "grads.safetensors"));
        Verification.RecordedFolders.Edit(Path.Combine(folder, "outputs.safetensors"), tensors =>
        {
            foreach (var generated in tensors.Keys.Where(output => output.StartsWith("generate.", StringComparison.Ordinal)).ToArray())
            {
                tensors.Remove(generated);
            }
        });
        return folder;
    }

    private static IEnumerable<string> RecordedFolderNames() => Directory
        .GetDirectories(Path.GetDirectoryName(GoldenFiles.Require("README.md"))!)
        .Where(folder => File.Exists(Path.Combine(folder, "config.json")) && File.Exists(Path.Combine(folder, "outputs.safetensors")))
        .Select(folder => Path.GetFileName(folder)).Order(StringComparer.Ordinal);

    private static IEnumerable<string> Numbers(JsonNode node, string path) => node switch
    {
        JsonObject map => map.Where(entry => entry.Value is not null).SelectMany(entry => Numbers(entry.Value!, $"{path}/{entry.Key}")),
        JsonArray list => list.SelectMany((item, index) => item is null ? [] : Numbers(item, $"{path}/{index}")),
        _ => node.GetValueKind() == System.Text.Json.JsonValueKind.Number ? [path] : [],
    };

    private static void Replace(JsonNode root, string path, string value)
    {
        var parts = path.Split('/')[1..];
        var node = parts[..^1].Aggregate(root, (at, part) => at is JsonArray list ? list[int.Parse(part)]! : at[part]!);
        if (node is JsonArray array)
        {
            array[int.Parse(parts[^1])] = JsonNode.Parse(value);
        }
        else
        {
            node[parts[^1]] = JsonNode.Parse(value);
        }
    }
}
