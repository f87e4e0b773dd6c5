using Collimate.Alignment;

namespace Collimate.Recipes.Schema;

/// <summary>Options of a zero-gated text prefix in the vision tower.</summary>
public sealed record PrefixOptions
{
    /// <summary>What reads the question: <c>decoder</c> (its own embeddings), <c>bert</c> or <c>t5</c>; the last two with <c>path</c>.</summary>
    public required RecipeNode Text { get; init; }

    /// <summary>Layers of the tower that look at the prefix: how many, counted from the last that is used, or a list of numbers from 0; all where silent.</summary>
    public RecipeNode? Layers { get; init; }

    /// <summary>How many vectors a prefix has: the most tokens of a question that are read.</summary>
    [RecipeRange(1, 1024)]
    public int Length { get; init; } = 32;

    /// <summary>Which question of a conversation: <c>first</c>, of the exchange in which the picture stands, or <c>last</c>.</summary>
    public QuestionTurn Question { get; init; }
}

/// <summary>Options of the question's tokens behind the patches.</summary>
public sealed record TextTokenOptions
{
    /// <summary>What reads the question: <c>decoder</c> (its own embeddings), <c>bert</c> or <c>t5</c>; the last two with <c>path</c>.</summary>
    public required RecipeNode Text { get; init; }

    /// <summary>The most tokens of a question that are read.</summary>
    [RecipeRange(1, 1024)]
    public int Length { get; init; } = 64;

    /// <summary>Whether the tower hands the text's tokens on behind the patches, as the released program does.</summary>
    public bool KeepTextRows { get; init; }

    /// <summary>Which question of a conversation: <c>first</c>, of the exchange in which the picture stands, or <c>last</c>.</summary>
    public QuestionTurn Question { get; init; }
}

/// <summary>Options of a text encoder that reads questions.</summary>
public sealed record EncoderReaderOptions
{
    /// <summary>The checkpoint folder in Hugging Face's layout, with its <c>tokenizer.json</c>.</summary>
    public required string Path { get; init; }

    /// <summary>Which hidden state: -1 is the last, -2 the one before.</summary>
    [RecipeRange(-64, -1)]
    public int Layer { get; init; } = -1;
}
