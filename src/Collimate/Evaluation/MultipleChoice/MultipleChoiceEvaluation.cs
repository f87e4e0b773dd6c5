using Collimate.Alignment;
using Collimate.Evaluation.Language;
using Collimate.Tokenization;

namespace Collimate.Evaluation.MultipleChoice;

/// <summary>How one subject went.</summary>
/// <param name="Name">The subject.</param>
/// <param name="Category">What it is reported under.</param>
/// <param name="Right">Questions answered rightly.</param>
/// <param name="Asked">Questions asked.</param>
/// <param name="TooLong">How many of them did not fit into the context; they count as wrong.</param>
public sealed record SubjectScore(string Name, string Category, int Right, int Asked, int TooLong)
{
    /// <summary>The share of right answers, 0 to 1.</summary>
    public double Accuracy => (double)Right / Asked;
}

/// <summary>How all subjects went.</summary>
/// <param name="Subjects">Every subject.</param>
public sealed record MultipleChoiceScore(IReadOnlyList<SubjectScore> Subjects)
{
    /// <summary>The share of right answers over all questions, each weighing the same: the figure that MMLU's authors report.</summary>
    public double Accuracy => (double)Subjects.Sum(subject => subject.Right) / Subjects.Sum(subject => subject.Asked);

    /// <summary>The mean over the subjects, each weighing the same.</summary>
    public double SubjectMean => Subjects.Average(subject => subject.Accuracy);

    /// <summary>The share of right answers by category, over its questions.</summary>
    public IReadOnlyDictionary<string, double> Categories => Subjects.GroupBy(subject => subject.Category)
        .ToDictionary(group => group.Key, group => (double)group.Sum(subject => subject.Right) / group.Sum(subject => subject.Asked));
}

/// <summary>Asks multiple-choice questions: the answer is the letter that the model finds likeliest to follow.</summary>
public static class MultipleChoiceEvaluation
{
    /// <summary>Asks all questions.</summary>
    /// <param name="model">The model; it is shown no picture.</param>
    /// <param name="tokenizer">Its decoder's tokenizer.</param>
    /// <param name="subjects">What is asked.</param>
    /// <param name="shots">How many examples are shown before a question, at most; fewer where the context is too short for them.</param>
    /// <param name="limit">The most questions of a subject; all where null.</param>
    /// <param name="progress">Is told how many questions are done.</param>
    /// <param name="cancellation">Ends the work early.</param>
    public static MultipleChoiceScore Run(
        VisionLanguageModel model, ITokenizer tokenizer, IReadOnlyList<MultipleChoiceSubject> subjects, int shots = 5, int? limit = null,
        Action<int>? progress = null, CancellationToken cancellation = default)
    {
        var scores = new List<SubjectScore>();
        var before = 0;
        foreach (var subject in subjects)
        {
            var questions = subject.Questions.Take(limit ?? int.MaxValue).ToArray();
            var asked = questions.Select(question => MultipleChoicePrompt.Tokens(tokenizer, subject, shots, question, model.Language.Config.MaxPositions)).ToArray();
            var likeliest = new Queue<int>(Continuations.Likeliest(model, [.. asked.OfType<Continuation[]>()], done => progress?.Invoke(before + done), cancellation));
            var right = questions.Zip(asked).Count(pair => pair.Second is not null && likeliest.Dequeue() == pair.First.Right);
            scores.Add(new SubjectScore(subject.Name, MmluCategories.Of(subject.Name), right, questions.Length, asked.Count(one => one is null)));
            before += questions.Length;
            progress?.Invoke(before);
        }

        return new MultipleChoiceScore(scores);
    }
}
