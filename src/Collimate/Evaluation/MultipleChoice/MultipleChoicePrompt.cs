using System.Text;
using Collimate.Tokenization;

namespace Collimate.Evaluation.MultipleChoice;

/// <summary>How a multiple-choice question is put, as MMLU's authors put it: examples with their letters first, the question last, its letter to follow.</summary>
public static class MultipleChoicePrompt
{
    /// <summary>The text before the letter.</summary>
    /// <param name="subject">The subject; underscores are read as spaces.</param>
    /// <param name="examples">Questions that are shown with their answers.</param>
    /// <param name="question">The question that is asked.</param>
    public static string Of(string subject, IEnumerable<MultipleChoiceQuestion> examples, MultipleChoiceQuestion question)
    {
        var text = new StringBuilder($"The following are multiple choice questions (with answers) about {subject.Replace('_', ' ')}.\n\n");
        foreach (var example in examples)
        {
            Add(text, example).Append($" {MultipleChoiceQuestion.Letter(example.Right)}\n\n");
        }

        return Add(text, question).ToString();
    }

    /// <summary>The tokens of a question with as many examples as fit into the context.</summary>
    /// <param name="tokenizer">The decoder's tokenizer.</param>
    /// <param name="subject">The subject.</param>
    /// <param name="shots">The most examples.</param>
    /// <param name="question">The question.</param>
    /// <param name="context">The most tokens, the letter among them.</param>
    /// <returns>A continuation a choice, or null where not even the question alone fits.</returns>
    internal static Language.Continuation[]? Tokens(ITokenizer tokenizer, MultipleChoiceSubject subject, int shots, MultipleChoiceQuestion question, int context)
    {
        for (var shown = Math.Min(shots, subject.Examples.Count); shown >= 0; shown--)
        {
            var prompt = Of(subject.Name, subject.Examples.Take(shown), question);
            var answers = Enumerable.Range(0, question.Choices.Count).Select(choice => Ids(tokenizer, $"{prompt} {MultipleChoiceQuestion.Letter(choice)}")).ToArray();
            if (answers.Max(ids => ids.Length) <= context)
            {
                // What all four begin with is the prompt as the tokenizer sees it: a blank may belong to the letter.
                var shared = Enumerable.Range(0, answers.Min(ids => ids.Length)).TakeWhile(at => Array.TrueForAll(answers, ids => ids[at] == answers[0][at])).Count();
                return [.. answers.Select(ids => new Language.Continuation(ids[..shared], ids[shared..]))];
            }
        }

        return null;
    }

    private static int[] Ids(ITokenizer tokenizer, string text) =>
        [.. tokenizer.BosId is { } bos ? [bos] : Array.Empty<int>(), .. tokenizer.EncodeWithOffsets(text, recogniseAdded: false).Select(token => token.Id)];

    private static StringBuilder Add(StringBuilder text, MultipleChoiceQuestion question)
    {
        text.Append(question.Text);
        foreach (var (at, choice) in question.Choices.Index())
        {
            text.Append($"\n{MultipleChoiceQuestion.Letter(at)}. {choice}");
        }

        return text.Append("\nAnswer:");
    }
}
