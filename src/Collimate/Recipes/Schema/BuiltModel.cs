using Collimate.Alignment;
using Collimate.Alignment.Towers;
using Collimate.Data.Conversations;
using Collimate.Imaging;
using Collimate.Tokenization;
using Collimate.Torch;

namespace Collimate.Recipes.Schema;

/// <summary>A model with everything needed to speak to it.</summary>
/// <param name="Model">The model.</param>
/// <param name="Tokenizer">Its decoder's tokenizer.</param>
/// <param name="Template">How conversations are written for it.</param>
/// <param name="Processor">Prepares pictures for its tower; null without eyes.</param>
public sealed record BuiltModel(VisionLanguageModel Model, BytePairTokenizer Tokenizer, ChatTemplate Template, ImageProcessor? Processor) : IDisposable
{
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
        var conditioning = Seams.Conditioning.Create(recipe.Conditioning, context);
        var vision = Seams.Vision.Create(recipe.Vision, context);
        var language = LanguageParts.Table.Create(recipe.Language, context);
        context = context with { VisionWidth = vision.Width, HiddenWidth = language.Model.Config.HiddenSize };
        var attention = Seams.Attention.Create(recipe.Attention, context);
        if (attention.RevealsAnswers)
        {
            throw new RecipeException(recipe.Attention!.Location, "this attention lets a position see what it is to predict, so the model could not generate; take prefix or causal here, and name it in a stage (attention: below stages) to train with it.");
        }

        var model = new VisionLanguageModel(
            conditioning, vision, Seams.Connector.Create(recipe.Connector, context), language.Model, Seams.Composition.Create(recipe.Composition, context),
            attention, Seams.Fusion.Create(recipe.Fusion, context), language.Tokenizer.PadId);
        return new BuiltModel(model, language.Tokenizer, language.Template, Processor(recipe, context, vision));
    }

    private static ImageProcessor? Processor(ModelRecipe recipe, SeamContext context, IVisionTower vision) =>
        vision is NoTower ? null : ImageProcessor.Load(context.VisionFolder(((EncoderTowerOptions)Seams.Vision.Read(recipe.Vision).Options!).Path));
}
