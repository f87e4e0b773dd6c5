using Collimate.Data;

namespace Collimate.Evaluation.Metrics.Answers;

/// <summary>VQA accuracy: an answer is right to the degree that people gave it, three of them making it wholly right.</summary>
/// <remarks>
/// Antol et al. 2015, Goyal et al. 2017. The people are left out one at a time: the answer is compared with the other nine, min(1, matches / 3), and the mean is taken over the ten; so three people who agree
/// are worth 0.9. The official evaluation compares answers as they are where all people agree word for word.
/// </remarks>
public static class VqaAccuracy
{
    private const double Enough = 3;

    /// <summary>Scores one answer.</summary>
    /// <param name="answer">The model's answer.</param>
    /// <param name="people">The people's answers.</param>
    /// <param name="protocol">The protocol.</param>
    /// <returns>0 to 1.</returns>
    /// <exception cref="DataException">There are no answers to compare with.</exception>
    public static double Of(string answer, IReadOnlyList<string> people, VqaProtocol protocol = VqaProtocol.Official)
    {
        if (people.Count == 0)
        {
            throw new DataException("the question", "nobody answered it; expected at least one answer to compare with");
        }

        var (given, others) = Comparable(answer, people, protocol);
        if (people.Count == 1)
        {
            return given == others[0] ? 1 : 0;
        }

        var matches = others.Count(other => other == given);
        var sum = 0.0;
        foreach (var left in others)
        {
            sum += Math.Min(1, (matches - (left == given ? 1 : 0)) / Enough);
        }

        return sum / others.Length;
    }

    /// <summary>Scores a set.</summary>
    /// <param name="questions">The questions.</param>
    /// <param name="answers">The model's answer by the question's id.</param>
    /// <param name="protocol">The protocol.</param>
    /// <exception cref="DataException">A question has no answer, an answer no question, or two questions share an id.</exception>
    public static VqaScores Score(IReadOnlyList<VqaQuestion> questions, IReadOnlyDictionary<string, string> answers, VqaProtocol protocol = VqaProtocol.Official)
    {
        Check(questions, answers);
        double[] scores = [.. questions.Select(question => Of(answers[question.Id], question.Answers, protocol))];
        return new VqaScores(protocol, scores.Average(), By(questions, scores, question => question.QuestionType), By(questions, scores, question => question.AnswerType), scores);
    }

    private static (string Given, string[] Others) Comparable(string answer, IReadOnlyList<string> people, VqaProtocol protocol)
    {
        string[] others = [.. people.Select(VqaNormalization.Strip)];
        return protocol == VqaProtocol.Official && others.Distinct().Count() == 1
            ? (VqaNormalization.Strip(answer), others)
            : (VqaNormalization.Apply(answer, protocol), Array.ConvertAll([.. people], other => VqaNormalization.Apply(other, protocol)));
    }

    private static void Check(IReadOnlyList<VqaQuestion> questions, IReadOnlyDictionary<string, string> answers)
    {
        if (questions.Count == 0)
        {
            throw new DataException("the questions", "there is none to score; give at least one");
        }

        var known = new HashSet<string>();
        foreach (var question in questions)
        {
            if (!known.Add(question.Id))
            {
                throw new DataException($"question {question.Id}", "this id stands twice among the questions; every question needs an id of its own");
            }

            if (!answers.ContainsKey(question.Id))
            {
                throw new DataException($"question {question.Id}", "the model did not answer it; every question must be answered, if by an empty answer, for figures to be comparable");
            }
        }

        if (answers.Keys.FirstOrDefault(id => !known.Contains(id)) is { } stray)
        {
            throw new DataException($"answer {stray}", "there is no question of this id; check that answers and annotations are of the same split");
        }
    }

    private static SortedDictionary<string, double> By(IReadOnlyList<VqaQuestion> questions, double[] scores, Func<VqaQuestion, string> typeOf) => new(
        questions.Zip(scores).Where(one => typeOf(one.First).Length > 0).GroupBy(one => typeOf(one.First)).ToDictionary(group => group.Key, group => group.Average(one => one.Second)), StringComparer.Ordinal);
}
