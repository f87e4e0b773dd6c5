using Collimate.Torch;

namespace Collimate.Models.Language;

/// <content>Decoding of rows that began at different times, and prompts of which a part has run before.</content>
public sealed partial class CausalLanguageModel
{
    /// <summary>How many rows may decode together and each still compute, to the last bit, what it would alone.</summary>
    /// <remarks>Up to so many rows a product on the CPU is computed row by row; beyond them BLAS rounds a row by its place in the matrix.</remarks>
    public const int MostRowsTogether = 16;

    private const int RowsOfATile = 8;

    /// <summary>Runs one new token of each of several rows, which may stand at different places.</summary>
    /// <param name="tokens">One token id a row.</param>
    /// <param name="rows">Where decoding stands in each, one row a state; moved on by one position.</param>
    /// <param name="hooks">What enters inside the layers at each row; null where nothing does.</param>
    /// <returns>The scores of the tokens after those, <c>[rows, vocabulary]</c></returns>
    public Tensor Step(ReadOnlySpan<int> tokens, IReadOnlyList<DecodingState> rows, IReadOnlyList<IStepHook?>? hooks = null)
    {
        if (tokens.Length != rows.Count || rows.Any(row => row.Rows != 1) || (hooks is not null && hooks.Count != rows.Count))
        {
            throw new ArgumentException($"{tokens.Length} tokens and {hooks?.Count ?? rows.Count} hooks for {rows.Count} states; one each is needed, and one row a state", nameof(tokens));
        }

        var device = EmbeddingWeight.Device;
        var places = PlacesOf(rows, device);
        long[] ids = [.. tokens, .. Enumerable.Repeat(tokens[^1], Company(tokens.Length))];
        var hook = hooks is null || hooks.All(one => one is null) ? null : new RowHooks(hooks);
        var stream = new ResidualStream(Embed(Tensor.From<long>(ids, [ids.Length, 1], device))); // [rows, 1, hidden]
        foreach (var layer in layers)
        {
            stream = layer.Step(stream, places, hook);
        }

        foreach (var row in rows)
        {
            row.Cache.Advance(1);
        }

        var scores = Logits(stream.Normed(finalNorm).Normed.Select(1, 0));
        return scores.Narrow(0, 0, rows.Count);
    }

    /// <summary>Runs a prompt block by block, leaving out the blocks whose keys and values are known.</summary>
    /// <remarks>Where blocks begin depends on the block size alone, so a prompt computes the same, to the last bit, whether or not any of it is known.</remarks>
    /// <param name="prompt">One row; what stands before a position is all that it sees.</param>
    /// <param name="blockSize">Positions of a block.</param>
    /// <param name="known">The first blocks, which need not be run; never all of them.</param>
    /// <returns>The scores of the first new token, <c>[1, vocabulary]</c>, and where decoding stands</returns>
    internal (Tensor Logits, DecodingState State) Prefill(LanguageInput prompt, int blockSize, IReadOnlyList<KeyValueBlock> known)
    {
        var length = prompt.Attention.Length;
        var state = DecodingState.After(prompt, new KeyValueCache(Config.LayerCount, capacity: length + 64, CacheType));
        try
        {
            foreach (var block in known)
            {
                state.Cache.Append(block);
            }

            Tensor hidden = prompt.Embeddings;
            var start = state.Cache.Length;
            for (; start < length; start = state.Cache.Length)
            {
                var count = Math.Min(blockSize, length - start);
                var part = new LanguageInput(prompt.Embeddings.Narrow(1, start, count), prompt.Positions.Narrow(1, start, count), prompt.Attention.Trim(start + count));
                hidden = Run(part, state.Cache);                                   // [1, positions of the block, hidden]
            }

            var last = prompt.Attention.LastValid(0) - (length - (int)hidden.Size(1));
            return (Logits(hidden.Select(1, last)), state);
        }
        catch
        {
            state.Dispose();
            throw;
        }
    }

    private DecodingPlace[] PlacesOf(IReadOnlyList<DecodingState> rows, Device device)
    {
        long[] positions = [.. rows.Select(row => row.NextPositions[0])];
        var angles = rotary.Angles(Tensor.From<long>(positions, [rows.Count, 1], device)); // [rows, 1, headSize / 2]
        return [.. rows.Select((row, at) => new DecodingPlace(
            new RotaryAngles(angles.Cos.Narrow(0, at, 1), angles.Sin.Narrow(0, at, 1)), row.MoveOn(device).Sight, row.Cache))];
    }

    // A product with bf16 weights adds up a row without neighbours in another order than one with some; so no row is left alone.
    private int Company(int rows) => EmbeddingWeight.Type == ScalarType.BFloat16 && rows % RowsOfATile == 1 ? 1 : 0;

    /// <summary>What enters at rows that decode together, row by row; a row beyond the last repeats it.</summary>
    private sealed class RowHooks(IReadOnlyList<IStepHook?> rows) : ILayerHook
    {
        public bool EntersBefore(int layer) => rows.Any(hook => hook?.EntersBefore(layer) == true);

        public Tensor BeforeLayer(int layer, Tensor hidden) =>
            Each(hidden, (hook, row) => hook?.EntersBefore(layer) == true ? hook.BeforeLayer(layer, row) : row);

        public bool ProjectsIn(int layer) => rows.Any(hook => hook?.ProjectsIn(layer) == true);

        public Tensor Project(int layer, Tensor normed, PackedLinear own) =>
            Each(normed, (hook, row) => hook?.ProjectsIn(layer) == true ? hook.Project(layer, row, own) : own.Forward(row));

        private Tensor Each(Tensor all, Func<IStepHook?, Tensor, Tensor> change) =>
            Tensor.Cat([.. Enumerable.Range(0, (int)all.Size(0)).Select(row => change(rows[Math.Min(row, rows.Count - 1)], all.Narrow(0, row, 1)))]);
    }
}
