namespace Collimate.Evaluation.Benchmarks.Parsers;

/// <summary>Understands what a model wrote, as one protocol does. Never fails: what cannot be understood is an outcome as well.</summary>
public interface IAnswerParser
{
    /// <summary>Its name in definitions, samples and reports.</summary>
    string Name { get; }

    /// <summary>Understands an answer.</summary>
    /// <param name="raw">What the model wrote.</param>
    /// <param name="choices">The texts that may be chosen from, of which the first is A; empty where the answer is free.</param>
    ParsedAnswer Parse(string raw, IReadOnlyList<string> choices);
}
