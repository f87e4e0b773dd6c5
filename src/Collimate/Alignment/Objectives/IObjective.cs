using Collimate.Torch;
using Collimate.Training;

namespace Collimate.Alignment.Objectives;

/// <summary>Seam 7: what is optimised?</summary>
public interface IObjective
{
    /// <summary>The part of the batch's loss that a pass over one of its pieces gives.</summary>
    /// <param name="pass">What the pass computed.</param>
    /// <param name="share">How large the piece is in its batch.</param>
    /// <returns>One value; the values of all pieces add up to the batch's loss.</returns>
    Tensor Loss(ForwardPass pass, BatchShare share);

    /// <summary>Whether passes exchange something with those of other processes, which then must have as many pieces each.</summary>
    bool ExchangesWithRanks => false;

    /// <summary>The same objective for a replica of the model, with parameters of its own where it has any.</summary>
    IObjective ForReplica() => this;
}

/// <summary>What a piece must know of its batch, so that losses of pieces add up to the loss of the batch in one.</summary>
/// <param name="AnswerTokens">Labelled tokens in the whole batch.</param>
/// <param name="Rows">Samples in the whole batch.</param>
/// <param name="Clock">Where the run stands.</param>
public readonly record struct BatchShare(int AnswerTokens, int Rows, StepClock Clock)
{
    /// <summary>Samples of the piece itself.</summary>
    public int Samples { get; init; } = 1;
}
