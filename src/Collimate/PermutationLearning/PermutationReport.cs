using Collimate.Models.Permutation;

namespace Collimate.PermutationLearning;

/// <summary>What an experiment came to.</summary>
/// <param name="Settings">What was run.</param>
/// <param name="Parameters">Numbers that the network learnt.</param>
/// <param name="Seconds">How long it took, from the first draw to the last figure.</param>
/// <param name="Clean">The sets of the last step, without noise and dropout.</param>
/// <param name="Noisy">The same sets with noise and dropout, as the paper counts.</param>
/// <param name="HeldOut">Sets that were never trained on, without noise and dropout; null where no order of theirs is right.</param>
/// <param name="Frames">The first set's matrix over time.</param>
/// <param name="Steps">Every step.</param>
public sealed record PermutationReport(
    PermutationSettings Settings, long Parameters, double Seconds, PermutationJudgement Clean, PermutationJudgement Noisy, PermutationJudgement? HeldOut,
    IReadOnlyList<MatrixFrame> Frames, IReadOnlyList<PermutationStep> Steps)
{
    /// <summary>The headline: hard choices without noise, of unseen sets where the task has them, of the learnt ones otherwise.</summary>
    public PermutationFigures Headline => (HeldOut ?? Clean).Hard;

    /// <summary>The first step whose row-wise largest elements were all right; null where there was none.</summary>
    public long? FirstPerfectStep => Steps.FirstOrDefault(step => step.Figures.Accuracy == 1)?.Step;
}

/// <summary>How matrices do: the largest element of each row, and the way of hardening that the settings name.</summary>
/// <param name="Soft">The largest element of each row.</param>
/// <param name="Hard">After hardening.</param>
public sealed record PermutationJudgement(PermutationFigures Soft, PermutationFigures Hard);
