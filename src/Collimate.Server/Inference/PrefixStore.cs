using Collimate.Alignment;
using Collimate.Models.Language;
using Collimate.Torch;

namespace Collimate.Server.Inference;

/// <summary>
/// Runs prompts, or as much of them as no earlier prompt began with. A block of keys and values is known by everything that stands up to its end: the words, the
/// pictures with what was asked where the eye looks by it, the order they entered in and the places they were told.
/// </summary>
/// <remarks>
/// Only where a position sees what stands before it and nothing else may a beginning be kept: not where pictures see themselves in both directions, where vision
/// enters inside the layers, or where an order mixes vectors. Such prompts run whole, as they do everywhere else.
/// </remarks>
/// <param name="model">The model.</param>
/// <param name="sight">Names pictures.</param>
/// <param name="blockSize">Positions of a block.</param>
/// <param name="limit">The most bytes that are kept.</param>
internal sealed class PrefixStore(VisionLanguageModel model, PictureSight sight, int blockSize, long limit) : IDisposable
{
    private readonly LeasedCache<KeyValueBlock> blocks = new(limit, block => block.Bytes);

    /// <summary>How many blocks were known.</summary>
    public long Hits => blocks.Hits;

    /// <summary>How many prompts or parts of them had to be run.</summary>
    public long Misses => blocks.Misses;

    /// <summary>Runs a prompt.</summary>
    /// <param name="prompt">The prompt.</param>
    /// <param name="composed">What it became.</param>
    /// <returns>The scores of the first new token, <c>[1, vocabulary]</c>, where decoding stands, and how many positions were known</returns>
    public (Tensor Logits, DecodingState State, int Known) Run(Prompt prompt, ComposedInput composed)
    {
        if (!CanSplit(composed))
        {
            var (scores, begun) = model.Language.Prefill(composed.Input, composed.Hook);
            return (scores, begun, 0);
        }

        var keys = KeysOf(prompt, composed);
        var leases = new List<LeasedCache<KeyValueBlock>.Lease>();
        try
        {
            while (leases.Count < keys.Length && blocks.Find(keys[leases.Count]) is { } lease)
            {
                leases.Add(lease);
            }

            var (logits, state) = model.Language.Prefill(composed.Input, blockSize, [.. leases.Select(lease => lease.Value)]);
            for (var block = leases.Count; block < keys.Length && limit > 0; block++)
            {
                blocks.Add(keys[block], state.Cache.Cut(block * blockSize, blockSize)).Dispose();
            }

            return (logits, state, leases.Count * blockSize);
        }
        finally
        {
            leases.ForEach(lease => lease.Dispose());
        }
    }

    public void Dispose() => blocks.Dispose();

    private static bool CanSplit(ComposedInput composed)
    {
        var attention = composed.Input.Attention;
        var length = composed.Sequence.Positions.RowLengths[0];
        return composed.Hook is null && composed.Order.Mixture is null or { IsHard: true }
            && !attention.Group.ContainsAnyExcept(0) && !attention.Open.ContainsAnyExcept(0)
            && !attention.Document[..length].ContainsAnyExcept(attention.Document[0]) && !attention.Valid[..length].Contains(0);
    }

    // Of every whole block before the last position, which must be run to say what follows.
    private ContentKey[] KeysOf(Prompt prompt, ComposedInput composed)
    {
        var (sources, positions) = (composed.Order.Sources[0], composed.Sequence.Positions);
        var perImage = (int)(composed.Visual?.Size(1) ?? 0);
        var visual = prompt.Pictures.Count * perImage;
        ContentKey[] pictures = [.. Enumerable.Range(0, visual == 0 ? 0 : prompt.Pictures.Count).Select(picture => sight.KeyOf(prompt, picture))];
        var keys = new ContentKey[(positions.RowLengths[0] - 1) / blockSize];
        var key = default(ContentKey);
        var numbers = new List<int>();
        Span<int> name = stackalloc int[8];
        for (var block = 0; block < keys.Length; block++)
        {
            numbers.Clear();
            for (var at = block * blockSize; at < (block + 1) * blockSize; at++)
            {
                var source = sources[at];
                numbers.Add(positions.PositionIds[at]);
                if (source >= visual)
                {
                    numbers.Add(prompt.Layout.TokenIds[source - visual]);
                    continue;
                }

                pictures[source / perImage].WriteTo(name);
                numbers.Add(-1 - (source % perImage)); // no token has such a number
                numbers.AddRange(name);
            }

            keys[block] = key = key.With(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(numbers));
        }

        return keys;
    }
}
