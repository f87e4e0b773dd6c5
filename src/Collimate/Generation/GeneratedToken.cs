namespace Collimate.Generation;

/// <summary>One step of one row, as it happens.</summary>
/// <param name="Row">The row, as numbered in the requests.</param>
/// <param name="Token">The token that was chosen, also where it is a stop token.</param>
/// <param name="Text">The text that is certain by now and was not reported before; characters that are still incomplete, and what may become a stop string, are held back.</param>
/// <param name="Reason">Why the row ended with this token, or null where it goes on.</param>
public readonly record struct GeneratedToken(int Row, int Token, string Text, StopReason? Reason)
{
    /// <summary>The log-probability that the model itself, before any processor, gave to the token.</summary>
    public double LogProbability { get; init; }

    /// <summary>The likeliest tokens of the step by the same measure, likeliest first: as many as the request asked for.</summary>
    public IReadOnlyList<TokenLikelihood> Likeliest { get; init; } = [];
}

/// <summary>A token that might have come.</summary>
/// <param name="Token">The token.</param>
/// <param name="LogProbability">The log-probability that the model itself, before any processor, gave to it.</param>
public readonly record struct TokenLikelihood(int Token, double LogProbability);
