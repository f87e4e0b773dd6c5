using Collimate.Cli.Display;
using Collimate.Data.Puzzles;
using Collimate.Data.Scenes;

namespace Collimate.Cli.Commands;

/// <summary><c>collimate scenes --puzzles</c>: writes puzzles in the layout of SMART-101.</summary>
internal static class PuzzleWriting
{
    /// <summary>Writes them, and says what was written.</summary>
    public static void Run(CommandIo io, PuzzleExportOptions options, bool asJson, CancellationToken cancellationToken)
    {
        var progress = io.Progress();
        progress.Start("puzzles", options.Count, "puzzles");
        try
        {
            PuzzleExporter.Export(SceneSampleSource.World, options, new Reporter(progress), cancellationToken);
        }
        finally
        {
            progress.Finish();
        }

        var programs = Math.Min(options.Count, PuzzleGenerator.Programs);
        if (asJson)
        {
            io.WriteJson(new { Written = new { options.Folder, options.Count, options.Seed, options.PictureSize, Programs = programs } });
            return;
        }

        io.Output.WriteLine($"{options.Folder}: {options.Count} puzzles of {programs} programs, pictures of {options.PictureSize} pixels, seed {options.Seed}");
    }

    private sealed class Reporter(IProgressDisplay display) : IProgress<(long Done, long Total)>
    {
        public void Report((long Done, long Total) value) => display.Report(value.Done);
    }
}
