using Collimate.Evaluation.MultipleChoice;

namespace Collimate.Evaluation.Benchmarks.Readers;

/// <summary>MMLU, as <see cref="MmluFiles"/> reads it: the answer is the likeliest letter after some examples.</summary>
/// <param name="options">Which split, how many examples.</param>
internal sealed class MmluReader(MmluReaderOptions options) : IBenchmarkReader
{
    /// <inheritdoc/>
    public IReadOnlyList<BenchmarkItem> Read(BenchmarkFiles files)
    {
        var subjects = MmluFiles.Load(files.Root, options.Split);
        foreach (var split in (string[])["dev", options.Split])
        {
            var folder = new[] { Path.Combine(files.Root, split), Path.Combine(files.Root, "data", split) }.FirstOrDefault(Directory.Exists);
            foreach (var file in folder is null ? [] : Directory.GetFiles(folder, $"*_{split}.csv"))
            {
                files.Note(file);
            }
        }

        return [.. subjects.SelectMany(subject => subject.Questions.Select((question, at) => new BenchmarkItem(
            $"{subject.Name}/{at + 1}", new Dictionary<string, string> { [BenchmarkPrompt.Question] = MultipleChoicePrompt.Of(subject.Name, subject.Examples.Take(options.Shots), question) }, [],
            new BenchmarkTruth { Answers = [$"{MultipleChoiceQuestion.Letter(question.Right)}"], Choices = question.Choices, Category = MmluCategories.Of(subject.Name), Kind = subject.Name })
        {
            Letters = new LetterQuestion(subject, question, options.Shots),
        }))];
    }
}

/// <summary>Options of <see cref="MmluReader"/>.</summary>
internal sealed record MmluReaderOptions
{
    /// <summary><c>test</c> or <c>val</c>.</summary>
    public string Split { get; init; } = "test";

    /// <summary>How many examples stand before a question; fewer where the context is too short for them.</summary>
    [Recipes.RecipeRange(0, 5)]
    public int Shots { get; init; } = 5;
}
