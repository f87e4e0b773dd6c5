namespace Collimate.Data.Scenes;

/// <summary>What questions of one kind yield to someone who does not look.</summary>
/// <param name="Kind">The kind.</param>
/// <param name="Asked">How many questions were scored.</param>
/// <param name="Share">Their share of all questions.</param>
/// <param name="Answers">How many different answers were right at least once.</param>
/// <param name="Majority">Accuracy of always giving the kind's most common answer.</param>
/// <param name="Blind">Accuracy of giving the best answer to the question's very words, as learnt from other scenes (the kind's most common one for words never met).</param>
public sealed record SceneBaseline(QuestionKind Kind, int Asked, double Share, int Answers, double Majority, double Blind);
