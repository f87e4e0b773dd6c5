namespace Collimate.Evaluation.Metrics.Answers;

/// <summary>A question and what people answered.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Answers">The people's answers, ten in VQA's data.</param>
/// <param name="QuestionType">What it begins with, such as "how many"; empty where not told.</param>
/// <param name="AnswerType">yes/no, number or other; empty where not told.</param>
public sealed record VqaQuestion(string Id, IReadOnlyList<string> Answers, string QuestionType = "", string AnswerType = "");
