using Collimate.Models;
using Collimate.Models.Text.Bert;
using Collimate.Models.Text.T5;
using Collimate.Torch;

namespace Collimate.Verification;

/// <summary>
/// Text encoders (BERT, T5). Everything comes from <c>input_ids</c> under <c>attention_mask</c>, with <c>token_type_ids</c> where the family has
/// segments; <c>nomask.*</c> is the same ids alone, without mask and segments. The recorded loss is the mean square of the last state,
/// padding counted as zero, plus the mean absolute value of the pooled one where there is one.
/// </summary>
/// <param name="model">The encoder.</param>
/// <param name="encode">Runs it on ids, a mask and segments.</param>
internal sealed class TextEncoderReplay(Module model, Func<Tensor, int[]?, Tensor?, ForwardTrace?, (Tensor Last, Tensor? Pooled)> encode) : IReplay
{
    private const string NoMask = "nomask.";

    /// <summary>Loads a BERT folder.</summary>
    public static TextEncoderReplay LoadBert(string folder)
    {
        var model = BertModel.Load(folder);
        return new TextEncoderReplay(model, (ids, valid, segments, trace) =>
        {
            var features = model.Encode(ids, valid, segments, trace);
            return (features.Last, features.Pooled);
        });
    }

    /// <summary>Loads a T5 folder, of which the encoder alone is replayed.</summary>
    public static TextEncoderReplay LoadT5(string folder)
    {
        var model = T5Encoder.Load(folder);
        return new TextEncoderReplay(model, (ids, valid, _, trace) => (model.Encode(ids, valid, trace), null));
    }

    /// <inheritdoc/>
    public void Run(Replayed run)
    {
        using (GradMode.Disable())
        {
            foreach (var variant in run.VariantsOf("hidden_states", "attentions", "last_hidden_state", "pooler_output").Intersect(["", NoMask]))
            {
                run.Part(variant, () => Forward(run, variant));
            }
        }

        if (run.WantsLoss("loss"))
        {
            run.Part("", () => Train(run));
        }
    }

    /// <inheritdoc/>
    public void Dispose() => model.Dispose();

    private void Forward(Replayed run, string variant)
    {
        using var trace = new ForwardTrace(run.Wants(variant + "attentions."));
        var (last, pooled, mask) = Encode(run.Recording, variant, trace);
        run.Trace(variant, trace, mask);
        run.Output(variant + "last_hidden_state", last, mask);
        if (pooled is not null)
        {
            run.Output(variant + "pooler_output", pooled);
        }
    }

    private void Train(Replayed run)
    {
        model.SetRequiresGrad(true);
        var (last, pooled, mask) = Encode(run.Recording, "", trace: null);
        var loss = Losses.MeanSquare(last, mask);
        loss = pooled is null ? loss : loss + pooled.Abs().Mean();
        run.Loss("loss", loss.Item());
        if (run.WantsGradients)
        {
            loss.Backward();
            run.Gradients(model, "bert.");
        }
    }

    private (Tensor Last, Tensor? Pooled, TokenMask? Mask) Encode(Recording recording, string variant, ForwardTrace? trace)
    {
        var isMasked = variant != NoMask;
        var mask = isMasked ? recording.Mask("attention_mask") : null;
        var segments = isMasked && recording.Has("token_type_ids") ? recording.Ids("token_type_ids") : null;
        var (last, pooled) = encode(recording.Ids("input_ids"), mask?.Valid, segments, trace);
        return (last, pooled, mask);
    }
}
