using System.Globalization;
using System.Text;
using System.Text.Json;
using Collimate.Data.Puzzles.Programs;
using Collimate.Data.Scenes;
using Collimate.Imaging;
using Collimate.Torch.Serialization;

namespace Collimate.Data.Puzzles;

/// <summary>Writes generated puzzles in SMART-101's layout, and beside them <c>puzzles.json</c>, which says what they are: byte for byte the same for the same options.</summary>
public static class PuzzleExporter
{
    private const int RowsPerBatch = 256;

    /// <summary>Writes the puzzles.</summary>
    /// <param name="world">The gym.</param>
    /// <param name="options">What to write where. Files that are already there are replaced, others left alone.</param>
    /// <param name="progress">Told how many are done, of how many.</param>
    /// <param name="cancel">Stops between batches; a puzzle that was not finished has no table.</param>
    /// <exception cref="DataException">The folder cannot be written.</exception>
    /// <exception cref="ArgumentException">An option is out of range.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static void Export(
        SceneWorld world, PuzzleExportOptions options, IProgress<(long Done, long Total)>? progress = null, CancellationToken cancel = default)
    {
        options.Validate();
        var (generator, done) = (new PuzzleGenerator(world), 0L);
        try
        {
            var programs = Math.Min(PuzzlePrograms.All.Count, options.Count);
            for (var puzzle = 1; puzzle <= programs; puzzle++)
            {
                var rows = (options.Count / PuzzlePrograms.All.Count) + (puzzle <= options.Count % PuzzlePrograms.All.Count ? 1 : 0);
                var folder = Path.Combine(options.Folder, Text(puzzle));
                Directory.CreateDirectory(Path.Combine(folder, PuzzleFolder.PictureFolder));
                var table = new StringBuilder("id,Question,image,A,B,C,D,E,Answer\n");
                for (var start = 0; start < rows; start += RowsPerBatch)
                {
                    cancel.ThrowIfCancellationRequested();
                    var lines = Batch(generator, options, folder, puzzle, start, Math.Min(RowsPerBatch, rows - start), cancel);
                    table.AppendJoin("", lines);
                    progress?.Report((done += lines.Length, options.Count));
                }

                WholeFile.Write(Path.Combine(folder, $"puzzle_{puzzle}.csv"), Encoding.UTF8.GetBytes(table.ToString()));
            }

            WholeFile.Write(Path.Combine(options.Folder, PuzzleCatalogue.GeneratedFile), stream => List(stream, options, programs));
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new DataException($"{options.Folder}: the puzzles cannot be written there: {failure.Message}", failure);
        }
        catch (AggregateException many) when (many.InnerExceptions is [IOException or UnauthorizedAccessException or DataException, ..])
        {
            throw new DataException($"{options.Folder}: the puzzles cannot be written there: {many.InnerExceptions[0].Message}", many);
        }
    }

    private static string[] Batch(PuzzleGenerator generator, PuzzleExportOptions options, string folder, int puzzle, int start, int count, CancellationToken cancel)
    {
        var lines = new string[count];
        Parallel.For(0, count, new ParallelOptions { MaxDegreeOfParallelism = options.Workers, CancellationToken = cancel }, at =>
        {
            var row = start + at;
            var draft = generator.Draft(puzzle, options.Seed, row);
            var image = string.Create(CultureInfo.InvariantCulture, $"puzzle_{puzzle}_{row:D6}.png");
            // Not flushed one by one: without its table, which is written last and whole, a folder of pictures is not read.
            File.WriteAllBytes(Path.Combine(folder, PuzzleFolder.PictureFolder, image), ImageCodec.Encode(generator.Paint(draft, options.PictureSize), ImageFormat.Png));
            string[] fields = [Text(row), draft.Question, image, .. draft.Options, PuzzleOptions.Letters[draft.Answer]];
            lines[at] = string.Join(',', fields.Select(Quoted)) + "\n";
        });
        return lines;
    }

    private static void List(Stream stream, PuzzleExportOptions options, int programs)
    {
        using var writer = new Utf8JsonWriter(stream, new JsonWriterOptions { Indented = true, NewLine = "\n" });
        writer.WriteStartObject();
        writer.WriteNumber("seed", options.Seed);
        writer.WriteNumber("count", options.Count);
        writer.WriteNumber("size", options.PictureSize);
        writer.WriteStartArray("puzzles");
        for (var puzzle = 1; puzzle <= programs; puzzle++)
        {
            var program = PuzzlePrograms.All[puzzle - 1];
            writer.WriteStartObject();
            writer.WriteNumber("id", puzzle);
            writer.WriteString("name", program.Name);
            writer.WriteString("skill", Word(program.Skill));
            writer.WriteString("answer", Word(program.Answer));
            writer.WriteString("rule", Word(program.Rule));
            writer.WriteNumber("steps", program.End is null ? 1 : PuzzleAnswers.SequenceSteps);
            if (program.End is { } end)
            {
                writer.WriteNumber("end", end);
            }

            writer.WriteString("part", Word(program.Part));
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
        writer.WriteEndObject();
    }

    private static string Word<T>(T value)
        where T : struct, Enum => value.ToString().ToLowerInvariant();

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    private static string Quoted(string field) => field.Contains(',', StringComparison.Ordinal) ? $"\"{field}\"" : field;
}
