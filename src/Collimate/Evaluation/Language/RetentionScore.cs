using Collimate.Evaluation.MultipleChoice;

namespace Collimate.Evaluation.Language;

/// <summary>How a decoder speaks at one moment of a run.</summary>
/// <param name="After">After which stage; <see cref="Start"/> before the first.</param>
public sealed record RetentionScore(string After)
{
    /// <summary>The moment before the first stage.</summary>
    public const string Start = "start";

    /// <summary>The perplexity of plain text.</summary>
    public double? TextPerplexity { get; init; }

    /// <summary>The surprise of a byte of plain text, in bits.</summary>
    public double? BitsPerByte { get; init; }

    /// <summary>The perplexity of answers in conversations without pictures.</summary>
    public double? AnswerPerplexity { get; init; }

    /// <summary>The share of these answers that would be given exactly.</summary>
    public double? ExactAnswers { get; init; }

    /// <summary>The share of multiple-choice questions answered rightly, over all questions.</summary>
    public double? MultipleChoice { get; init; }

    /// <summary>The same by category.</summary>
    public IReadOnlyDictionary<string, double>? Categories { get; init; }

    /// <summary>The score with what plain text came to.</summary>
    public RetentionScore With(PerplexityScore text) => this with { TextPerplexity = text.Perplexity, BitsPerByte = text.BitsPerByte };

    /// <summary>The score with what multiple-choice questions came to.</summary>
    public RetentionScore With(MultipleChoiceScore questions) => this with { MultipleChoice = questions.Accuracy, Categories = questions.Categories };

    /// <summary>What was measured, by name: <c>bits_per_byte</c>.</summary>
    public IEnumerable<(string Name, double Value)> Measures
    {
        get
        {
            (string, double?)[] all =
            [
                ("text_perplexity", TextPerplexity), ("bits_per_byte", BitsPerByte), ("answer_perplexity", AnswerPerplexity), ("exact_answers", ExactAnswers), ("multiple_choice", MultipleChoice),
            ];
            return all.Where(one => one.Item2 is not null).Select(one => (one.Item1, one.Item2!.Value));
        }
    }
}
