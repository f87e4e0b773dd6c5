namespace Collimate.Alignment.Composition.TokenMixer;

/// <summary>What may attract a picture's tokens.</summary>
/// <param name="Row">The picture's row.</param>
/// <param name="Prompt">The row's prompt.</param>
/// <param name="Marker">The picture's marker in its layout.</param>
/// <param name="Words">What may attract its tokens, in the text's order.</param>
internal sealed record PictureWords(int Row, PromptText Prompt, int Marker, Attractor[] Words);
