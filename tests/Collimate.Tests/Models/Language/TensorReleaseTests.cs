using Collimate.Generation;
using Collimate.Models.Language;
using Collimate.Torch;

namespace Collimate.Tests.Models.Language;

/// <summary>Counting live tensors is only meaningful while no other test makes any.</summary>
[CollectionDefinition(nameof(TensorReleaseTests), DisableParallelization = true)]
public sealed class TensorReleaseCollection;

[Collection(nameof(TensorReleaseTests))]
public sealed class TensorReleaseTests
{
    [Fact]
    public void Generate_ThenDispose_LeavesNoTensorBehind()
    {
        var before = SettledTensors.Count();
        using (var model = TinyDecoder.Create())
        {
            using var scope = new TensorScope();
            using var noGradient = GradMode.Disable();
            using var session = new LanguageSession(model, LanguageInput.Causal(model.Embed(TinyDecoder.Ids(new Random(1), 2, 3))));
            var requests = new[] { 3, 6 }.Select(count => new GenerationRequest([], new GenerationOptions { MaxNewTokens = count })).ToArray();
            new TextGenerator().Generate(session, requests);
        }

        Assert.Equal(before, LiveTensors.Count);
    }
}
