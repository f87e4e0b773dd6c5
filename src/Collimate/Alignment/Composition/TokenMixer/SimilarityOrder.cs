using Collimate.Data.Conversations;

namespace Collimate.Alignment.Composition.TokenMixer;

/// <summary>From "which word is each image token like" to who stands where: one counting sort a row.</summary>
/// <remarks>
/// Every token gets a key. Before the text token t stand, in this order, the unmatched image tokens of its place (key 4t) and the image tokens that it
/// draws (4t + 1); then itself (4t + 2); then, where images stand after their word, those that it draws (4t + 3). The sort is stable, so text keeps its
/// order and image tokens of one key stand in raster order.
/// </remarks>
public static class SimilarityOrder
{
    private const int KeysPerToken = 4;

    /// <summary>An image token's key where it is like no word.</summary>
    /// <param name="token">The layout's token before which it stands.</param>
    public static int Unmatched(int token) => token * KeysPerToken;

    /// <summary>An image token's key where it is like a word.</summary>
    /// <param name="word">The word.</param>
    /// <param name="side">On which side of it.</param>
    public static int Matched(Attractor word, ImageSide side) => side == ImageSide.Before ? (word.First * KeysPerToken) + 1 : (word.Last * KeysPerToken) + 3;

    /// <summary>Sorts a row.</summary>
    /// <param name="layout">The row.</param>
    /// <param name="keys">A key for each of its image tokens.</param>
    /// <returns>The source at each position, numbered as <see cref="Order"/> numbers them: every image token and every token that is neither marker nor padding, once.</returns>
    public static int[] Sort(TokenLayout layout, ReadOnlySpan<int> keys)
    {
        var places = new int[(layout.Count * KeysPerToken) + 1]; // a marker at the end has a key too
        foreach (var key in keys)
        {
            places[key]++;
        }

        for (var token = 0; token < layout.Count; token++)
        {
            places[(token * KeysPerToken) + 2] += IsPlaced(layout, token) ? 1 : 0;
        }

        var total = 0;
        for (var key = 0; key < places.Length; key++)
        {
            (places[key], total) = (total, total + places[key]);
        }

        var sources = new int[total];
        for (var visual = 0; visual < keys.Length; visual++)
        {
            sources[places[keys[visual]]++] = visual;
        }

        for (var token = 0; token < layout.Count; token++)
        {
            if (IsPlaced(layout, token))
            {
                sources[places[(token * KeysPerToken) + 2]++] = keys.Length + token;
            }
        }

        return sources;
    }

    /// <summary>For every key, how many text tokens stand before what has it.</summary>
    /// <param name="layout">The row.</param>
    public static int[] TextBeforeKeys(TokenLayout layout)
    {
        var before = new int[(layout.Count * KeysPerToken) + 1];
        for (var key = 1; key < before.Length; key++)
        {
            var passed = key - 1;
            before[key] = before[passed] + (passed % KeysPerToken == 2 && IsPlaced(layout, passed / KeysPerToken) ? 1 : 0);
        }

        return before;
    }

    private static bool IsPlaced(TokenLayout layout, int token) => layout.Kinds[token] is not (TokenKind.Image or TokenKind.Padding);
}
