using Collimate.Models;
using Collimate.Models.Text.Bert;
using Collimate.Torch;
using Xunit.Abstractions;

namespace Collimate.Tests.Models.Text;

public sealed class BertGoldenTests(ITestOutputHelper output)
{
    private const double Tolerance = 2e-5;

    [Fact]
    public void Encode_GoldenTexts_EveryStateEqualsReference()
    {
        using var scope = new TensorScope();
        using var noGradient = GradMode.Disable();
        using var golden = new GoldenFolder("bert");
        using var model = BertModel.Load(golden.Path);
        using var trace = new ForwardTrace(wantsAttentions: true);
        var (ids, segments) = (golden.Input("input_ids"), golden.Input("token_type_ids"));

        var masked = model.Encode(ids, Mask(golden), segments, trace);
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

        Report("last_hidden_state", golden.Output("last_hidden_state"), masked.Last);
        Report("pooler_output", golden.Output("pooler_output"), masked.Pooled!);
        var open = model.Encode(ids);                                          // recorded without segments too
        Report("nomask.last_hidden_state", golden.Output("nomask.last_hidden_state"), open.Last);
        Report("nomask.pooler_output", golden.Output("nomask.pooler_output"), open.Pooled!);
    }

    [Fact]
    public void Backward_GoldenLoss_GradientsEqualReference()
    {
        using var scope = new TensorScope();
        using var golden = new GoldenFolder("bert");
        using var model = BertModel.Load(golden.Path);
        var features = model.Encode(golden.Input("input_ids"), Mask(golden), golden.Input("token_type_ids"));
        var read = golden.Input("attention_mask").To(ScalarType.Float32).Unsqueeze(-1);
        var loss = (features.Last.Square() * read).Mean() + features.Pooled!.Abs().Mean();
        loss.Backward();

        var expected = golden.Expected.GetProperty("loss").GetDouble();
        Assert.Equal(expected, loss.Item(), 1e-5 * expected);
        GoldenGradients.Compare(golden, model, output);
    }

    private static int[] Mask(GoldenFolder golden) => [.. golden.Input("attention_mask").ToArray<long>().Select(m => (int)m)];

    private void Report(string what, Tensor expected, Tensor actual)
    {
        output.WriteLine($"bert {what}: {Near.Distance(expected, actual):g3}");
        Near.Assert(expected, actual, Tolerance, $"bert {what}");
    }
}
