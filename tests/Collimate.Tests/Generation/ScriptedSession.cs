using Collimate.Generation;
using Collimate.Torch;

namespace Collimate.Tests.Generation;

/// <summary>
/// A session without a model: a row's scores are a fixed function of the row's name and of the tokens it was fed, so that what comes
/// out can be foretold.
/// </summary>
internal sealed class ScriptedSession(Func<int, IReadOnlyList<int>, float[]> scores, IEnumerable<int> names) : IDecodingSession
{
    private List<(int Name, List<int> Fed)> rows = [.. names.Select(name => (name, new List<int>()))];

    public int Rows => rows.Count;

    public int Room { get; set; } = 1000;

    /// <summary>How many rows each step ran.</summary>
    public List<int> StepSizes { get; } = [];

    public Tensor Prefill() => Now();

    public Tensor Step(ReadOnlySpan<int> tokens)
    {
        Room--;
        StepSizes.Add(tokens.Length);
        for (var row = 0; row < tokens.Length; row++)
        {
            rows[row].Fed.Add(tokens[row]);
        }

        return Now();
    }

    public void SelectRows(ReadOnlySpan<int> kept)
    {
        var chosen = new List<(int, List<int>)>();
        foreach (var row in kept)
        {
            chosen.Add((rows[row].Name, [.. rows[row].Fed])); // a row that is named twice goes on in two ways
        }

        rows = chosen;
    }

    public void Dispose()
    {
    }

    /// <summary>Says the characters of a text one after the other, then token 0.</summary>
    public static Func<int, IReadOnlyList<int>, float[]> Saying(params string[] texts) => (name, fed) =>
    {
        var row = new float[128];
        row[fed.Count < texts[name].Length ? texts[name][fed.Count] : 0] = 10;
        return row;
    };

    /// <summary>Scores drawn from what a row was fed.</summary>
    public static float[] Noise(int name, IReadOnlyList<int> fed)
    {
        var random = new Random(fed.Aggregate(name, (hash, token) => (hash * 31) + token));
        return [.. Enumerable.Range(0, 30).Select(_ => (float)(random.NextDouble() * 4))];
    }

    private Tensor Now() => Tensor.From<float>([.. rows.SelectMany(row => scores(row.Name, row.Fed))], [rows.Count, rows.Count == 0 ? 0 : scores(rows[0].Name, rows[0].Fed).Length]);
}
