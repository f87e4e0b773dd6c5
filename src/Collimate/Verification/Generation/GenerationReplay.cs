using Collimate.Generation;
using Collimate.Torch;

namespace Collimate.Verification;

/// <summary>Generates again what was recorded as generated: ids, the scores of each step, the scores of whole sequences.</summary>
/// <param name="run">Where the results go.</param>
/// <param name="padToken">What fills up rows that ended before others.</param>
/// <param name="start">Begins a session on prompts.</param>
internal sealed class GenerationReplay(Replayed run, int padToken, Func<RecordedPrompt, IDecodingSession> start)
{
    private const string Prefix = "generate.";
    private static readonly string[] Parts = [".logits", ".sequences", ".sequences_scores"];

    /// <summary>Replays every recorded generation.</summary>
    public void Run()
    {
        var recording = run.Recording;
        var names = recording.OutputNames.Concat(recording.Expected.Generations.Keys).Concat(recording.Expected.Scores.Keys)
            .Where(name => name.StartsWith(Prefix, StringComparison.Ordinal))
            .Select(Whole).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal).ToArray();
        foreach (var name in names)
        {
            if (GenerationKind.Parse(name[Prefix.Length..]) is { } kind)
            {
                run.Part(name, () => Replay(name, kind));
            }
            else
            {
                run.Excuse(name, "a generation of that name is not known; known are single, batch_left, eos_stop, beamN, repetition_penalty_X and no_repeat_ngram_N");
            }
        }
    }

    private static string Whole(string name)
    {
        var part = Array.Find(Parts, part => name.EndsWith(part, StringComparison.Ordinal));
        return part is null ? name : name[..^part.Length];
    }

    private void Replay(string name, GenerationKind kind)
    {
        var (sequences, rows, added) = Recorded(name);
        var prompt = RecordedPrompt.Find(run.Recording, kind.Name, sequences, rows);
        var stop = run.Recording.Expected.StopTokenOf(name);
        var options = kind.Options with
        {
            MaxNewTokens = added ?? (sequences!.Max(row => row.Length) - prompt.Rows[0].Length),
            StopTokens = stop is { } token ? [token] : [],
        };
        using var session = start(prompt);
        var listening = options.Beams == 1 && run.Wants(name + ".logits") ? new ListeningSession(session) : null;
        var generated = new TextGenerator().Generate(listening ?? session, prompt.Rows, options);
        int[][] whole = [.. generated.Select((row, index) => (int[])[.. prompt.Rows[index], .. row.Tokens, .. row.Reason == StopReason.StopToken ? options.StopTokens : []])];
        HandIn(name, whole, prompt.Rows[0].Length + options.MaxNewTokens, generated);
        run.Scores(name + ".sequences_scores", [.. generated.Select(Score)]);
        if (listening is not null)
        {
            run.Output(name + ".logits", Stacked(listening.Scores));
        }
    }

    private void HandIn(string name, int[][] rows, int length, IReadOnlyList<GeneratedSequence> generated)
    {
        // Rows that ended early are filled up to the longest.
        length = Math.Min(length, rows.Max(row => row.Length));
        int[][] filled = [.. rows.Select(row => (int[])[.. row, .. Enumerable.Repeat(padToken, length - row.Length)])];
        run.Generation(name, filled);
        long[] flat = [.. filled.SelectMany(row => row).Select(token => (long)token)];
        run.Output(name + ".sequences", Tensor.From<long>(flat, [filled.Length, length]));
    }

    private (int[][]? Sequences, int Rows, int? Added) Recorded(string name)
    {
        if (run.Recording.Expected.Generations.TryGetValue(name, out var rows) && rows.Length > 0)
        {
            return (rows, rows.Length, null);
        }

        if (run.Recording.OutputNames.Contains(name + ".sequences"))
        {
            var ids = run.Recording.Output(name + ".sequences");
            int[][] each = ids.Rank == 2 && ids.ElementCount > 0 ? [.. ids.To(ScalarType.Int64).ToArray<long>().Select(id => (int)id).Chunk((int)ids.Size(1))] : [];
            return each.Length > 0 ? (each, each.Length, null) : throw new RecordingException($"{run.Recording.Folder}: '{name}.sequences' is {ids}; expected whole numbers [rows, tokens].");
        }

        var logits = run.Recording.OutputNames.Contains(name + ".logits") ? run.Recording.Output(name + ".logits") : null;
        return logits is { Rank: 3 }
            ? (null, (int)logits.Size(0), (int)logits.Size(1))
            : throw new RecordingException($"{run.Recording.Folder}: '{name}' holds neither generated ids nor the scores of their steps [rows, steps, vocabulary].");
    }

    // The reference implementation's: the mean log-probability of the chosen tokens, a stop token included.
    private static double Score(GeneratedSequence row) =>
        row.LogProbability / Math.Max(1, row.Tokens.Count + (row.Reason == StopReason.StopToken ? 1 : 0));

    // Rows that ended early have no scores for the later steps; recordings of scores are made without a stop token.
    private static Tensor Stacked(IReadOnlyList<IReadOnlyList<float[]>> rows)
    {
        var steps = rows.Min(row => row.Count);
        float[] flat = [.. rows.SelectMany(row => row.Take(steps)).SelectMany(step => step)];
        return Tensor.From<float>(flat, [rows.Count, steps, flat.Length / Math.Max(1, rows.Count * steps)]);
    }
}
