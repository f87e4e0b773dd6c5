using Collimate.Models;
using Collimate.Models.Vision;
using Collimate.Torch;

namespace Collimate.Verification;

/// <summary>
/// Vision towers alone (DINOv2, ViT, the eyes of CLIP and SigLIP). Everything comes from <c>pixel_values</c>; <c>masked.*</c> with the mask token
/// where <c>bool_masked_pos</c> is 1; <c>hires_scale.*</c> and <c>hires_size.*</c> from <c>pixel_values_hires</c>, with positions stretched by
/// factors or to size. The recorded loss is the mean square of the last state plus the mean absolute value of the pooled one.
/// </summary>
internal sealed class VisionTowerReplay(VisionTransformer model) : IReplay
{
    private static readonly string[] Prefixes = ["vision_model.", "dinov2.", "vit."];

    /// <inheritdoc/>
    public void Run(Replayed run)
    {
        using (GradMode.Disable())
        {
            run.Part("", () => Replay(run, model, ""));
            run.Part("masked.", () => Replay(run, model, "masked.", masked: "bool_masked_pos"));
            run.Part("hires_scale.", () => Replay(run, model, "hires_scale.", "pixel_values_hires", PositionInterpolation.ByScale));
            run.Part("hires_size.", () => Replay(run, model, "hires_size.", "pixel_values_hires", PositionInterpolation.ToSize));
        }

        if (run.WantsLoss("loss"))
        {
            run.Part("", () => Train(run));
        }
    }

    /// <summary>Replays what a recording holds of one tower, alone or as the eye of a larger model.</summary>
    /// <param name="run">The recording.</param>
    /// <param name="model">The tower.</param>
    /// <param name="prefix">What the recorded names begin with.</param>
    /// <param name="input">The recorded pictures.</param>
    /// <param name="form">How positions are stretched, or null where the pictures have the tower's own size.</param>
    /// <param name="masked">The recorded mask of patches, or null.</param>
    internal static void Replay(
        Replayed run, VisionTransformer model, string prefix, string input = "pixel_values", PositionInterpolation? form = null, string? masked = null)
    {
        if (!run.Wants(prefix))
        {
            return;
        }

        var pixels = run.Recording.Input(input);                               // [images, channels, height, width]
        if (form is { } stretched && pixels.Rank == 4)
        {
            run.Output(prefix + "position_embeddings", model.Positions((int)pixels.Size(2), (int)pixels.Size(3), stretched).Unsqueeze(0));
        }

        using var trace = new ForwardTrace(run.Wants(prefix + "attentions."));
        var features = model.Encode(pixels, trace: trace, interpolation: form, masked: masked is null ? null : run.Recording.Ids(masked));
        run.Trace(prefix, trace);
        run.Output(prefix + "last_hidden_state", features.Last);
        if (features.Pooled is { } pooled)
        {
            run.Output(prefix + "pooler_output", pooled);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => model.Dispose();

    private void Train(Replayed run)
    {
        model.SetRequiresGrad(true);
        var features = model.Encode(run.Recording.Input("pixel_values"));
        var loss = Losses.MeanSquare(features.Last);
        loss = features.Pooled is null ? loss : loss + features.Pooled.Abs().Mean();
        run.Loss("loss", loss.Item());
        if (run.WantsGradients)
        {
            loss.Backward();
            run.Gradients(model, Prefixes);
        }
    }
}
