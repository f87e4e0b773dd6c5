using Collimate.Alignment.Reasoning;
using Collimate.Data.Puzzles;
using Collimate.Planning;

namespace Collimate.Recipes.Schema;

/// <summary>A recipe that trains a reasoner on algorithmic puzzles; it has a <c>reasoner:</c> section at its top.</summary>
public sealed record ReasonerRecipe
{
    /// <summary>The recipe's name, shown in reports.</summary>
    public required string Name { get; init; }

    /// <summary>What it is, in a sentence.</summary>
    public string Description { get; init; } = "";

    /// <summary>Every random draw of the run follows from this number.</summary>
    public long Seed { get; init; } = 1;

    /// <summary>The reasoner.</summary>
    public required ReasonerOptions Reasoner { get; init; }

    /// <summary>What it is trained on.</summary>
    public required PuzzleDataOptions Data { get; init; }

    /// <summary>How it is trained.</summary>
    public required ReasonerStage Training { get; init; }
}

/// <summary>A reasoner's parts.</summary>
public sealed record ReasonerOptions : IValidatedOptions
{
    /// <summary>What looks at the picture; nothing does where silent.</summary>
    public ReasonerImageOptions? Image { get; init; }

    /// <summary>What reads the question; nothing does where silent.</summary>
    public ReasonerQuestionOptions? Question { get; init; }

    /// <summary>Whose layers and non-linearities.</summary>
    public ReasonerForm Form { get; init; } = ReasonerForm.Smarter;

    /// <summary>Width of a picture's and a question's vector, and of what they become together.</summary>
    [RecipeRange(1)]
    public int Width { get; init; } = 128;

    /// <summary>Width of the recurrent unit's state in one direction, and inside the other blocks.</summary>
    [RecipeRange(1)]
    public int Inner { get; init; } = 256;

    /// <summary>The layer in which the question looks at the picture: none, real, or parity with the published code.</summary>
    public QfForm Qf { get; init; } = QfForm.None;

    /// <summary>Attention heads.</summary>
    [RecipeRange(1)]
    public int Heads { get; init; } = 2;

    /// <summary>Learnt queries of the heads and summaries that have some.</summary>
    [RecipeRange(1)]
    public int Queries { get; init; } = 8;

    /// <summary>Whether answers are classes or one number.</summary>
    public AnswerForm Answers { get; init; } = AnswerForm.Classes;

    /// <summary>The chance of a number to be left out where dropout stands, in the QF layer.</summary>
    [RecipeRange(0, 1, MaximumExcluded = true)]
    public double Dropout { get; init; } = 0.2;

    /// <inheritdoc/>
    public IEnumerable<(string Key, string Message)> Validate()
    {
        if (Image is null && Question is null)
        {
            yield return ("", "has neither image: nor question:, so there is nothing to reason from; name at least one.");
        }

        if (Qf != QfForm.None && (Image is null || Question is null))
        {
            yield return (nameof(Qf), "lets the question look at the picture, so it needs both image: and question:; say qf: none.");
        }
    }

    /// <summary>The shape for puzzles and senses of given widths.</summary>
    internal ReasonerShape ToShape(IReadOnlyList<PuzzleKind> puzzles, IReadOnlyList<int> pictures, int? question) => new()
    {
        Puzzles = puzzles, PictureWidths = pictures, QuestionWidth = question, Width = Width, Form = Form, Inner = Inner, Qf = Qf, Heads = Heads, Queries = Queries, Answers = Answers,
        Dropout = Dropout, Head = Image?.Head ?? PictureHead.PerPuzzle, Summary = Question?.Summary ?? QuestionSummaryKind.Gru, SummaryPlaces = Question?.Places,
    };
}

/// <summary>What looks at a puzzle's picture.</summary>
public sealed record ReasonerImageOptions : IValidatedOptions
{
    /// <summary>Checkpoint folders, their features side by side in this order; pooling takes the mean over a tower's tokens, with a class token only where its <c>patches</c> are <c>full</c>.</summary>
    public required IReadOnlyList<EncoderTowerOptions> Towers { get; init; }

    /// <summary>What makes one vector of them.</summary>
    public PictureHead Head { get; init; } = PictureHead.PerPuzzle;

    /// <summary>Whether the towers learn too; otherwise every picture is looked at once and remembered. Batch norms keep their statistics either way.</summary>
    public bool Trains { get; init; }

    /// <summary>The towers' learning rate where they learn; that of the rest where silent.</summary>
    [RecipeRange(0, MinimumExcluded = true)]
    public double? LearningRate { get; init; }

    /// <summary>The type of the towers' matrix products.</summary>
    public Precision Precision { get; init; } = Precision.Bf16;

    /// <inheritdoc/>
    public IEnumerable<(string Key, string Message)> Validate()
    {
        if (Towers.Count == 0)
        {
            yield return (nameof(Towers), "names no tower; name at least one, or leave image: out to answer from the question alone.");
        }
    }
}

/// <summary>What reads a puzzle's question.</summary>
public sealed record ReasonerQuestionOptions : IValidatedOptions
{
    /// <summary>Words with vectors that are learnt, BERT, or the text tower of SigLIP, CLIP or the gym's encoder.</summary>
    public QuestionReaderKind Type { get; init; } = QuestionReaderKind.Words;

    /// <summary>The checkpoint folder of BERT or the encoder.</summary>
    public string? Path { get; init; }

    /// <summary>A text file that the words' vectors begin with (GloVe); drawn at random where silent.</summary>
    public string? Vectors { get; init; }

    /// <summary>Width of the words' vectors.</summary>
    [RecipeRange(1)]
    public int Width { get; init; } = 128;

    /// <summary>How often a word has to occur in the training questions to have a vector of its own.</summary>
    [RecipeRange(1)]
    public int LeastCount { get; init; } = 3;

    /// <summary>The most tokens of a question that words and BERT read.</summary>
    [RecipeRange(1)]
    public int MostTokens { get; init; } = 110;

    /// <summary>What makes one vector of them.</summary>
    public QuestionSummaryKind Summary { get; init; } = QuestionSummaryKind.Gru;

    /// <summary>The places that the recurrent unit's mean is taken over, empty ones among them, as SMART-101 does (110); the question's own where silent.</summary>
    [RecipeRange(1)]
    public int? Places { get; init; }

    /// <summary>Whether BERT or the text tower learns too. Words always do.</summary>
    public bool Trains { get; init; }

    /// <inheritdoc/>
    public IEnumerable<(string Key, string Message)> Validate()
    {
        if (Type != QuestionReaderKind.Words && Path is null)
        {
            yield return (nameof(Path), "is missing; give the checkpoint folder of the encoder that reads the question.");
        }

        if (Type == QuestionReaderKind.Words && Path is not null)
        {
            yield return (nameof(Path), "has no meaning for type: words; say vectors: for a file of vectors, or type: bert or tower.");
        }
    }
}

/// <summary>What reads questions.</summary>
public enum QuestionReaderKind
{
    /// <summary>Words with vectors that are learnt.</summary>
    Words,

    /// <summary>BERT.</summary>
    Bert,

    /// <summary>The text tower of a dual encoder.</summary>
    Tower,
}

/// <summary>The puzzles that a reasoner is trained on.</summary>
public sealed record PuzzleDataOptions : IValidatedOptions
{
    /// <summary>The folder of SMART-101, or of generated puzzles in its layout.</summary>
    public required string Path { get; init; }

    /// <summary>Which rows of which puzzles are for training, validation and test.</summary>
    public PuzzleSplitOptions Splits { get; init; } = new();

    /// <summary>Only puzzles of these skills; all where silent. With <c>splits.puzzles</c>, for training without several tasks at once.</summary>
    public IReadOnlyList<PuzzleSkill> Skills { get; init; } = [];

    /// <summary>The most memory in which what frozen parts said of pictures and questions is kept; beyond it they are asked every time.</summary>
    public string FeatureMemory { get; init; } = "4GiB";

    /// <summary>A folder in which it is kept between runs, as in a stage of a vision-language model: true, a folder, or a map with path and limit.</summary>
    public RecipeNode? FeatureCache { get; init; }

    /// <summary><see cref="FeatureMemory"/> in bytes.</summary>
    internal long FeatureBytes => ByteSize.TryParse(FeatureMemory, out var bytes) ? bytes : 0;

    /// <inheritdoc/>
    public IEnumerable<(string Key, string Message)> Validate()
    {
        if (!ByteSize.TryParse(FeatureMemory, out _))
        {
            yield return (nameof(FeatureMemory), $"expected an amount such as 4GiB, found '{FeatureMemory}'.");
        }
    }
}

/// <summary>How a reasoner is trained. The values here are those of "On Vision-Language Reasoners".</summary>
public sealed record ReasonerStage : IValidatedOptions
{
    /// <summary>Optimizer steps; where silent, as many as the epochs take.</summary>
    [RecipeRange(1)]
    public long? Steps { get; init; }

    /// <summary>Passes over the training rows.</summary>
    [RecipeRange(0, MinimumExcluded = true)]
    public double Epochs { get; init; } = 3;

    /// <summary>Puzzles a step.</summary>
    [RecipeRange(1)]
    public int BatchSize { get; init; } = 128;

    /// <summary>Parts that a batch is computed in, each on a core of its own.</summary>
    [RecipeRange(1)]
    public int Pieces { get; init; } = 2;

    /// <summary>The highest learning rate.</summary>
    [RecipeRange(0, MinimumExcluded = true)]
    public double LearningRate { get; init; } = 3e-4;

    /// <summary>AdamW's decay of matrices; with 0 it is Adam.</summary>
    [RecipeRange(0)]
    public double WeightDecay { get; init; } = 0.2;

    /// <summary>The first moment's decay.</summary>
    [RecipeRange(0, 1, MaximumExcluded = true)]
    public double Beta1 { get; init; } = 0.9;

    /// <summary>The second moment's decay.</summary>
    [RecipeRange(0, 1, MaximumExcluded = true)]
    public double Beta2 { get; init; } = 0.98;

    /// <summary>Added to the root of the second moment.</summary>
    [RecipeRange(0, MinimumExcluded = true)]
    public double Epsilon { get; init; } = 1e-8;

    /// <summary>The learning rate's course.</summary>
    public ScheduleKind Schedule { get; init; } = ScheduleKind.Cosine;

    /// <summary>Steps over which the learning rate rises.</summary>
    [RecipeRange(0)]
    public long WarmupSteps { get; init; } = 10;

    /// <summary>The largest norm of all gradients together; 0 leaves them as they are.</summary>
    [RecipeRange(0)]
    public double ClipNorm { get; init; } = 1;

    /// <summary>How it is judged on the way; never where silent, and the last step's model is kept then.</summary>
    public ReasonerValidation? Validation { get; init; }

    /// <inheritdoc/>
    public IEnumerable<(string Key, string Message)> Validate()
    {
        if (Pieces > BatchSize)
        {
            yield return (nameof(Pieces), $"must be at most batch_size, {BatchSize}; found {Pieces}.");
        }
    }
}

/// <summary>How a reasoner is judged while it trains: by the share of validation rows that it solves (S_acc). The best is kept.</summary>
public sealed record ReasonerValidation
{
    /// <summary>Every how many steps, or once a pass over the data.</summary>
    public StepsOrEpoch Every { get; init; }

    /// <summary>Training ends after so many judgements in a row without a better one; 0 never ends it early.</summary>
    [RecipeRange(0)]
    public int Patience { get; init; }
}
