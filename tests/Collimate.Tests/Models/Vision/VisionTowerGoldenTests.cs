using Collimate.Models;
using Collimate.Models.Vision;
using Collimate.Torch;
using Xunit.Abstractions;

namespace Collimate.Tests.Models.Vision;

/// <summary>DINOv2 and ViT against what Transformers computed: every state, who attended to whom, other resolutions in both forms, loss and gradients.</summary>
public sealed class VisionTowerGoldenTests(ITestOutputHelper output)
{
    private const double Tolerance = 2e-5;

    [Theory]
    [InlineData("dinov2")]
    [InlineData("dinov2-swiglu")]
    [InlineData("vit")]
    public void Encode_OwnResolution_EqualsReference(string name)
    {
        using var scope = new TensorScope();
        using var noGradient = GradMode.Disable();
        using var golden = new GoldenFolder(name);
        using var model = VisionTransformer.Load(golden.Path);
        using var trace = new ForwardTrace(wantsAttentions: true);
        var features = model.Encode(golden.Input("pixel_values"), [-1, 0], trace: trace);
        CompareStates(golden, "", trace);
        Assert.Equal(model.Config.LayerCount, trace.Attentions.Count);
        for (var layer = 0; layer < trace.Attentions.Count; layer++)
        {
            Report($"attentions.{layer}", golden.Output($"attentions.{layer}"), trace.Attentions[layer]);
        }

        Report("last_hidden_state", golden.Output("last_hidden_state"), features.Last);
        Report("pooler_output", golden.Output("pooler_output"), features.Pooled!);
        Report("state -1", trace.HiddenStates[^1], features.HiddenStates[model.Config.LayerCount]);
        Report("state -2 alone", trace.HiddenStates[^2], model.HiddenState(golden.Input("pixel_values"), -2));
    }

    [Theory]
    [InlineData("dinov2", PositionInterpolation.ByScale, "hires_scale")]
    [InlineData("dinov2", PositionInterpolation.ToSize, "hires_size")]
    [InlineData("dinov2-swiglu", PositionInterpolation.ByScale, "hires_scale")]
    [InlineData("dinov2-swiglu", PositionInterpolation.ToSize, "hires_size")]
    [InlineData("vit", PositionInterpolation.ByScale, "hires_scale")]
    [InlineData("vit", PositionInterpolation.ToSize, "hires_size")]
    public void Encode_OtherResolution_EqualsReferenceInBothForms(string name, PositionInterpolation form, string variant)
    {
        using var scope = new TensorScope();
        using var noGradient = GradMode.Disable();
        using var golden = new GoldenFolder(name);
        using var model = VisionTransformer.Load(golden.Path);
        using var trace = new ForwardTrace();
        var pixels = golden.Input("pixel_values_hires");
        var features = model.Encode(pixels, trace: trace, interpolation: form);
        Report($"{variant}.last_hidden_state", golden.Output($"{variant}.last_hidden_state"), features.Last);
        if (name == "vit")
        {
            return;
        }

        Report($"{variant}.pooler_output", golden.Output($"{variant}.pooler_output"), features.Pooled!);
        Report($"{variant}.position_embeddings", golden.Output($"{variant}.position_embeddings").Squeeze(0), model.Positions((int)pixels.Size(2), (int)pixels.Size(3), form));
        if (form == PositionInterpolation.ByScale)
        {
            CompareStates(golden, "hires_scale.", trace);
        }
        else
        {
            Report("form chosen where none is named", features.Last, model.Encode(pixels).Last);
        }
    }

    [Theory]
    [InlineData("dinov2")]
    [InlineData("dinov2-swiglu")]
    public void Encode_MaskedPatches_EqualsReference(string name)
    {
        using var scope = new TensorScope();
        using var noGradient = GradMode.Disable();
        using var golden = new GoldenFolder(name);
        using var model = VisionTransformer.Load(golden.Path);
        var features = model.Encode(golden.Input("pixel_values"), masked: golden.Input("bool_masked_pos"));
        Report("masked.last_hidden_state", golden.Output("masked.last_hidden_state"), features.Last);
    }

    [Theory]
    [InlineData("dinov2")]
    [InlineData("dinov2-swiglu")]
    [InlineData("vit")]
    public void Backward_LossOfBothOutputs_GradientsEqualReference(string name)
    {
        using var scope = new TensorScope();
        using var golden = new GoldenFolder(name);
        using var model = VisionTransformer.Load(golden.Path);
        var features = model.Encode(golden.Input("pixel_values"));
        var loss = features.Last.Square().Mean() + features.Pooled!.Abs().Mean();
        loss.Backward();
        var expectedLoss = golden.Expected.GetProperty("loss").GetDouble();
        Assert.InRange(loss.Item(), expectedLoss * (1 - 1e-5), expectedLoss * (1 + 1e-5));
        foreach (var (parameter, expected) in golden.Gradients())
        {
            var (distance, size) = (Near.Distance(expected, ModelGradients.Of(model, parameter)), expected.Max(Math.Abs));
            output.WriteLine($"gradient of {parameter}: {distance:g3} of {size:g3}");
            Assert.True(distance <= 1e-4 * size, $"{name} gradient of {parameter}: {distance:g3} apart, largest {size:g3}");
        }
    }

    private void CompareStates(GoldenFolder golden, string prefix, ForwardTrace trace)
    {
        for (var state = 0; state < trace.HiddenStates.Count; state++)
        {
            Report($"{prefix}hidden_states.{state}", golden.Output($"{prefix}hidden_states.{state}"), trace.HiddenStates[state]);
        }
    }

    private void Report(string what, Tensor expected, Tensor actual)
    {
        output.WriteLine($"{what}: {Near.Distance(expected, actual):g3}");
        Near.Assert(expected, actual, Tolerance, what);
    }
}
