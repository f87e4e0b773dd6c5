namespace Collimate.Evaluation.Metrics.Answers;

/// <summary>VQA accuracy of a set of questions, 0 to 1.</summary>
/// <param name="Protocol">The protocol.</param>
/// <param name="Overall">The mean over all questions.</param>
/// <param name="QuestionTypes">The mean by type of question.</param>
/// <param name="AnswerTypes">The mean by type of answer.</param>
/// <param name="Questions">The figure of each question, in their order.</param>
public sealed record VqaScores(
    VqaProtocol Protocol, double Overall, IReadOnlyDictionary<string, double> QuestionTypes, IReadOnlyDictionary<string, double> AnswerTypes, IReadOnlyList<double> Questions);
