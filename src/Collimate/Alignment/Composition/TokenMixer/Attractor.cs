namespace Collimate.Alignment.Composition.TokenMixer;

/// <summary>A stretch of text that may draw image tokens to it: one token, or the tokens of a word.</summary>
/// <param name="First">Its first token in the layout.</param>
/// <param name="Last">Its last.</param>
public readonly record struct Attractor(int First, int Last);
