using Collimate.Data.Puzzles;

namespace Collimate.Alignment.Reasoning;

/// <summary>The shape of a <see cref="PuzzleReasoner"/>; the values here are those of "On Vision-Language Reasoners" at full size.</summary>
public sealed record ReasonerShape
{
    /// <summary>The puzzles that are answered, in the order of their heads.</summary>
    public required IReadOnlyList<PuzzleKind> Puzzles { get; init; }

    /// <summary>Width of each tower's features; none where no picture is looked at.</summary>
    public required IReadOnlyList<int> PictureWidths { get; init; }

    /// <summary>Width of a question's tokens; null where no question is read.</summary>
    public required int? QuestionWidth { get; init; }

    /// <summary>Width of a picture's and a question's vector, and of what they become together.</summary>
    public int Width { get; init; } = 128;

    /// <summary>Whose layers and non-linearities.</summary>
    public ReasonerForm Form { get; init; } = ReasonerForm.Smarter;

    /// <summary>What makes one vector of a picture.</summary>
    public PictureHead Head { get; init; } = PictureHead.PerPuzzle;

    /// <summary>What makes one vector of a question.</summary>
    public QuestionSummaryKind Summary { get; init; } = QuestionSummaryKind.Gru;

    /// <summary>Width of the recurrent unit's state in one direction, and inside the other blocks.</summary>
    public int Inner { get; init; } = 256;

    /// <summary>The places that the recurrent unit's mean is taken over, beyond a question's own tokens too, as in SMART-101 (110); a question's own where null.</summary>
    public int? SummaryPlaces { get; init; }

    /// <summary>The layer in which the question looks at the picture.</summary>
    public QfForm Qf { get; init; } = QfForm.None;

    /// <summary>Attention heads.</summary>
    public int Heads { get; init; } = 2;

    /// <summary>Learnt queries of the heads and summaries that have some.</summary>
    public int Queries { get; init; } = 8;

    /// <summary>Whether answers are classes or one number.</summary>
    public AnswerForm Answers { get; init; } = AnswerForm.Classes;

    /// <summary>The chance of a number to be left out where dropout stands.</summary>
    public double Dropout { get; init; } = 0.2;

    /// <summary>Added to the variance in every norm.</summary>
    public double NormEpsilon { get; init; } = 1e-6;
}

/// <summary>Whose layers and non-linearities a reasoner has.</summary>
public enum ReasonerForm
{
    /// <summary>"On Vision-Language Reasoners": GELU, layer norms around the fusion, gated recurrent units for sequences.</summary>
    Smarter,

    /// <summary>SMART-101's baseline: ReLU, no norms, LSTMs for sequences.</summary>
    Baseline,
}

/// <summary>What makes one vector of a picture.</summary>
public enum PictureHead
{
    /// <summary>Two linear layers of each puzzle's own.</summary>
    PerPuzzle,

    /// <summary>Two linear layers for all puzzles.</summary>
    Shared,

    /// <summary>A Q-Former for all puzzles.</summary>
    QFormer,

    /// <summary>A perceiver resampler for all puzzles.</summary>
    Perceiver,
}

/// <summary>What makes one vector of a question.</summary>
public enum QuestionSummaryKind
{
    /// <summary>A gated recurrent unit from both ends, its states' mean, and a linear layer.</summary>
    Gru,

    /// <summary>The tokens' mean and two linear layers.</summary>
    Mean,

    /// <summary>Learnt queries that look at the tokens, and a linear layer.</summary>
    Queries,
}

/// <summary>The layer in which the question looks at the picture ("QF").</summary>
public enum QfForm
{
    /// <summary>There is none.</summary>
    None,

    /// <summary>As the paper describes it: the question's tokens see each other, then the picture's patches.</summary>
    Real,

    /// <summary>As the published code computes it: a linear layer of the picture's vector, whatever the question.</summary>
    Parity,
}

/// <summary>What an answer is to a reasoner.</summary>
public enum AnswerForm
{
    /// <summary>One of the puzzle's classes.</summary>
    Classes,

    /// <summary>A number, rounded down; sequences remain classes.</summary>
    Values,
}
