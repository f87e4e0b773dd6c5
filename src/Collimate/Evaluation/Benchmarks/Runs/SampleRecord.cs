namespace Collimate.Evaluation.Benchmarks.Runs;

/// <summary>One line of a samples file: a question, what the model wrote, what was understood and what it is worth.</summary>
public sealed record SampleRecord
{
    /// <summary>The question's id.</summary>
    public required string Id { get; init; }

    /// <summary>What was asked; a picture stands where <c>&lt;image&gt;</c> is written. A system's turn comes first, a blank line after it.</summary>
    public required string Prompt { get; init; }

    /// <summary>The SHA-256 of each picture: of its file, or of size and pixels where it was painted.</summary>
    public required IReadOnlyList<string> Images { get; init; }

    /// <summary>What the model wrote.</summary>
    public required string Raw { get; init; }

    /// <summary>What the parser understood.</summary>
    public required string Parsed { get; init; }

    /// <summary>Whether it understood nothing.</summary>
    public bool Failed { get; init; }

    /// <summary>What the answer is scored against.</summary>
    public required BenchmarkTruth Truth { get; init; }

    /// <summary>0 to 1; null where there is nothing to score against.</summary>
    public double? Score { get; init; }

    /// <summary>The parser.</summary>
    public required string Parser { get; init; }
}
