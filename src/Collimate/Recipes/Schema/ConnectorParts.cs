using Collimate.Alignment.Connectors;

namespace Collimate.Recipes.Schema;

/// <summary>Makes connectors of a recipe's options.</summary>
internal static class ConnectorParts
{
    /// <summary>A perceiver resampler.</summary>
    public static IConnector Perceiver(PerceiverOptions options, SeamContext context) => new PerceiverConnector(
        context.VisionWidth, context.HiddenWidth, new PerceiverShape(options.Queries, options.Layers, options.Heads, options.HeadSize, options.OutputScale), context.Generator);
}
