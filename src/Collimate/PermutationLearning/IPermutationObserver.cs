namespace Collimate.PermutationLearning;

/// <summary>Is told how an experiment goes.</summary>
public interface IPermutationObserver
{
    /// <summary>A step is done.</summary>
    void OnStep(PermutationStep step);

    /// <summary>A step's gradients were not finite, so the weights were left as they were.</summary>
    void OnSkippedStep(long step, double gradientNorm);
}

/// <summary>A step in numbers.</summary>
/// <param name="Step">Its number, from 1.</param>
/// <param name="TotalSteps">How many there will be.</param>
/// <param name="Temperature">The temperature it was taken at.</param>
/// <param name="GradientNorm">The norm of all gradients before clipping.</param>
/// <param name="LearningRate">The step size.</param>
/// <param name="Seconds">How long it took.</param>
/// <param name="Figures">How well the row-wise largest elements did, with noise and dropout on.</param>
public sealed record PermutationStep(long Step, long TotalSteps, double Temperature, double GradientNorm, double LearningRate, double Seconds, PermutationFigures Figures);
