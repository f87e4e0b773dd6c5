namespace Collimate.Generation;

/// <summary>What one row of a batch asks for.</summary>
/// <param name="Prompt">The prompt's token ids, for penalties and blocking only (the session knows the prompt itself); may be empty.</param>
/// <param name="Options">How to choose tokens and when to stop.</param>
/// <param name="Stream">Which of the seed's independent streams of random numbers the row draws from.</param>
public sealed record GenerationRequest(IReadOnlyList<int> Prompt, GenerationOptions Options, ulong Stream = 0)
{
    /// <summary>How many of the likeliest tokens are told with every token.</summary>
    public int Likeliest { get; init; }
}
