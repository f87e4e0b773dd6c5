using System.Globalization;
using System.Text.Json;
using Collimate.PermutationLearning;

namespace Collimate.Cli.Display;

/// <summary>Shows how an experiment in learning permutations goes, and writes every step to a file of JSON lines.</summary>
internal sealed class PermutationDisplay : IPermutationObserver, IDisposable
{
    private readonly IProgressDisplay progress;
    private readonly StreamWriter? log;

    /// <param name="progress">Where progress is shown.</param>
    /// <param name="settings">The experiment.</param>
    /// <param name="logPath">The file of JSON lines, begun anew; null for none.</param>
    public PermutationDisplay(IProgressDisplay progress, PermutationSettings settings, string? logPath)
    {
        this.progress = progress;
        if (logPath is not null)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(logPath))!);
            log = new StreamWriter(logPath, append: false) { AutoFlush = true };
        }

        progress.Start($"{settings.Tokens} tokens", settings.Steps, "steps");
    }

    /// <inheritdoc/>
    public void OnStep(PermutationStep step)
    {
        var figures = step.Figures;
        progress.Report(step.Step, string.Create(
            CultureInfo.InvariantCulture,
            $"accuracy {figures.Accuracy * 100:0.00} %, loss {figures.Loss:0.0000}, τ {step.Temperature:0.000}, sums off by {figures.DoublyStochasticError:0.0E+0}, {(figures.IsPermutation ? "a permutation" : "no permutation")}"));
        log?.WriteLine(JsonSerializer.Serialize(new
        {
            step = step.Step, accuracy = figures.Accuracy, loss = figures.Loss, temperature = step.Temperature, doublyStochasticError = figures.DoublyStochasticError,
            isPermutation = figures.IsPermutation, gradientNorm = step.GradientNorm, learningRate = step.LearningRate, seconds = step.Seconds,
        }));
    }

    /// <inheritdoc/>
    public void OnSkippedStep(long step, double gradientNorm) =>
        progress.Note($"step {step}: the gradients' norm is {gradientNorm}; the step is skipped.");

    /// <inheritdoc/>
    public void Dispose()
    {
        progress.Finish();
        log?.Dispose();
    }
}
