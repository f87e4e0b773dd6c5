using System.Text.Json;
using System.Text.Json.Nodes;
using Collimate.Tests.Cli;
using Collimate.Torch;
using Collimate.Verification;

namespace Collimate.Tests.Verification;

public sealed class VerifyCommandTests : IDisposable
{
    private readonly string root = Directory.CreateTempSubdirectory("collimate-verify-").FullName;

    public static TheoryData<string> Folders => RecordedFolders.All;

    public void Dispose() => Directory.Delete(root, recursive: true);

    [Theory]
    [MemberData(nameof(Folders))]
    public void Verify_ReferenceFolder_AgreesInEveryRecordedValue(string name)
    {
        var run = CommandLine.Run("verify", GoldenFiles.Require(name), "--json");

        Assert.True(run.Code == 0, run.Output + run.Error);
        var report = JsonNode.Parse(run.Output)!;
        Assert.True((bool)report["passed"]!);
        var names = report["comparisons"]!.AsArray().Select(one => $"{one!["kind"]} {one["name"]}").ToHashSet();
        using var recording = Recording.Open(GoldenFiles.Require(name));
        Assert.All(recording.OutputNames, output => Assert.Contains($"output {output}", names));
        Assert.All(recording.GradientNames, gradient => Assert.Contains($"gradient {gradient}", names));
        Assert.All(recording.Expected.Losses.Keys, loss => Assert.Contains($"loss {loss}", names));
        Assert.All(recording.Expected.Generations.Keys, generation => Assert.Contains($"generation {generation}", names));
    }

    [Fact]
    public void Verify_AsText_HasALineForEachValueAndASummary()
    {
        var run = CommandLine.Run("verify", GoldenFiles.Require("clip"));

        Assert.Equal(0, run.Code);
        Assert.Matches(@"(?m)^output +vision\.hidden_states\.3 +\S+ +\S+ +\S+ +ok$", run.Output);
        Assert.Matches(@"(?m)^loss +loss ", run.Output);
        Assert.Matches(@"(?m)^gradient +logit_scale ", run.Output);
        Assert.EndsWith("clip: all 41 comparisons agree\n", run.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("clip", "text_model.encoder.layers.1.mlp.fc1.weight", "text.hidden_states.2", "text.hidden_states.1")]
    [InlineData("siglip", "vision_model.encoder.layers.1.mlp.fc1.weight", "vision.hidden_states.2", "vision.attentions.1")]
    [InlineData("llama", "model.layers.1.mlp.up_proj.weight", "hidden_states.2", "hidden_states.1")]
    public void Verify_OneWeightChanged_NamesTheFirstTensorThatDiffers(string family, string weight, string first, string before)
    {
        var folder = RecordedFolders.Copy(family, Path.Combine(root, family));
        RecordedFolders.Edit(Path.Combine(folder, "model.safetensors"), tensors => tensors[weight].Narrow(0, 3, 1).Narrow(1, 5, 1).Add_(Tensor.Scalar(0.05)));

        var run = CommandLine.Run("verify", folder, "--json");

        Assert.Equal(1, run.Code);
        var comparisons = JsonNode.Parse(run.Output)!["comparisons"]!.AsArray();
        Assert.Equal(first, (string?)comparisons.First(one => !(bool)one!["passed"]!)!["name"]);
        Assert.True((bool)comparisons.First(one => (string?)one!["name"] == before)!["passed"]!);
        Assert.Contains($"the first is output {first}: differs by", CommandLine.Run("verify", folder).Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Verify_ToleranceOfNothing_Fails()
    {
        Assert.Equal(1, CommandLine.Run("verify", GoldenFiles.Require("clip"), "--tolerance", "1e-12").Code);
        Assert.Equal(0, CommandLine.Run("verify", GoldenFiles.Require("clip"), "--tolerance", "1e-3").Code);
    }

    [Fact]
    public void Verify_UnknownOutputName_IsAFailureAndNamed()
    {
        var folder = RecordedFolders.Copy("clip", Path.Combine(root, "unknown"));
        RecordedFolders.Edit(Path.Combine(folder, "outputs.safetensors"), tensors => tensors["text.soul"] = Tensor.Ones([2]));

        var run = CommandLine.Run("verify", folder);

        Assert.Equal(1, run.Code);
        Assert.Contains("text.soul: not computed", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Verify_InputThatIsNotRecorded_IsNamedForWhatNeedsIt()
    {
        var folder = RecordedFolders.Copy("qwen2", Path.Combine(root, "partial"));
        RecordedFolders.Edit(Path.Combine(folder, "inputs.safetensors"), tensors => tensors.Remove("input_ids_right"));

        var report = Verifier.Verify(folder);

        var problem = report.Comparisons.Single(one => one.Name == "right.logits").Problem;
        Assert.Equal("not computed: the input 'input_ids_right' is not recorded", problem);
        Assert.True(report.Comparisons.Single(one => one.Name == "left.logits").Passed);
    }

    [Fact]
    public void Verify_SubsetWithoutGradientsAndExpectations_ComparesWhatIsThere()
    {
        var folder = RecordedFolders.Copy("qwen2", Path.Combine(root, "subset"));
        File.Delete(Path.Combine(folder, "grads.safetensors"));
        File.Delete(Path.Combine(folder, "expected.json"));
        RecordedFolders.Edit(Path.Combine(folder, "inputs.safetensors"), tensors => Keep(tensors, "input_ids"));
        RecordedFolders.Edit(Path.Combine(folder, "outputs.safetensors"), tensors => Keep(tensors, "logits", "hidden_states.2"));

        var report = Verifier.Verify(folder);

        Assert.True(report.Passed);
        Assert.Equal(["hidden_states.2", "logits"], report.Comparisons.Select(one => one.Name));
    }

    [Theory]
    [InlineData("outputs.safetensors", "outputs.safetensors: absent")]
    [InlineData("inputs.safetensors", "inputs.safetensors: absent")]
    [InlineData("config.json", "config.json: absent")]
    [InlineData("model.safetensors", "no such file")]
    public void Verify_FileMissing_SaysWhichWithExitCodeTwo(string file, string message)
    {
        var folder = RecordedFolders.Copy("clip", Path.Combine(root, "incomplete"));
        File.Delete(Path.Combine(folder, file));

        var run = CommandLine.Run("verify", folder);

        Assert.Equal(2, run.Code);
        Assert.Contains(file, run.Error, StringComparison.Ordinal);
        Assert.Contains(message, run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Verify_FolderThatIsNotThere_ExitsWithTwo()
    {
        var run = CommandLine.Run("verify", Path.Combine(root, "absent"));
        Assert.Equal(2, run.Code);
        Assert.Contains("no such folder", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Verify_UnknownModelType_ListsTheKnownOnes()
    {
        var folder = RecordedFolders.Copy("clip", Path.Combine(root, "gpt"));
        File.WriteAllText(Path.Combine(folder, "config.json"), """{"model_type": "gpt2"}""");

        var run = CommandLine.Run("verify", folder);

        Assert.Equal(2, run.Code);
        Assert.Contains("'gpt2'", run.Error, StringComparison.Ordinal);
        Assert.All(Verifier.ModelTypes, known => Assert.Contains(known, run.Error, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("[]", "expected a JSON object")]
    [InlineData("{\"loss\": \"small\"}", "'loss' holds \"small\"; expected a number")]
    [InlineData("{\"generate.single\": [[1, \"x\"]]}", "expected token ids")]
    [InlineData("{\"loss\": 1", "not valid JSON")]
    public void Verify_DamagedExpectations_SaysWhere(string json, string message)
    {
        var folder = RecordedFolders.Copy("clip", Path.Combine(root, "expected"));
        File.WriteAllText(Path.Combine(folder, "expected.json"), json);

        var run = CommandLine.Run("verify", folder);

        Assert.Equal(2, run.Code);
        Assert.Contains("expected.json", run.Error, StringComparison.Ordinal);
        Assert.Contains(message, run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Verify_InputsThatDoNotFitTheModel_SaysSoWithExitCodeTwo()
    {
        var folder = RecordedFolders.Copy("clip", Path.Combine(root, "misfit"));
        RecordedFolders.Edit(Path.Combine(folder, "inputs.safetensors"), tensors => tensors["pixel_values"] = Tensor.Zeros([3, 3, 40, 40]));

        var run = CommandLine.Run("verify", folder);

        Assert.Equal(2, run.Code);
        Assert.Contains("the recorded inputs cannot be run through this model", run.Error, StringComparison.Ordinal);
        Assert.Contains("[images, 3, 32, 32]", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Verify_IdsBeyondTheVocabulary_ExitsWithTwo()
    {
        var folder = RecordedFolders.Copy("qwen2", Path.Combine(root, "ids"));
        RecordedFolders.Edit(Path.Combine(folder, "inputs.safetensors"), tensors => tensors["input_ids"].Fill_(1_000_000));

        Assert.Equal(2, CommandLine.Run("verify", folder).Code);
    }

    [Fact]
    public void Verify_NotStrict_ListsWhatWasIgnored()
    {
        var folder = RecordedFolders.Copy("clip", Path.Combine(root, "lenient"));
        RecordedFolders.Edit(Path.Combine(folder, "model.safetensors"), tensors => tensors["extra.weight"] = Tensor.Ones([2]));

        Assert.Equal(2, CommandLine.Run("verify", folder).Code);
        var run = CommandLine.Run("verify", folder, "--strict=false");

        Assert.Equal(0, run.Code);
        Assert.Contains("ignored: extra.weight", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Verify_ToleranceBelowZero_IsAUsageError()
    {
        var run = CommandLine.Run("verify", GoldenFiles.Require("clip"), "--tolerance", "-1");
        Assert.Equal(2, run.Code);
        Assert.Contains("--tolerance", run.Error, StringComparison.Ordinal);
    }

    private static void Keep(Dictionary<string, Tensor> tensors, params string[] names)
    {
        foreach (var name in tensors.Keys.Except(names).ToArray())
        {
            tensors.Remove(name);
        }
    }
}
