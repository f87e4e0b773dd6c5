using Collimate.Data.Conversations;
using Collimate.Data.Puzzles;

namespace Collimate.Evaluation.Benchmarks.Readers;

/// <summary>SMART-101's layout, published or generated, put as questions with five options.</summary>
/// <remarks>The right letter is the first of the answers; options of the same value follow, which S_acc takes for right as well.</remarks>
/// <param name="options">Which split.</param>
internal sealed class PuzzleReader(PuzzleReaderOptions options) : IBenchmarkReader
{
    /// <inheritdoc/>
    public IReadOnlyList<BenchmarkItem> Read(BenchmarkFiles files)
    {
        files.Require(PuzzleCatalogue.GeneratedFile, SmartFacts.InfoFile);
        var set = PuzzleSet.Read(files.Root, new PuzzleSplitOptions { Split = options.Split });
        foreach (var table in Directory.EnumerateFiles(files.Root, "*.*", SearchOption.AllDirectories).Where(path => Path.GetExtension(path) is ".csv" or ".json"))
        {
            files.Note(table);
        }

        var skills = set.Kinds.ToDictionary(kind => kind.Id, kind => kind.Skill);
        return [.. set.Test.Select(instance => new BenchmarkItem(
            $"{instance.Puzzle}/{instance.Row}",
            new Dictionary<string, string> { [BenchmarkPrompt.Question] = instance.Question, ["options"] = PuzzleChat.Lines(instance.Options) },
            [ImageSource.FromFile(instance.ImagePath)],
            new BenchmarkTruth
            {
                Answers = [.. Right(instance).Select(PuzzleChat.LetterOf)],
                Choices = instance.Options,
                Category = skills[instance.Puzzle].ToString().ToLowerInvariant(),
                Kind = $"{instance.Puzzle}",
            }))];
    }

    private static IEnumerable<int> Right(PuzzleInstance instance) => Enumerable.Range(0, instance.Options.Count)
        .Where(option => option != instance.AnswerOption && instance.OptionValues[option].SequenceEqual(instance.Value)).Prepend(instance.AnswerOption);
}

/// <summary>Options of <see cref="PuzzleReader"/>.</summary>
internal sealed record PuzzleReaderOptions
{
    /// <summary>What training does not see; its test part is asked.</summary>
    public PuzzleSplit Split { get; init; }
}
