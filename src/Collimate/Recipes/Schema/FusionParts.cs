using Collimate.Alignment.Fusion;
using Collimate.Alignment.Fusion.CrossAttention;
using Collimate.Alignment.Fusion.InverseLlava;

namespace Collimate.Recipes.Schema;

/// <summary>Makes what brings vision into the decoder's layers.</summary>
internal static class FusionParts
{
    /// <summary>The fusion that a recipe names.</summary>
    /// <param name="node">The recipe's choice, or null.</param>
    /// <param name="context">The decoder's shape and the patches' width.</param>
    /// <exception cref="RecipeException">It does not fit the decoder.</exception>
    public static IFusion Create(RecipeNode? node, SeamContext context)
    {
        var choice = Seams.Fusion.Read(node);
        var layers = context.Language!.LayerCount;
        var (key, fault) = choice.Options switch
        {
            InverseLlavaOptions options => ("layers", options.FaultIn(layers)),
            CrossAttentionOptions options => ("every", options.FaultIn(layers)),
            _ => ("", null),
        };
        return fault is null ? choice.Build(context) : throw (choice.Node is RecipeMap map ? map.ErrorAt(key, fault) : choice.Node.Error(fault));
    }

    /// <summary>Inverse-LLaVA.</summary>
    public static IFusion InverseLlava(InverseLlavaOptions options, SeamContext context) => new InverseLlavaFusion(options, context.Language!, context.VisionWidth, context.Generator);

    /// <summary>Gated cross-attention.</summary>
    public static IFusion CrossAttention(CrossAttentionOptions options, SeamContext context) => new CrossAttentionFusion(options, context.Language!, context.Generator);
}
