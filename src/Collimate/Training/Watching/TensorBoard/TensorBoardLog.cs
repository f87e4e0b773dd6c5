using System.Diagnostics;

namespace Collimate.Training.Watching.TensorBoard;

/// <summary>Writes a training for TensorBoard: a folder a stage, which TensorBoard shows as a run, with a new file each time the stage is begun or gone on with.</summary>
/// <remarks>
/// Every file says at its beginning with which step it starts, so that steps which an interrupted process had done beyond its last checkpoint are
/// shown once, as they were done the second time.
/// </remarks>
public sealed class TensorBoardLog : ITrainingObserver, IDisposable
{
    /// <summary>The folder below a run's own.</summary>
    public const string FolderName = "tensorboard";

    private readonly string folder;
    private readonly string? recipe;
    private EventFile? file;
    private string? stage;

    /// <param name="folder">Where the stages' folders are made.</param>
    /// <param name="recipe">The recipe as resolved, in YAML, shown as text; null for none.</param>
    public TensorBoardLog(string folder, string? recipe = null) => (this.folder, this.recipe) = (folder, recipe);

    /// <inheritdoc/>
    public void OnStep(StepReport report)
    {
        if (stage != report.Stage)
        {
            Begin(report);
        }

        file!.Write(EventMessages.Scalars(Now(), report.Step, Scalars(report)));
    }

    /// <inheritdoc/>
    public void OnSkippedStep(long step, double gradientNorm)
    {
        // The step's own report follows, with the numbers that are none.
    }

    /// <inheritdoc/>
    public void OnValidation(ValidationReport report)
    {
        Debug.Assert(stage == report.Stage, "a stage is judged after a step of it");
        file!.Write(EventMessages.Scalars(Now(), report.Step, [("validation/loss", report.Loss), ("validation/exact", report.Exact)]));
    }

    /// <inheritdoc/>
    public void Dispose() => file?.Dispose();

    private static IEnumerable<(string Tag, double Value)> Scalars(StepReport report)
    {
        var rates = StepRates.Of(report);
        yield return ("train/loss", report.Loss);
        yield return ("train/gradient_norm", report.GradientNorm);
        yield return ("train/learning_rate", report.LearningRate);
        yield return ("speed/steps_per_second", rates.Steps);
        yield return ("speed/samples_per_second", rates.Samples);
        yield return ("speed/tokens_per_second", rates.Tokens);
        yield return ("speed/data_wait_share", rates.DataWaitShare);
        if (rates.Utilization is { } utilization)
        {
            yield return ("speed/model_flops_utilization", utilization);
        }

        yield return ("memory/live_tensors", report.LiveTensors);
        yield return ("memory/resident_bytes", report.ResidentBytes);
        foreach (var (name, value) in report.Measures)
        {
            yield return (name, value);
        }
    }

    private void Begin(StepReport first)
    {
        file?.Dispose();
        var now = Now();
        file = new EventFile(Path.Combine(folder, FolderOf(first.Stage)), now);
        file.Write(EventMessages.SessionStart(now, first.Step));
        if (recipe is not null)
        {
            file.Write(EventMessages.Text(now, first.Step, "recipe", $"```yaml\n{recipe}\n```"));
        }

        stage = first.Stage;
    }

    private static double Now() => DateTimeOffset.UtcNow.ToUnixTimeMilliseconds() / 1000.0;

    // A stage may have any name; a folder may not.
    private static string FolderOf(string stage) =>
        string.Concat(stage.Select(letter => char.IsAsciiLetterOrDigit(letter) || letter is '-' or '_' ? letter : '_'));
}
