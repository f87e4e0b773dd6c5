using Collimate.Alignment.Connectors;
using Collimate.Torch;

namespace Collimate.Training.Watching;

/// <summary>What a connector computes for a picture; see <see cref="ModelFlops"/>.</summary>
/// <remarks>
/// Matrices that a patch goes through are counted for patches, and those of queries and blocks for as many as there are; a resampler's keys and values are counted for the patches alone. The attention of a few queries is
/// small beside the matrices, and not counted.
/// </remarks>
internal static class ConnectorFlops
{
    /// <summary>FLOPs of a picture, forward and backward.</summary>
    /// <param name="connector">The connector.</param>
    /// <param name="patches">Patches of a picture.</param>
    /// <param name="path">What has been reached before it; goes on behind it.</param>
    public static double Of(IConnector connector, int patches, GradientPath path) => connector switch
    {
        PerceiverConnector or QFormerConnector => OfQueries((Module)connector, patches, connector.TokenCount(patches), path),
        Module module => connector.TokenCount(patches) * path.Through(module),
        _ => 0,
    };

    private static double OfQueries(Module connector, int patches, int queries, GradientPath path)
    {
        var flops = 0.0;
        foreach (var (name, part) in connector.NamedModules())
        {
            if (part is Torch.Layers.ILinearMap && !name.StartsWith("reader.", StringComparison.Ordinal))
            {
                var looks = name.EndsWith("to_kv", StringComparison.Ordinal) || name.EndsWith("crossattention.attention.key_value", StringComparison.Ordinal);
                flops += (looks ? patches : queries) * path.Through(part);
            }
        }

        return flops;
    }
}
