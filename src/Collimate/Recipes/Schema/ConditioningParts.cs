using System.Globalization;
using Collimate.Alignment.Conditioning;
using Collimate.Alignment.Reading;
using Collimate.Alignment.Towers;
using Collimate.Torch;

namespace Collimate.Recipes.Schema;

/// <summary>Makes what lets text steer the tower, of a recipe's options.</summary>
internal static class ConditioningParts
{
    /// <summary>Where a trained model's folder keeps the shape of what reads the question.</summary>
    public const string Place = "conditioning";

    /// <summary>A zero-gated prefix.</summary>
    public static IConditioning Prefix(PrefixOptions options, SeamContext context)
    {
        var tower = Tower(context);
        var layers = Layers(options.Layers, tower);
        return Owning(options.Text, context, reader => new PrefixConditioning(reader, options.Question, options.Length, tower, layers, context.Generator), "layers");
    }

    /// <summary>Text tokens behind the patches.</summary>
    public static IConditioning TextTokens(TextTokenOptions options, SeamContext context)
    {
        var tower = Tower(context);
        return Owning(options.Text, context, reader => new TextTokenConditioning(reader, options.Question, options.Length, options.KeepTextRows, tower, context.Generator), "text");
    }

    private static EncoderTower Tower(SeamContext context) => context.Tower as EncoderTower ?? throw new MisfitException(
        $"text steers a single transformer (vision: encoder of a CLIP, SigLIP, DINOv2 or ViT checkpoint), and the model's tower is {Name(context.Tower)}; take such a tower, or conditioning: none");

    private static string Name(IVisionTower? tower) => tower switch
    {
        FusedTower => "several (fused)", MultiScaleTower => "one of several scales (multi_scale)", ResNetTower => "a residual network", _ => "none",
    };

    private static IConditioning Owning(RecipeNode text, SeamContext context, Func<ITextReader, IConditioning> make, string key)
    {
        var reader = ReaderParts.Table.Create(text, context with { ReaderPlace = Place });
        try
        {
            return make(reader);
        }
        catch (ArgumentException wrong)
        {
            (reader as Module)?.Dispose();
            throw new MisfitException(wrong.Message, key);
        }
    }

    // A number counts from the last layer that is used; a list names layers from 0.
    private static int[] Layers(RecipeNode? node, EncoderTower tower)
    {
        var used = tower.LayersRead;
        switch (node)
        {
            case null or RecipeScalar { IsNull: true }:
                return [.. Enumerable.Range(0, used)];
            case RecipeScalar scalar when Number(scalar) is { } count:
                return count >= 1 && count <= used ? [.. Enumerable.Range(used - count, count)] : throw scalar.Error($"expected a number of layers from 1 to {used}, as many as the tower's features depend on; found {count}.");
            case RecipeList list:
                return [.. list.Items.Select(item => item is RecipeScalar one && Number(one) is { } number
                    ? number >= 0 && number < used ? number : throw item.Error($"there is no layer {number}; the tower's features depend on layers 0 to {used - 1} (of {tower.Config.LayerCount}).")
                    : throw item.Error($"expected the number of a layer, found {item.Description}."))];
            default:
                throw node.Error($"expected how many layers, counted from the last, or a list of layers' numbers; found {node.Description}.");
        }
    }

    private static int? Number(RecipeScalar scalar) => !scalar.IsQuoted && int.TryParse(scalar.Text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) ? number : null;
}
