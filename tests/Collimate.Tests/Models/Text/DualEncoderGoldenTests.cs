using Collimate.Models.Text;
using Collimate.Models.Vision;
using Collimate.Torch;
using Xunit.Abstractions;

namespace Collimate.Tests.Models.Text;

public sealed class DualEncoderGoldenTests(ITestOutputHelper output)
{
    private const double Tolerance = 2e-5;

    [Fact]
    public void Encode_Siglip_EqualsReference() => CompareForward("siglip");

    [Fact]
    public void Encode_ClipWithLegacyEos_EqualsReference() => CompareForward("clip");

    [Fact]
    public void Encode_ClipPooledAtFirstEos_EqualsReference() => CompareForward("clip-gelu-eos");

    [Fact]
    public void Backward_Siglip_GradientsEqualReference() => CompareGradients("siglip");

    [Fact]
    public void Backward_Clip_GradientsEqualReference() => CompareGradients("clip");

    [Fact]
    public void Backward_ClipGeluEos_GradientsEqualReference() => CompareGradients("clip-gelu-eos");

    private void CompareForward(string name)
    {
        using var scope = new TensorScope();
        using var noGradient = GradMode.Disable();
        using var golden = new GoldenFolder(name);
        using var model = DualEncoder.Load(golden.Path);
        var (pixels, ids) = (golden.Input("pixel_values"), golden.Input("input_ids"));
        int[] mask = [.. golden.Input("attention_mask").ToArray<long>().Select(m => (int)m)];
        var layers = model.Config.Vision.LayerCount;

        var vision = model.Vision.Encode(pixels, [.. Enumerable.Range(0, layers + 1)]);
        for (var state = 0; state <= layers; state++)
        {
            Report($"{name} vision.hidden_states.{state}", golden.Output($"vision.hidden_states.{state}"), vision.HiddenStates[state]);
        }

        Report($"{name} vision.last_hidden_state", golden.Output("vision.last_hidden_state"), vision.Last);
        Report($"{name} vision.pooler_output", golden.Output("vision.pooler_output"), vision.Pooled!);
        Report($"{name} vision state -2 alone", golden.Output($"vision.hidden_states.{layers - 1}"), model.Vision.HiddenState(pixels, -2));

        var siglip = model.Config.Family == EncoderFamily.Siglip;
        CompareText(siglip ? "text_masked" : "text", model.Text.Encode(ids, mask));
        CompareText(siglip ? "text" : "text_nomask", model.Text.Encode(ids));

        var (images, texts) = (model.EncodeImage(pixels), model.EncodeText(ids, siglip ? null : mask));
        Report($"{name} image_embeds", golden.Output("image_embeds"), images.Normalize());
        Report($"{name} text_embeds", golden.Output("text_embeds"), texts.Normalize());
        Report($"{name} logits_per_text", golden.Output("logits_per_text"), model.Similarity(images, texts));

        void CompareText(string variant, TextFeatures features)
        {
            Report($"{name} {variant}.last_hidden_state", golden.Output($"{variant}.last_hidden_state"), features.Last);
            Report($"{name} {variant}.pooler_output", golden.Output($"{variant}.pooler_output"), features.Pooled);
        }
    }

    private void CompareGradients(string name)
    {
        using var scope = new TensorScope();
        using var golden = new GoldenFolder(name);
        using var model = DualEncoder.Load(golden.Path);
        var siglip = model.Config.Family == EncoderFamily.Siglip;
        int[]? mask = siglip ? null : [.. golden.Input("attention_mask").ToArray<long>().Select(m => (int)m)];
        var logits = model.Similarity(model.EncodeImage(golden.Input("pixel_values")), model.EncodeText(golden.Input("input_ids"), mask));
        var loss = siglip ? PairwiseSigmoid(logits) : SymmetricCrossEntropy(logits);
        loss.Backward();

        Assert.Equal(golden.Expected.GetProperty("loss").GetDouble(), loss.Item(), 1e-5);
        foreach (var (parameter, expected) in golden.Gradients())
        {
            var distance = Near.Distance(expected, ModelGradients.Of(model, parameter));
            output.WriteLine($"{name} gradient of {parameter}: {distance:g3}");
            Assert.True(distance <= Tolerance, $"{name} gradient of {parameter}: {distance:g3} apart");
        }
    }

    private static Tensor PairwiseSigmoid(Tensor logits)
    {
        var signs = (Tensor.Eye(logits.Size(0)) * 2) - 1;
        return -(logits * signs).LogSigmoid().Sum(-1).Mean();
    }

    private static Tensor SymmetricCrossEntropy(Tensor logits)
    {
        var targets = Tensor.Arange(logits.Size(0));
        return (logits.CrossEntropy(targets) + logits.Transpose(0, 1).CrossEntropy(targets)) / 2;
    }

    private void Report(string what, Tensor expected, Tensor actual)
    {
        output.WriteLine($"{what}: {Near.Distance(expected, actual):g3}");
        Near.Assert(expected, actual, Tolerance, what);
    }
}
