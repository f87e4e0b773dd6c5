using Collimate.Cli.Commands;
using Collimate.Training;
using Collimate.Training.Watching;
using Collimate.Training.Watching.TensorBoard;

namespace Collimate.Cli.Display;

/// <summary>Everything that watches a training started from the command line: the screen, the files in the run's folder, and whoever collects its meters.</summary>
internal sealed class TrainingWatch : IDisposable
{
    private readonly List<IDisposable> parts = [];

    /// <param name="io">Where progress is shown.</param>
    /// <param name="folder">The run's folder.</param>
    /// <param name="recipe">The recipe as resolved, in YAML.</param>
    /// <param name="export">Where meters are sent.</param>
    public TrainingWatch(CommandIo io, string folder, string recipe, MeterExport? export = null)
    {
        Display = new TrainingDisplay(io.Progress());
        parts.Add(Display);
        try
        {
            var log = new StepLog(Path.Combine(folder, StepLog.FileName));
            parts.Add(log);
            var board = new TensorBoardLog(Path.Combine(folder, TensorBoardLog.FolderName), recipe);
            parts.Add(board);
            var meters = new TrainingMeters(Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder))));
            parts.Add(meters);
            if (export is not null)
            {
                parts.Add(export.Start()); // the last, and so the first to end: while the meters are still there
            }

            Observer = new ObserverGroup(Display, log, board, meters);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>What is shown on the screen.</summary>
    public TrainingDisplay Display { get; }

    /// <summary>All of it as one observer.</summary>
    public ITrainingObserver Observer { get; }

    /// <inheritdoc/>
    public void Dispose()
    {
        for (var k = parts.Count - 1; k >= 0; k--)
        {
            parts[k].Dispose();
        }

        parts.Clear();
    }
}
