using Collimate.Recipes;

namespace Collimate.Alignment.Composition.TokenMixer;

/// <summary>Which reading of TokenMixer.</summary>
public enum TokenMixerVariant
{
    /// <summary>Only words of the question that a picture stands in attract its tokens; system text and role markers stay where they are.</summary>
    Ours,

    /// <summary>The paper's text: everything before the answer attracts, its opening token apart; threshold 0.1.</summary>
    Paper,

    /// <summary>The authors' program: as the paper, but the opening token and the blank after it attract nothing; threshold 0.08.</summary>
    Authors,
}

/// <summary>On which side of its word a matched image token stands.</summary>
public enum ImageSide
{
    /// <summary>Just before the word, as the paper's text and the authors' program have it.</summary>
    Before,

    /// <summary>Just after it, as the paper's Algorithm 1 has it.</summary>
    After,
}

/// <summary>Where image tokens stand that are like no word.</summary>
public enum UnmatchedPlace
{
    /// <summary>Before everything that may move: the question and its pictures.</summary>
    First,

    /// <summary>Where their picture's marker stood.</summary>
    InPlace,
}

/// <summary>Options of <see cref="TokenMixerComposition"/>.</summary>
public sealed record TokenMixerOptions : IValidatedOptions
{
    /// <summary>The least cosine at which an image token moves to a word; 0.1 where silent (0.08 for the variant <c>authors</c>).</summary>
    [RecipeRange(-1, 1)]
    public double? Threshold { get; init; }

    /// <summary>On which side of its word a matched image token stands: <c>before</c> or <c>after</c>.</summary>
    public ImageSide Images { get; init; } = ImageSide.Before;

    /// <summary>Which reading: <c>ours</c>, <c>paper</c> or <c>authors</c>.</summary>
    public TokenMixerVariant Variant { get; init; } = TokenMixerVariant.Ours;

    /// <summary>Where image tokens stand that are like no word: <c>first</c> or <c>in_place</c>.</summary>
    public UnmatchedPlace Unmatched { get; init; } = UnmatchedPlace.First;

    /// <summary>What is compared: <c>decoder</c> (the decoder's input embeddings) or <c>{ type: text_tower, path: … }</c> (a dual encoder's joint space).</summary>
    public RecipeNode? Space { get; init; }

    /// <summary>The threshold in force.</summary>
    public double LeastCosine => Threshold ?? (Variant == TokenMixerVariant.Authors ? 0.08 : 0.1);

    /// <inheritdoc/>
    public IEnumerable<(string Key, string Message)> Validate()
    {
        if (Variant != TokenMixerVariant.Ours && Unmatched != UnmatchedPlace.First)
        {
            yield return (nameof(Unmatched), $"the variant '{Variant.ToString().ToLowerInvariant()}' puts image tokens that are like no word first; leave unmatched out, or take variant: ours.");
        }
    }
}
