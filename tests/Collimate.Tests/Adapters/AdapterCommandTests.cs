using Collimate.Adapters;
using Collimate.Alignment;
using Collimate.Tests.Cli;
using Collimate.Tests.Models;
using Collimate.Torch;

namespace Collimate.Tests.Adapters;

public sealed class AdapterCommandTests : IDisposable
{
    private readonly TinyLlava llava = new();
    private readonly TemporaryFolder folder = new();

    public void Dispose()
    {
        llava.Dispose();
        folder.Dispose();
    }

    [Fact]
    public void Export_WithAnAdapterMerged_ComputesWhatTheAdaptedModelDid()
    {
        using var scope = new TensorScope();
        using var _ = GradMode.Disable();
        using var model = LlavaModel.Load(llava.Path);
        var set = AdapterSet.Of(model);
        set.Add("a", new AdapterConfig { Kind = AdapterKind.Dora, Targets = ModulePattern.AllLinear, Rank = 2 });
        TinyLinears.Shake(set, "a", new Random(1));
        PeftFolder.Save(set, "a", folder["adapter"]);

        var exported = CommandLine.Run("export", llava.Path, "--adapter", folder["adapter"], "--merge", "--out", folder["merged"]);
        Assert.Equal(0, exported.Code);
        using var merged = LlavaModel.Load(folder["merged"]);
        set.MergeForGood();
        var expected = model.StateDict();
        Assert.All(merged.StateDict(), entry => Near.Assert(expected[entry.Key], entry.Value, 0, entry.Key));

        var refused = CommandLine.Run("export", llava.Path, "--adapter", folder["adapter"], "--out", folder["other"]);
        Assert.Equal(2, refused.Code);
        Assert.Contains("--merge", refused.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Ask_WithAnAdapter_AnswersAsTheMergedModelDoes()
    {
        using (var scope = new TensorScope())
        {
            using var model = LlavaModel.Load(llava.Path);
            var set = AdapterSet.Of(model);
            set.Add("a", new AdapterConfig { Targets = ModulePattern.Of("language_model.*"), Rank = 4 });
            TinyLinears.Shake(set, "a", new Random(2));
            PeftFolder.Save(set, "a", folder["adapter"]);
        }

        CommandLine.Run("export", llava.Path, "--adapter", folder["adapter"], "--merge", "--out", folder["merged"]);
        var direct = CommandLine.Run("ask", llava.Path, "what?", "--image", llava.Picture, "--adapter", folder["adapter"]);
        Assert.Equal(0, direct.Code);
        Assert.Equal(CommandLine.Run("ask", folder["merged"], "what?", "--image", llava.Picture).Output, direct.Output);
        var absent = CommandLine.Run("ask", llava.Path, "what?", "--adapter", folder["nowhere"]);
        Assert.Equal(2, absent.Code);
        Assert.Contains("adapter_config.json", absent.Error, StringComparison.Ordinal);
    }
}
