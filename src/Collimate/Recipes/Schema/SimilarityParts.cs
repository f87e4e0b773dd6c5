using Collimate.Alignment.Composition.TokenMixer;

namespace Collimate.Recipes.Schema;

/// <summary>Makes compositions that compare image tokens with words, and the spaces they compare them in.</summary>
internal static class SimilarityParts
{
    /// <summary>Where a trained model's folder keeps the shape and the tokenizer of such a space.</summary>
    internal const string Folder = "similarity";

    private static readonly SeamTable<SeamContext, TextTowerSpace?> Spaces = new SeamTable<SeamContext, TextTowerSpace?>("space", "decoder")
        .Register("decoder", _ => null)
        .Register<TextTowerOptions>("text_tower", (options, context) => context.ModelFolder is { } trained
            ? TextTowerSpace.Load(Path.Combine(trained, Folder), withWeights: false)
            : TextTowerSpace.Load(context.Resolve(options.Path)));

    /// <summary>TokenMixer as a recipe describes it.</summary>
    public static TokenMixerComposition TokenMixer(TokenMixerOptions options, SeamContext context) => new(options, Spaces.Create(options.Space, context));
}

/// <summary>Options of a dual encoder as the space in which patches and words are compared.</summary>
public sealed record TextTowerOptions
{
    /// <summary>A CLIP or SigLIP checkpoint folder in Hugging Face's layout, both towers; its preprocessing must be that of the model's own tower.</summary>
    public required string Path { get; init; }
}
