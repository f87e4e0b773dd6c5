using Collimate.Alignment;
using Collimate.Alignment.Connectors;
using Collimate.Alignment.Towers;
using Collimate.Data.Conversations;
using Collimate.Imaging;
using Collimate.Models.Llava;
using Collimate.Tokenization;
using Collimate.Torch;

namespace Collimate.Recipes.Schema;

/// <summary>A model with everything needed to speak to it.</summary>
/// <param name="Model">The model.</param>
/// <param name="Tokenizer">Its decoder's tokenizer.</param>
/// <param name="Template">How conversations are written for it.</param>
/// <param name="Processor">Prepares pictures for its tower; null without eyes.</param>
public sealed record BuiltModel(VisionLanguageModel Model, ITokenizer Tokenizer, ChatTemplate Template, ImageProcessor? Processor) : IDisposable
{
    /// <summary>The LLaVA configuration that the model was made by, or null where it was not.</summary>
    public LlavaConfig? Llava { get; init; }

    /// <inheritdoc/>
    public void Dispose() => Model.Dispose();
}

/// <summary>Puts a model together as a recipe says.</summary>
public static class ModelBuilder
{
    /// <summary>Builds the model.</summary>
    /// <param name="recipe">The recipe's model.</param>
    /// <param name="folder">Where its relative paths start from.</param>
    /// <param name="seed">Draws the weights of fresh parts.</param>
    /// <param name="modelFolder">A trained model's folder, to take the parts' configurations (and no weights) from; null to read the parts' own checkpoints.</param>
    /// <exception cref="RecipeException">A choice is unknown or does not fit another.</exception>
    public static BuiltModel Build(ModelRecipe recipe, string folder, long seed, string? modelFolder = null)
    {
        using var generator = new Generator((ulong)seed);
        var context = new SeamContext(folder, generator, 0, 0, modelFolder);
        var start = recipe.From is { } from ? LlavaFolder.Begin(context.Resolve(from), modelFolder) : null;
        var vision = start?.Model.Vision ?? MisfitException.At(recipe.Vision, () => Seams.Vision.Create(recipe.Vision, context));
        var language = start is null ? LanguageParts.Table.Create(recipe.Language, context) : new LanguagePart(start.Model.Language, start.Tokenizer, start.Template);
        context = context with { VisionWidth = vision.Width, HiddenWidth = language.Model.Config.HiddenSize, Tower = vision, Language = language.Model.Config };
        var attention = Seams.Attention.Create(recipe.Attention, context);
        if (attention.RevealsAnswers)
        {
            throw new RecipeException(recipe.Attention!.Location, "this attention lets a position see what it is to predict, so the model could not generate; take prefix or causal here, and name it in a stage (attention: below stages) to train with it.");
        }

        // Conditioning is drawn last: the other parts then begin alike with it and without.
        var (connector, composition, fusion) = (Connector(recipe, context, start), Seams.Composition.Create(recipe.Composition, context), FusionParts.Create(recipe.Fusion, context));
        var conditioning = MisfitException.At(recipe.Conditioning, () => Seams.Conditioning.Create(recipe.Conditioning, context));
        MisfitException.At(recipe.Connector, () => ConnectorParts.Checked(connector, vision.TokenCount + conditioning.KeptTokens));
        var model = new VisionLanguageModel(
            conditioning, vision, connector, language.Model, composition,
            attention, fusion, start?.Model.PadTokenId ?? (language.Tokenizer.PadOrNone() ?? 0)) // padding is never seen, so any token will do
        {
            Positions = recipe.Positions,
        };
        FusionChecks.Check(recipe, model);
        AdapterParts.Attach(recipe, model, seed);
        return new BuiltModel(model, language.Tokenizer, language.Template, start is null ? Processor(recipe, context, vision) : start.Processor) { Llava = start?.Llava };
    }

    private static IConnector Connector(ModelRecipe recipe, SeamContext context, BuiltModel? start)
    {
        if (start is null || recipe.Connector is null)
        {
            return start?.Model.Connector ?? MisfitException.At(recipe.Connector, () => Seams.Connector.Create(recipe.Connector, context));
        }

        (start.Model.Connector as Module)?.Dispose();
        return MisfitException.At(recipe.Connector, () => Seams.Connector.Create(recipe.Connector, context));
    }

    private static ImageProcessor? Processor(ModelRecipe recipe, SeamContext context, IVisionTower vision) =>
        vision is NoTower ? null : new ImageProcessor(VisionParts.Preprocessing(Seams.Vision.Read(recipe.Vision).Options!, context));
}
