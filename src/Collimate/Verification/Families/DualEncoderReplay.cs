using Collimate.Models;
using Collimate.Models.Text;
using Collimate.Models.Vision;
using Collimate.Torch;

namespace Collimate.Verification;

/// <summary>
/// CLIP and SigLIP. <c>vision.*</c> is the image side; <c>text.*</c> the text side as the family reads texts: CLIP under the mask,
/// SigLIP without. <c>text_nomask.*</c> and <c>text_masked.*</c> are the other way. Features are what projections give,
/// <c>text_embeds</c> and <c>image_embeds</c> the same of length one.
/// </summary>
internal sealed class DualEncoderReplay(DualEncoder model) : IReplay
{
    private static readonly string[] JointNames = ["text_features", "image_features", "text_embeds", "image_embeds", "logits_per_text", "logits_per_image", "probs"];

    private bool IsClip => model.Config.Family == EncoderFamily.Clip;

    /// <inheritdoc/>
    public void Run(Replayed run)
    {
        using (GradMode.Disable())
        {
            run.Part("text.", () => ReplayText(run, "text.", masked: IsClip));
            run.Part("text_nomask.", () => ReplayText(run, "text_nomask.", masked: false));
            run.Part("text_masked.", () => ReplayText(run, "text_masked.", masked: true));
            run.Part("vision.", () => VisionTowerReplay.Replay(run, model.Vision, "vision."));
            foreach (var name in JointNames)
            {
                run.Part(name, () => ReplayJoint(run, name));
            }
        }

        if (run.WantsLoss("loss"))
        {
            run.Part("", () => Train(run));
        }
    }

    /// <inheritdoc/>
    public void Dispose() => model.Dispose();

    private void ReplayText(Replayed run, string prefix, bool masked)
    {
        if (run.Wants(prefix))
        {
            // A CLIP recording may have been made without padding, and so without a mask.
            var mask = masked ? run.Recording.Mask("attention_mask") : null;
            if (mask is null && prefix == "text_masked.")
            {
                throw new MissingInputException("attention_mask", run.Recording.Folder);
            }

            using var trace = new ForwardTrace(run.Wants(prefix + "attentions."));
            var features = model.Text.Encode(run.Recording.Ids("input_ids"), mask?.Valid, trace);
            run.Trace(prefix, trace, mask);
            run.Output(prefix + "last_hidden_state", features.Last, mask);
            run.Output(prefix + "pooler_output", features.Pooled);
        }
    }

    private void ReplayJoint(Replayed run, string name)
    {
        if (!run.Wants(name))
        {
            return;
        }

        run.Output(name, name switch
        {
            "text_features" => Texts(run),
            "text_embeds" => Texts(run).Normalize(),
            "image_features" => Images(run),
            "image_embeds" => Images(run).Normalize(),
            "logits_per_image" => Similarity(run).Transpose(0, 1),
            "logits_per_text" => Similarity(run),
            _ => IsClip ? Similarity(run).Transpose(0, 1).Softmax(-1) : Similarity(run).Transpose(0, 1).Sigmoid(),
        });
    }

    private void Train(Replayed run)
    {
        model.SetRequiresGrad(true);
        var logits = Similarity(run);
        if (logits.Size(0) != logits.Size(1))
        {
            throw new RecordingException($"{run.Recording.Folder}: a contrastive loss needs as many texts as pictures; {logits.Size(0)} texts and {logits.Size(1)} pictures were recorded.");
        }

        var loss = IsClip ? Losses.SymmetricContrastive(logits) : Losses.PairwiseSigmoid(logits);
        run.Loss("loss", loss.Item());
        if (run.WantsGradients)
        {
            loss.Backward();
            run.Gradients(model);
        }
    }

    private Tensor Texts(Replayed run) =>
        model.EncodeText(run.Recording.Ids("input_ids"), IsClip ? run.Recording.Mask("attention_mask")?.Valid : null);

    private Tensor Images(Replayed run) => model.EncodeImage(run.Recording.Input("pixel_values"));

    private Tensor Similarity(Replayed run) => model.Similarity(Images(run), Texts(run)); // [texts, images]
}
