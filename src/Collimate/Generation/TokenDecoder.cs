namespace Collimate.Generation;

/// <summary>Turns tokens into text, leaving out special tokens.</summary>
/// <param name="ids">Token ids.</param>
public delegate string TokenDecoder(ReadOnlySpan<int> ids);
