namespace Collimate.Training;

/// <summary>What happens between the steps of a training besides the training.</summary>
public sealed record TrainingHooks
{
    /// <summary>Writes a checkpoint of so many finished steps; called every <see cref="TrainingOptions.SaveEvery"/> steps.</summary>
    public Action<long>? Save { get; init; }

    /// <summary>Writes a checkpoint at an interruption between two pieces of a step: so many finished steps, and what is done of the next. Without it the step in hand is finished first.</summary>
    public Action<long, PartialStep>? SaveWithin { get; init; }

    /// <summary>Asked after every step with the number of finished steps: false ends the training there.</summary>
    public Func<long, bool>? GoesOn { get; init; }
}
