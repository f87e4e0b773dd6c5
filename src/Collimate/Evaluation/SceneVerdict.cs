using Collimate.Data.Scenes;

namespace Collimate.Evaluation;

/// <summary>One question of an evaluation, and whether it was answered exactly.</summary>
/// <param name="Scene">The scene's number within its split.</param>
/// <param name="Number">The question's number within the scene, from 0.</param>
/// <param name="Question">The question with its true answer.</param>
/// <param name="IsRight">Whether greedy decoding would give exactly the true answer.</param>
public sealed record SceneVerdict(int Scene, int Number, SceneQuestion Question, bool IsRight);
