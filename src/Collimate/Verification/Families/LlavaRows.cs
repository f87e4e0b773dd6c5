using Collimate.Alignment;
using Collimate.Torch;

namespace Collimate.Verification;

/// <summary>
/// A LLaVA recording's rows: the ids as they were handed in, and the layout that its outputs have, in which every picture takes all of its
/// visual tokens. Our own sequences leave padding out, so what is computed is put back into that layout before it is compared.
/// </summary>
internal sealed class LlavaRows
{
    private readonly int[][] ids;
    private readonly int[][]? valid;
    private readonly int[][]? labels;

    private LlavaRows(int[][] ids, int[][]? valid, int[][]? labels, TokenMask placed) =>
        (this.ids, this.valid, this.labels, Placed) = (ids, valid, labels, placed);

    /// <summary>Which positions of the recorded layout hold tokens, visual ones included.</summary>
    public TokenMask Placed { get; }

    /// <summary>Reads rows.</summary>
    /// <param name="recording">Where they are.</param>
    /// <param name="prefix">What stands before the names: nothing, <c>expanded_</c>.</param>
    /// <param name="imageToken">The id that stands for a picture.</param>
    /// <param name="perImage">Visual tokens that a picture becomes.</param>
    public static LlavaRows Read(Recording recording, string prefix, int imageToken, int perImage)
    {
        var ids = Lists(recording.Ids(prefix + "input_ids"));
        var valid = recording.Has(prefix + "attention_mask") ? Lists(recording.Ids(prefix + "attention_mask")) : null;
        var labels = recording.Has(prefix + "labels") ? Lists(recording.Ids(prefix + "labels")) : null;
        var marks = ids.SelectMany((row, number) => row.Where((id, at) => id == imageToken && valid?[number][at] != 0)).Count();
        var repeats = marks == recording.Input("pixel_values").Size(0) ? perImage : 1;
        int[][] flags = [.. ids.Select((row, number) => Expanded(row, row.Select((_, at) => valid?[number][at] ?? 1), imageToken, repeats, onImage: 1))];
        int[][]? targets = labels is null ? null : [.. ids.Select((row, number) => Expanded(row, labels[number], imageToken, repeats, onImage: Positions.NoLabel))];
        if (repeats > 1 && recording.Mask("expanded_attention_mask") is { } recorded)
        {
            return new LlavaRows(ids, valid, recording.Has("expanded_labels") ? Lists(recording.Ids("expanded_labels")) : targets?.Select(row => Filled(row, recorded.Length, true, Positions.NoLabel)).ToArray(), recorded);
        }

        // Rows with fewer pictures are filled up on the side where the padding is.
        var left = flags.All(row => row[^1] != 0);
        var length = flags.Max(row => row.Length);
        int[] mask = [.. flags.SelectMany(row => Filled(row, length, left, 0))];
        return new LlavaRows(ids, valid, targets?.Select(row => Filled(row, length, left, Positions.NoLabel)).ToArray(), new TokenMask(mask, ids.Length, length));
    }

    /// <summary>The rows as the model takes them.</summary>
    public Batch ToBatch(Tensor? pixels, int imageToken, int perImage) => TokenRows.ToBatch(ids, valid, imageToken, perImage, pixels);

    /// <summary>What is to be predicted, in the recorded layout, <c>[rows, positions]</c>.</summary>
    /// <exception cref="MissingInputException">No labels were recorded.</exception>
    public Tensor Labels(Recording recording, string prefix)
    {
        if (labels is null)
        {
            throw new MissingInputException(prefix + "labels", recording.Folder);
        }

        long[] flat = [.. labels.SelectMany(row => row).Select((label, at) => Placed.Valid[at] == 0 ? Positions.NoLabel : (long)label)];
        return Tensor.From<long>(flat, [Placed.Rows, Placed.Length]);
    }

    /// <summary>Puts values of our positions, which stand without padding, where the recorded layout has them.</summary>
    /// <param name="ours"><c>[rows, positions, …]</c></param>
    /// <returns><c>[rows, recorded positions, …]</c>; anything on padding</returns>
    public Tensor Place(Tensor ours)
    {
        var sources = new long[Placed.Rows * Placed.Length];
        for (var row = 0; row < Placed.Rows; row++)
        {
            var next = row * ours.Size(1);
            for (var at = row * Placed.Length; at < (row + 1) * Placed.Length; at++)
            {
                sources[at] = Placed.Valid[at] != 0 ? next++ : row * ours.Size(1);
            }
        }

        long[] shape = [Placed.Rows, Placed.Length, .. ours.Shape.Skip(2)];
        return ours.Flatten(0, 1).IndexSelect(0, Tensor.From(sources)).Reshape(shape);
    }

    /// <summary>The same for who attends to whom, <c>[rows, heads, queries, keys]</c>; nobody attends to padding.</summary>
    public Tensor PlaceAttention(Tensor ours)
    {
        var queries = Place(ours.Transpose(1, 2)).Transpose(1, 2);             // [rows, heads, recorded, keys]
        var keys = Place(queries.Permute(0, 3, 1, 2)).Permute(0, 2, 3, 1);     // [rows, heads, recorded, recorded]
        return keys * Tensor.From<int>(Placed.Valid, [Placed.Rows, 1, 1, Placed.Length]).To(keys.Type);
    }

    private static int[][] Lists(Tensor rows) => [.. rows.ToArray<long>().Select(id => (int)id).Chunk((int)rows.Size(1))];

    private static int[] Expanded(int[] row, IEnumerable<int> values, int imageToken, int repeats, int onImage) =>
        [.. row.Zip(values).SelectMany(pair => pair.First == imageToken && repeats > 1 ? Enumerable.Repeat(pair.Second == 0 && onImage == 1 ? 0 : onImage, repeats) : [pair.Second])];

    private static int[] Filled(int[] row, int length, bool left, int value)
    {
        var filling = Enumerable.Repeat(value, Math.Max(0, length - row.Length));
        return left ? [.. filling, .. row] : [.. row, .. filling];
    }
}
