namespace Collimate.Reports;

/// <summary>The course of one training stage.</summary>
/// <param name="Stage">Its name.</param>
/// <param name="Steps">Step numbers within the stage, rising from 1.</param>
/// <param name="Losses">The loss of each of those steps.</param>
public sealed record TrainingSeries(string Stage, IReadOnlyList<long> Steps, IReadOnlyList<double> Losses)
{
    /// <summary>What learnt in this stage, such as "connector".</summary>
    public string Learns { get; init; } = "";

    /// <summary>How long it took.</summary>
    public TimeSpan? Duration { get; init; }

    /// <summary>The last step's number; 0 where there is none.</summary>
    internal long LastStep => Steps is [.., var last] ? last : 0;
}
