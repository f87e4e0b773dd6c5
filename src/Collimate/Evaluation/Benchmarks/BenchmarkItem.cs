using Collimate.Data.Conversations;
using Collimate.Evaluation.MultipleChoice;

namespace Collimate.Evaluation.Benchmarks;

/// <summary>One question of a benchmark.</summary>
/// <param name="Id">Its id, which no other question has.</param>
/// <param name="Fields">What the prompt is made of, by name; <c>question</c> is always there.</param>
/// <param name="Images">Its pictures.</param>
/// <param name="Truth">What its answer is scored against.</param>
public sealed record BenchmarkItem(string Id, IReadOnlyDictionary<string, string> Fields, IReadOnlyList<ImageSource> Images, BenchmarkTruth Truth)
{
    /// <summary>A question of which the likeliest letter is the answer, with its examples; null where the answer is written freely.</summary>
    public LetterQuestion? Letters { get; init; }

    /// <summary>A question with one picture, or none.</summary>
    /// <param name="id">Its id.</param>
    /// <param name="question">The question.</param>
    /// <param name="image">The picture; null for none.</param>
    /// <param name="truth">What its answer is scored against.</param>
    internal static BenchmarkItem Of(string id, string question, ImageSource? image, BenchmarkTruth truth) =>
        new(id, new Dictionary<string, string> { [BenchmarkPrompt.Question] = question }, image is null ? [] : [image], truth);
}

/// <summary>A question whose answer is the likeliest of its letters.</summary>
/// <param name="Subject">The subject, with the questions that are shown before it.</param>
/// <param name="Question">The question.</param>
/// <param name="Shots">How many of them are shown at most.</param>
public sealed record LetterQuestion(MultipleChoiceSubject Subject, MultipleChoiceQuestion Question, int Shots);
