using Collimate.Torch;

namespace Collimate.Alignment.Objectives.Preference;

/// <summary>How a preference becomes a loss.</summary>
public enum PreferenceLoss
{
    /// <summary>A logistic loss of the margin. Source: Rafailov et al. 2023, equation 7.</summary>
    Dpo,

    /// <summary>The squared distance of the margin from 1 / (2·beta), which it is not drawn beyond. Source: Azar et al. 2023, equation 17.</summary>
    Ipo,
}

/// <summary>
/// Direct preference optimisation: of two answers to a prompt, the better is made more likely than the worse, each measured against a reference, without a model of rewards.
/// Source: Rafailov et al. 2023; the smoothed form: Mitchell 2023; the form with the chosen answers' own loss: Pang et al. 2024.
/// </summary>
/// <remarks>
/// A batch's loss is the mean over its samples; of a sample with several exchanges, the mean over those. With <c>sft_weight</c>, that of the language model on the chosen answers,
/// averaged over their tokens, is added.
/// </remarks>
public sealed class PreferenceObjective : Module, IObjective
{
    private readonly IReferenceModel reference;
    private readonly PreferenceLoss variant;
    private readonly double beta;
    private readonly double smoothing;
    private readonly double sftWeight;

    /// <param name="reference">What answers are held against; owned from now on where it holds something.</param>
    /// <param name="variant">How a preference becomes a loss.</param>
    /// <param name="beta">How closely the model is held to the reference; above 0.</param>
    /// <param name="smoothing">The share of preferences that are taken to be the wrong way round, from 0 to one half; of <see cref="PreferenceLoss.Dpo"/> alone.</param>
    /// <param name="sftWeight">The weight of the chosen answers' own loss.</param>
    public PreferenceObjective(IReferenceModel reference, PreferenceLoss variant = PreferenceLoss.Dpo, double beta = 0.1, double smoothing = 0, double sftWeight = 0)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(beta);
        (this.reference, this.variant, this.beta, this.smoothing, this.sftWeight) = (reference, variant, beta, smoothing, sftWeight);
        if (reference is Module kept)
        {
            AddModule("reference", kept);
        }
    }

    /// <inheritdoc/>
    public IObjective ForReplica() => new PreferenceObjective(reference.ForReplica(), variant, beta, smoothing, sftWeight);

    /// <inheritdoc/>
    public Tensor Loss(ForwardPass pass, BatchShare share)
    {
        using var scope = new TensorScope();
        var policy = AnswerLikelihoods.Of(pass);
        var held = Reference(pass);
        var (chosen, rejected) = (policy.Chosen - held.Chosen, policy.Rejected - held.Rejected); // [pairs]
        var losses = Losses(chosen - rejected, variant, beta, smoothing);
        var perRow = policy.Rows.CountBy(row => row).ToDictionary();
        var weights = Tensor.From([.. policy.Rows.Select(row => 1.0 / perRow[row])], [policy.Rows.Length], losses.Device);
        Report(pass.Context.Measures, chosen, rejected, policy.Chosen, losses);
        var loss = (losses * weights).Sum() / share.Rows;
        return scope.Escape(sftWeight == 0 ? loss : loss - (policy.Chosen.Sum() * (sftWeight / share.AnswerTokens)));
    }

    /// <summary>The loss of every pair.</summary>
    /// <param name="margins">
    /// How much more the model prefers the better answer than the reference does, <c>[pairs]</c>: the difference of the logarithms of both answers' probabilities, that of the reference taken off.
    /// </param>
    /// <param name="variant">How a preference becomes a loss.</param>
    /// <param name="beta">How closely the model is held to the reference.</param>
    /// <param name="smoothing">The share of preferences that are taken to be the wrong way round.</param>
    /// <returns><c>[pairs]</c></returns>
    public static Tensor Losses(Tensor margins, PreferenceLoss variant, double beta, double smoothing = 0) => variant == PreferenceLoss.Ipo
        ? (margins - (1 / (2 * beta))).Square()
        : ((margins * beta).LogSigmoid() * -(1 - smoothing)) - ((margins * -beta).LogSigmoid() * smoothing);

    private AnswerLikelihoods Reference(ForwardPass pass)
    {
        using var scope = new TensorScope();
        using var off = GradMode.Disable();
        var held = AnswerLikelihoods.Of(reference.Run(pass));
        return held with { Chosen = scope.Escape(held.Chosen), Rejected = scope.Escape(held.Rejected) };
    }

    // The reward that the model implies for an answer: beta times how much more likely it holds it than the reference does.
    private void Report(MeasureSet measures, Tensor chosen, Tensor rejected, Tensor likelihood, Tensor losses)
    {
        var (better, worse) = ((chosen.Detach() * beta).ToArray<double>(), (rejected.Detach() * beta).ToArray<double>());
        var pairs = better.Length;
        measures.Add("dpo/loss", losses.Detach().ToArray<double>().Sum(), pairs);
        measures.Add("dpo/accuracy", better.Zip(worse, (one, other) => one > other ? 1 : 0).Sum(), pairs);
        measures.Add("dpo/margin", better.Sum() - worse.Sum(), pairs);
        measures.Add("dpo/chosen_reward", better.Sum(), pairs);
        measures.Add("dpo/rejected_reward", worse.Sum(), pairs);
        measures.Add("dpo/chosen_log_probability", likelihood.Detach().ToArray<double>().Sum(), pairs);
    }
}
