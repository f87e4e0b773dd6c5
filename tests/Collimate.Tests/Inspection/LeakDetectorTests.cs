using Collimate.Alignment.Attention;
using Collimate.Data.Conversations;
using Collimate.Inspection;
using Collimate.Tests.Alignment;
using Collimate.Tests.Alignment.Attention;
using Collimate.Torch;

namespace Collimate.Tests.Inspection;

public sealed class LeakDetectorTests
{
    // Two exchanges, a picture in each: the second picture sees the first answer.
    private static readonly Sample TwoPictures = new("two", [TinyVisionModel.Picture(1), TinyVisionModel.Picture(2)],
        [new Turn("user", "<image>ab"), new Turn("assistant", "cade"), new Turn("user", "<image>ba"), new Turn("assistant", "bed")]);

    [Theory]
    [InlineData("causal")]
    [InlineData("prefix")]
    [InlineData("interleaved_a")]
    [InlineData("interleaved_b")]
    public void Examine_PolicyThatKeepsAnswersHidden_FindsNothing(string name)
    {
        var report = Examine(AttentionPolicyTests.Create(name));
        Assert.True(report.Examined >= 6);
        Assert.True(report.IsTight, $"{name}: {report.Leaks.Count} leaks: {string.Join("; ", report.Leaks)}");
    }

    [Theory]
    [InlineData("bidirectional")]
    [InlineData("interleaved_a literal")]
    public void Examine_PolicyThatRevealsAnswers_SaysSo(string name)
    {
        var policy = AttentionPolicyTests.Create(name);
        var report = Examine(policy);
        Assert.True(policy.RevealsAnswers);
        Assert.False(report.IsTight);
        Assert.All(report.Leaks, leak => Assert.True(leak.Source > leak.Position && leak.Strength > 0));
    }

    [Fact]
    public void Examine_LiteralA_LeaksOnlyByTheDetourOverALaterPicture()
    {
        using var model = TinyVisionModel.Create();
        using var onePicture = TinyVisionModel.Batcher(packed: false).ToBatch(
            [TwoPictures with { Images = [TwoPictures.Images[0]], Conversation = [.. TwoPictures.Conversation.Take(2)] }], forGeneration: false, Device.Cpu);
        Assert.True(LeakDetector.Examine(model, onePicture, AttentionPolicyTests.Create("interleaved_a literal")).IsTight);
    }

    private static LeakReport Examine(IAttentionPolicy policy)
    {
        using var model = TinyVisionModel.Create();
        using var batch = TinyVisionModel.Batcher(packed: false).ToBatch([TwoPictures], forGeneration: false, Device.Cpu);
        return LeakDetector.Examine(model, batch, policy);
    }
}
