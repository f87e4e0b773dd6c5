namespace Collimate.Data.Conversations;

/// <summary>What <see cref="TokenLayout.Truncate"/> did.</summary>
/// <param name="Layout">What stays. Its pictures are the first <see cref="TokenLayout.ImageCount"/> of the sample's.</param>
/// <param name="DroppedTurns">How many turns were dropped from the end.</param>
/// <param name="DroppedTokens">How many tokens, a picture counting as one.</param>
/// <param name="DroppedImages">How many pictures.</param>
public sealed record Truncation(TokenLayout Layout, int DroppedTurns, int DroppedTokens, int DroppedImages);
