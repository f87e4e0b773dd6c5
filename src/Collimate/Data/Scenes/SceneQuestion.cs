namespace Collimate.Data.Scenes;

/// <summary>A question about a scene and its true answer.</summary>
/// <param name="Kind">What it asks for.</param>
/// <param name="Text">A lower-case sentence.</param>
/// <param name="Answer">One word, or symbols with spaces between them.</param>
public sealed record SceneQuestion(QuestionKind Kind, string Text, string Answer);
