using Collimate.Models;
using Collimate.Models.Text.T5;
using Collimate.Torch;
using Xunit.Abstractions;

namespace Collimate.Tests.Models.Text;

public sealed class T5GoldenTests(ITestOutputHelper output)
{
    private const double Tolerance = 2e-5;

    [Fact]
    public void Encode_GoldenTexts_EveryStateEqualsReference()
    {
        using var scope = new TensorScope();
        using var noGradient = GradMode.Disable();
        using var golden = new GoldenFolder("t5-encoder");
        using var model = T5Encoder.Load(golden.Path);
        using var trace = new ForwardTrace(wantsAttentions: true);
        var last = model.Encode(golden.Input("input_ids"), Mask(golden), trace);

        Assert.Equal(model.Config.LayerCount + 1, trace.HiddenStates.Count);
        for (var state = 0; state < trace.HiddenStates.Count; state++)
        {
            Report($"hidden_states.{state}", golden.Output($"hidden_states.{state}"), trace.HiddenStates[state]);
        }

        Assert.Equal(model.Config.LayerCount, trace.Attentions.Count);
        for (var layer = 0; layer < trace.Attentions.Count; layer++)
        {
            Report($"attentions.{layer}", golden.Output($"attentions.{layer}"), trace.Attentions[layer]);
        }

        Report("last_hidden_state", golden.Output("last_hidden_state"), last);
    }

    [Fact]
    public void Backward_GoldenLoss_GradientsEqualReference()
    {
        using var scope = new TensorScope();
        using var golden = new GoldenFolder("t5-encoder");
        using var model = T5Encoder.Load(golden.Path);
        var read = golden.Input("attention_mask").To(ScalarType.Float32).Unsqueeze(-1);
        var loss = (model.Encode(golden.Input("input_ids"), Mask(golden)).Square() * read).Mean();
        loss.Backward();

        var expected = golden.Expected.GetProperty("loss").GetDouble();
        Assert.Equal(expected, loss.Item(), 1e-5 * expected);
        GoldenGradients.Compare(golden, model, output);
    }

    private static int[] Mask(GoldenFolder golden) => [.. golden.Input("attention_mask").ToArray<long>().Select(m => (int)m)];

    // T5's residual stream is not of unit scale, so the tolerance goes with the tensor's own magnitude.
    private void Report(string what, Tensor expected, Tensor actual)
    {
        var scale = Math.Max(1, expected.Abs().Max().Item());
        output.WriteLine($"t5 {what}: {Near.Distance(expected, actual):g3}, largest number {scale:g3}");
        Near.Assert(expected, actual, Tolerance * scale, $"t5 {what}");
    }
}
