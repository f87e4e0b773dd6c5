namespace Collimate.Recipes.Schema;

/// <summary>What tells, before the first stage and after each, whether the decoder still speaks as it did: text that it is not trained on.</summary>
public sealed record RetentionRecipe : IValidatedOptions
{
    /// <summary>Files of plain text whose perplexity is measured.</summary>
    public IReadOnlyList<string>? Texts { get; init; }

    /// <summary>Tokens of a window; the decoder's whole context where silent.</summary>
    [RecipeRange(2)]
    public int? Context { get; init; }

    /// <summary>Conversations whose answers' perplexity is measured; without pictures, as they are to tell of language alone.</summary>
    public RecipeNode? Data { get; init; }

    /// <summary>How many of them.</summary>
    [RecipeRange(1)]
    public int Samples { get; init; } = 64;

    /// <summary>A folder of multiple-choice questions in MMLU's layout.</summary>
    public string? Mmlu { get; init; }

    /// <summary>Examples shown before each of these questions.</summary>
    [RecipeRange(0, 64)]
    public int Shots { get; init; } = 5;

    /// <summary>The most questions of a subject; all where silent.</summary>
    [RecipeRange(1)]
    public int? QuestionsPerSubject { get; init; }

    /// <inheritdoc/>
    public IEnumerable<(string Key, string Message)> Validate()
    {
        if (Texts is not { Count: > 0 } && Data is null && Mmlu is null)
        {
            yield return (nameof(Texts), "is missing; name files of plain text, conversations (data:), or a folder of multiple-choice questions (mmlu:).");
        }
    }
}
