using Collimate.Models;
using Collimate.Models.Vision.Convolutional;
using Collimate.Torch;

namespace Collimate.Verification;

/// <summary>
/// Residual networks. Everything comes from <c>pixel_values</c> in inference, the loss is the cross-entropy with <c>labels</c>; <c>train.*</c> is
/// one forward in training: logits, loss, and the running statistics that it leaves, under their names in the checkpoint.
/// </summary>
internal sealed class ResNetReplay(ResNet model) : IReplay
{
    private const string Training = "train.";

    /// <inheritdoc/>
    public void Run(Replayed run)
    {
        using (GradMode.Disable())
        {
            run.Part("", () => Forward(run));
        }

        if (run.WantsLoss("loss"))
        {
            run.Part("", () => Train(run));
        }

        // Last, as it moves the running statistics that everything else reads.
        using (GradMode.Disable())
        {
            run.Part(Training, () => ForwardInTraining(run));
        }
    }

    /// <inheritdoc/>
    public void Dispose() => model.Dispose();

    private void Forward(Replayed run)
    {
        if (run.VariantsOf("hidden_states", "last_hidden_state", "pooler_output", "logits").Contains(""))
        {
            using var trace = new ForwardTrace();
            var features = model.Encode(run.Recording.Input("pixel_values"), trace);
            run.Trace("", trace);
            run.Output("last_hidden_state", features.Last);
            run.Output("pooler_output", features.Pooled);
            if (model.Config.ClassCount is not null)
            {
                run.Output("logits", model.Logits(features));
            }
        }
    }

    private void Train(Replayed run)
    {
        model.SetRequiresGrad(true);
        var loss = Loss(run.Recording, Logits(run.Recording));
        run.Loss("loss", loss.Item());
        if (run.WantsGradients)
        {
            loss.Backward();
            run.Gradients(model);
        }
    }

    private void ForwardInTraining(Replayed run)
    {
        if (!run.Wants(Training))
        {
            return;
        }

        model.SetTraining(true);
        var logits = Logits(run.Recording);
        model.SetTraining(false);
        run.Output(Training + "logits", logits);
        foreach (var (name, value) in model.NamedState())
        {
            run.Output(Training + name, value);
        }

        if (run.WantsLoss(Training + "loss"))
        {
            run.Loss(Training + "loss", Loss(run.Recording, logits).Item());
        }
    }

    private Tensor Logits(Recording recording) => model.Logits(model.Encode(recording.Input("pixel_values")));

    private static Tensor Loss(Recording recording, Tensor logits) => logits.CrossEntropy(recording.Input("labels").To(ScalarType.Int64));
}
