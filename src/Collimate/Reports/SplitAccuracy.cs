namespace Collimate.Reports;

/// <summary>How often a model is right on one test split, beside what is reached without looking.</summary>
/// <param name="Title">The split, such as "Held-out compositions".</param>
/// <param name="Meaning">What is new about its pictures, in a sentence.</param>
/// <param name="Kinds">A row per question kind.</param>
public sealed record SplitAccuracy(string Title, string Meaning, IReadOnlyList<KindAccuracy> Kinds)
{
    /// <summary>The plain mean over the kinds; a column that some kind lacks is the mean over those that have it. Questions are summed.</summary>
    public KindAccuracy Mean => new(
        "mean over kinds",
        Kinds.Count == 0 ? double.NaN : Kinds.Average(kind => kind.Model),
        Kinds.Average(kind => kind.Blank),
        Kinds.Average(kind => kind.Blind),
        Kinds.Average(kind => kind.Majority),
        Kinds.Sum(kind => kind.Questions));
}

/// <summary>Accuracy on one kind of question; every figure is a share from 0 to 1, null where it was not measured.</summary>
/// <param name="Kind">The kind, such as "what is at".</param>
/// <param name="Model">The trained model.</param>
/// <param name="Blank">The same model, fed a blank picture.</param>
/// <param name="Blind">A model trained in the same way on blank pictures.</param>
/// <param name="Majority">Always the most frequent answer of the kind.</param>
/// <param name="Questions">How many questions were asked.</param>
public sealed record KindAccuracy(string Kind, double Model, double? Blank, double? Blind, double? Majority, long Questions)
{
    /// <summary>An example of such a question.</summary>
    public string Example { get; init; } = "";

    /// <summary>The best that is reached without looking, or null where nothing of the kind was measured.</summary>
    public double? BestBlind => new[] { Blank, Blind, Majority }.Max();
}
