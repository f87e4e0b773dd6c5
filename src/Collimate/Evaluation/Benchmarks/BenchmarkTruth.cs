namespace Collimate.Evaluation.Benchmarks;

/// <summary>What an answer is scored against; it stands in the samples file, so that a run can be scored again without the data.</summary>
public sealed record BenchmarkTruth
{
    /// <summary>What would be right: people's answers, a letter, captions. Empty where the answers are kept secret.</summary>
    public IReadOnlyList<string> Answers { get; init; } = [];

    /// <summary>The texts that may be chosen from, of which the first is A; empty where the answer is free.</summary>
    public IReadOnlyList<string> Choices { get; init; } = [];

    /// <summary>Which answers are scored together: a picture's, a pair's, a question's rotations. Null where each stands alone.</summary>
    public string? Group { get; init; }

    /// <summary>What it is reported under: a split, a task, a type of question.</summary>
    public string? Category { get; init; }

    /// <summary>A second such division.</summary>
    public string? Kind { get; init; }
}
