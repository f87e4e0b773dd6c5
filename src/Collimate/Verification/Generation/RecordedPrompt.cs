using Collimate.Torch;

namespace Collimate.Verification;

/// <summary>The prompts that a recorded generation began with.</summary>
/// <param name="Ids">Their ids, 64-bit integers <c>[rows, tokens]</c>.</param>
/// <param name="Rows">The same row by row.</param>
/// <param name="Mask">Which positions hold tokens; all where null.</param>
/// <param name="InputName">The input they were recorded as.</param>
internal sealed record RecordedPrompt(Tensor Ids, int[][] Rows, TokenMask? Mask, string InputName)
{
    /// <summary>The mask as models take it.</summary>
    public int[]? Valid => Mask?.Valid;

    /// <summary>
    /// The input whose rows the recorded sequences begin with. A generation's name says where to look first: batches and early stops
    /// were padded on the left, everything else begins with <c>prompt</c>, or with the first rows of <c>input_ids</c> where there is none.
    /// </summary>
    /// <param name="recording">Where the inputs are.</param>
    /// <param name="kind">The generation's name.</param>
    /// <param name="sequences">The recorded sequences, or null where only their scores were recorded.</param>
    /// <param name="rows">How many rows were generated.</param>
    /// <exception cref="MissingInputException">No recorded input fits.</exception>
    public static RecordedPrompt Find(Recording recording, string kind, int[][]? sequences, int rows)
    {
        var candidates = Candidates(kind).Where(recording.Has).Select(name => Head(recording, name, rows)).OfType<RecordedPrompt>();
        return candidates.FirstOrDefault(prompt => sequences is null || prompt.Begins(sequences))
            ?? throw new MissingInputException(Candidates(kind)[0], recording.Folder);
    }

    private bool Begins(int[][] sequences) =>
        Rows.Zip(sequences).All(pair => pair.Second.Length >= pair.First.Length && pair.Second.AsSpan(0, pair.First.Length).SequenceEqual(pair.First));

    private static string[] Candidates(string kind) =>
        kind.EndsWith("_right", StringComparison.Ordinal) ? ["input_ids_right", "prompt_right", "prompt", "input_ids"]
        : kind.StartsWith("batch", StringComparison.Ordinal) || kind.StartsWith("eos", StringComparison.Ordinal) || kind.EndsWith("_left", StringComparison.Ordinal)
            ? ["input_ids_left", "prompt_left", "prompt", "input_ids"]
            : ["prompt", "input_ids", "input_ids_left"];

    private static RecordedPrompt? Head(Recording recording, string name, int rows)
    {
        var all = recording.Ids(name);
        if (all.Size(0) < rows)
        {
            return null;
        }

        var ids = all.Narrow(0, 0, rows).Contiguous();
        int[][] each = [.. ids.ToArray<long>().Select(id => (int)id).Chunk((int)ids.Size(1))];
        var mask = recording.Mask(name.Replace("input_ids", "attention_mask", StringComparison.Ordinal).Replace("prompt", "prompt_attention_mask", StringComparison.Ordinal));
        return new RecordedPrompt(ids, each, mask?.Head(rows), name);
    }
}
