namespace Collimate.Tokenization.Models;

/// <summary>The tokens of a vocabulary by their characters: all that a text begins with are found in one walk.</summary>
/// <remarks>Children are kept in one open hash table from (node, character) to node.</remarks>
internal sealed class VocabularyTrie
{
    private readonly Dictionary<ulong, int> children = [];
    private readonly int[] asciiOfRoot = new int[128];
    private readonly List<int> values = [-1];

    /// <summary>Adds a token; a later one of the same spelling takes its place.</summary>
    internal void Add(string token, int value)
    {
        var node = 0;
        foreach (var c in token)
        {
            var key = Key(node, c);
            if (!children.TryGetValue(key, out var next))
            {
                next = values.Count;
                values.Add(-1);
                children[key] = next;
                if (node == 0 && c < 128)
                {
                    asciiOfRoot[c] = next;
                }
            }

            node = next;
        }

        values[node] = value;
    }

    /// <summary>One step down from a node (0 is the root); 0 where there is none.</summary>
    internal int Next(int node, char c) => node == 0 && c < 128 ? asciiOfRoot[c] : children.GetValueOrDefault(Key(node, c));

    /// <summary>The token that ends at a node, or -1.</summary>
    internal int ValueAt(int node) => values[node];

    private static ulong Key(int node, char c) => ((ulong)(uint)node << 16) | c;
}
