using Collimate.Training;

namespace Collimate.Alignment;

/// <summary>What a pass through the model may draw on besides its data: whether and how far it trains, its own randomness, and where seams report.</summary>
public sealed class PassContext
{
    /// <summary>A pass that answers: nothing is random, and schedules have reached their end.</summary>
    public static PassContext Answering => new();

    /// <summary>Whether gradients will follow.</summary>
    public bool Training { get; init; }

    /// <summary>How far the stage has come, from 0 at its first step to 1 at its last.</summary>
    public double Progress { get; init; } = 1;

    /// <summary>The seed of whatever this pass draws; it follows from what is computed, not from who computes it or when.</summary>
    public ulong Seed { get; init; }

    /// <summary>The processes that run passes over other pieces at the same time, where the stage has something to exchange with them; null where it has not.</summary>
    public IRankGroup? Ranks { get; init; }

    /// <summary>What seams report.</summary>
    public MeasureSet Measures { get; } = new();
}
