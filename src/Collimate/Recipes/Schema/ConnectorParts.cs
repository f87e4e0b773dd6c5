using Collimate.Alignment.Connectors;
using Collimate.Alignment.Towers;
using Collimate.Torch;

namespace Collimate.Recipes.Schema;

/// <summary>Makes connectors of a recipe's options.</summary>
internal static class ConnectorParts
{
    /// <summary>Where a trained model's folder keeps the shape of what reads the question.</summary>
    public const string Place = "connector";

    /// <summary>Prismatic's projector.</summary>
    public static IConnector FusedMlp(FusedMlpOptions options, SeamContext context) =>
        new FusedMlpConnector(context.VisionWidth, context.HiddenWidth, options.OutputScale, context.Generator);

    /// <summary>A perceiver resampler.</summary>
    public static IConnector Perceiver(PerceiverOptions options, SeamContext context) => new PerceiverConnector(
        context.VisionWidth, context.HiddenWidth, new PerceiverShape(options.Queries, options.Layers, options.Heads, options.HeadSize, options.OutputScale), context.Generator);

    /// <summary>A Q-Former.</summary>
    public static IConnector QFormer(QFormerOptions options, SeamContext context)
    {
        var reader = options.Text is null or RecipeScalar { IsNull: true } ? null : ReaderParts.Table.Create(options.Text, context with { ReaderPlace = Place });
        var shape = new QFormerShape(
            options.Queries, options.HiddenSize, options.Layers, options.Heads, options.IntermediateSize, options.CrossEvery, options.OutputScale, options.Length, options.Question);
        return new QFormerConnector(context.VisionWidth, context.HiddenWidth, shape, reader, context.Generator);
    }

    /// <summary>Blocks of patches.</summary>
    public static IConnector PixelShuffle(PixelShuffleOptions options, SeamContext context)
    {
        try
        {
            return new PixelShuffleConnector(context.VisionWidth, context.Tower?.Grid ?? default, options.Factor, context.HiddenWidth, options.OutputScale, context.Generator);
        }
        catch (ArgumentException wrong)
        {
            throw new MisfitException(wrong.Message, "factor");
        }
    }

    /// <summary>Checks that a connector takes what a tower and a conditioning hand it.</summary>
    /// <param name="connector">The connector; disposed where it does not.</param>
    /// <param name="tokens">How many tokens a picture has before it.</param>
    public static IConnector Checked(IConnector connector, int tokens)
    {
        try
        {
            connector.TokenCount(tokens);
            return connector;
        }
        catch (ArgumentException wrong)
        {
            (connector as Module)?.Dispose();
            throw new MisfitException(wrong.Message);
        }
    }

    /// <summary>How many visual tokens a picture becomes, without making the connector.</summary>
    /// <param name="connector">The recipe's connector.</param>
    /// <param name="grid">How the patches lie.</param>
    /// <param name="tokens">How many tokens a picture has before it.</param>
    public static int TokensOf(RecipeNode? connector, PatchGrid grid, int tokens) => Seams.Connector.Read(connector).Options switch
    {
        PerceiverOptions perceiver => perceiver.Queries,
        QFormerOptions former => former.Queries,
        PixelShuffleOptions shuffle => grid.Count / (shuffle.Factor * shuffle.Factor),
        _ => tokens,
    };
}
