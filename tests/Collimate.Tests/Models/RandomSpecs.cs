using Collimate.Models.Attention;
using Collimate.Torch.Fused;

namespace Collimate.Tests.Models;

/// <summary>Random descriptions of who sees whom.</summary>
internal static class RandomSpecs
{
    /// <summary>Documents, groups, open positions and padding anywhere, but at least one valid position a row.</summary>
    public static AttentionSpec Any(Random random, int batch, int length)
    {
        var count = batch * length;
        var spec = new AttentionSpec(batch, length, Documents(random, count), Draw(random, count, 3), Draw(random, count, 2), Draw(random, count, 2));
        int[] valid = [.. spec.Valid];
        for (var row = 0; row < batch; row++)
        {
            valid[(row * length) + random.Next(length)] = 1;
        }

        return new AttentionSpec(batch, length, [.. spec.Document], [.. spec.Group], [.. spec.Open], valid);
    }

    // Of two samples, each with a shared part and two documents.
    private static int[] Documents(Random random, int count) => [.. Draw(random, count, 6).Select(n => (n / 3 * AttentionRule.DocumentsPerSample) + (n % 3))];

    private static int[] Draw(Random random, int count, int values) => [.. Enumerable.Range(0, count).Select(_ => random.Next(values))];
}
