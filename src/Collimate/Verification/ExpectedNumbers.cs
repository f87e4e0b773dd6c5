using System.Text.Json;

namespace Collimate.Verification;

/// <summary>What a recording's <c>expected.json</c> holds: losses, generated ids, counts, and how exact the recording itself is.</summary>
internal sealed class ExpectedNumbers
{
    private const string GenerationPrefix = "generate.";
    private const string CountPrefix = "kept.";

    private readonly Dictionary<string, double> losses = [];
    private readonly Dictionary<string, double[]> scores = [];
    private readonly Dictionary<string, int[][]> generations = [];
    private readonly Dictionary<string, double> counts = [];
    private readonly Dictionary<string, double> stopTokens = [];
    private readonly Dictionary<string, double> spreads = [];
    private readonly string file;

    private ExpectedNumbers(string file) => this.file = file;

    /// <summary>Losses by name: <c>loss</c> and everything that ends in <c>.loss</c> or <c>_loss</c>.</summary>
    public IReadOnlyDictionary<string, double> Losses => losses;

    /// <summary>Scores of generated sequences, by name: <c>generate.*.sequences_scores</c>.</summary>
    public IReadOnlyDictionary<string, double[]> Scores => scores;

    /// <summary>Generated ids with their prompts, a row each, by name: <c>generate.*</c>.</summary>
    public IReadOnlyDictionary<string, int[][]> Generations => generations;

    /// <summary>What was counted, by name: <c>image_tokens_per_image</c>, and <c>kept.*</c> row by row.</summary>
    public IReadOnlyDictionary<string, double> Counts => counts;

    /// <summary>The token that ended a generation, where the recording names one.</summary>
    public int? StopTokenOf(string generation) => stopTokens.TryGetValue(generation, out var token) ? (int)token : null;

    /// <summary>How far a recorded 32-bit value lies from the same value computed with 64 bits, where the recording says so.</summary>
    public double? SpreadOf(string name) => spreads.TryGetValue(name, out var spread) ? spread : null;

    /// <summary>Reads the file; one that is absent expects nothing.</summary>
    /// <exception cref="RecordingException">It is no JSON object, or an entry is not what its name says.</exception>
    public static ExpectedNumbers Read(string file)
    {
        var expected = new ExpectedNumbers(file);
        try
        {
            if (File.Exists(file))
            {
                using var document = JsonDocument.Parse(File.ReadAllBytes(file));
                expected.ReadAll(document.RootElement);
            }

            return expected;
        }
        catch (Exception failure) when (failure is JsonException or InvalidOperationException)
        {
            throw new RecordingException($"{file}: not valid JSON ({failure.Message.TrimEnd('.')}). Record the folder again.", failure);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new RecordingException($"{file}: cannot be read ({failure.Message.TrimEnd('.')}). Give a file that this user may read.", failure);
        }
    }

    private void ReadAll(JsonElement root)
    {
        if (root.ValueKind != JsonValueKind.Object)
        {
            throw new RecordingException($"{file}: expected a JSON object, found {root.ValueKind}.");
        }

        foreach (var (name, value) in root.EnumerateObject().Select(entry => (entry.Name, entry.Value)))
        {
            if (name == "loss" || name.EndsWith(".loss", StringComparison.Ordinal) || name.EndsWith("_loss", StringComparison.Ordinal))
            {
                losses[name] = Number(value, name);
            }
            else if (name.StartsWith(GenerationPrefix, StringComparison.Ordinal))
            {
                ReadGeneration(name, value);
            }
            else if (name == "image_tokens_per_image")
            {
                counts[name] = Number(value, name);
            }
            else
            {
                ReadGroup(name, value);
            }
        }
    }

    private void ReadGeneration(string name, JsonElement value)
    {
        if (name.EndsWith(".eos_token_id", StringComparison.Ordinal))
        {
            stopTokens[name[..^".eos_token_id".Length]] = Token(value, name);
        }
        else if (name.EndsWith(".sequences_scores", StringComparison.Ordinal))
        {
            scores[name] = [.. Items(value, name).Select(item => Number(item, name))];
        }
        else if (!name.EndsWith(".min_margin", StringComparison.Ordinal)) // how close a tie the recording came to: a guide for its maker
        {
            generations[name] = [.. Items(value, name).Select(row => Items(row, name).Select(id => Token(id, name)).ToArray())];
        }
    }

    private void ReadGroup(string name, JsonElement value)
    {
        if (name == "kept")
        {
            foreach (var entry in Entries(value, name))
            {
                foreach (var (item, row) in Items(entry.Value, entry.Name).Select((item, row) => (item, row)))
                {
                    counts[$"{CountPrefix}{entry.Name}.{row}"] = Number(item, entry.Name);
                }
            }
        }
        else if (name == "float32_vs_float64" && value.ValueKind == JsonValueKind.Object && value.TryGetProperty("per_output", out var each))
        {
            foreach (var entry in Entries(each, name))
            {
                spreads[entry.Name] = Number(entry.Value, entry.Name);
            }
        }
        else if (name.EndsWith("_float64_run", StringComparison.Ordinal) && value.ValueKind == JsonValueKind.Number)
        {
            spreads[name] = value.GetDouble(); // the value itself: its distance is taken where it is needed
        }
    }

    private JsonElement.ObjectEnumerator Entries(JsonElement value, string name) =>
        value.ValueKind == JsonValueKind.Object ? value.EnumerateObject() : throw Wrong(value, name, "an object");

    private JsonElement.ArrayEnumerator Items(JsonElement value, string name) =>
        value.ValueKind == JsonValueKind.Array ? value.EnumerateArray() : throw Wrong(value, name, "a list");

    private double Number(JsonElement value, string name) =>
        value.ValueKind == JsonValueKind.Number && double.IsFinite(value.GetDouble()) ? value.GetDouble() : throw Wrong(value, name, "a number");

    private int Token(JsonElement value, string name) =>
        value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var token) ? token : throw Wrong(value, name, "token ids");

    private RecordingException Wrong(JsonElement value, string name, string expected) =>
        new($"{file}: '{name}' holds {Shortened(value.GetRawText())}; expected {expected}. Record the folder again.");

    private static string Shortened(string text) => text.Length > 60 ? text[..60] + "…" : text;
}
