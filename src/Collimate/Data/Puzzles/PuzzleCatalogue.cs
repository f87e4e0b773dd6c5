using System.Text.Json;
using Collimate.Data.Records;

namespace Collimate.Data.Puzzles;

/// <summary>Which puzzles there are: those of SMART-101's table, or those that <c>puzzles.json</c> states beside generated ones.</summary>
internal static class PuzzleCatalogue
{
    /// <summary>The file that makes a folder one of generated puzzles.</summary>
    internal const string GeneratedFile = "puzzles.json";

    /// <summary>SMART-101's puzzles.</summary>
    /// <param name="path">The table.</param>
    /// <exception cref="DataException">It cannot be used.</exception>
    internal static Dictionary<int, PuzzleDescription> Published(string path)
    {
        var table = new PuzzleTable(path, "id", "type");
        var puzzles = new Dictionary<int, PuzzleDescription>();
        for (var row = 0; row < table.Count; row++)
        {
            if (!int.TryParse(table[row, "id"], out var id) || id < 1)
            {
                throw table.Fault(row, "id", $"'{table[row, "id"]}' is no puzzle's number; expected 1 to 101", DataFault.Source);
            }

            if (!Enum.TryParse<PuzzleSkill>(table[row, "type"], ignoreCase: true, out var skill) || !Enum.IsDefined(skill))
            {
                throw table.Fault(row, "type", $"'{table[row, "type"]}' is no class of puzzles; expected one of {string.Join(", ", Enum.GetNames<PuzzleSkill>()).ToLowerInvariant()}", DataFault.Source);
            }

            var part = SmartFacts.ValidationPuzzles.Contains(id) ? PuzzlePart.Validation : SmartFacts.TestPuzzles.Contains(id) ? PuzzlePart.Test : PuzzlePart.Train;
            puzzles[id] = new PuzzleDescription(id, skill, SmartFacts.RuleOf(id), part);
        }

        return puzzles;
    }

    /// <summary>Generated puzzles: <c>{"puzzles": [{"id", "name", "skill", "rule", "end", "part"}]}</c>.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="DataException">It cannot be used.</exception>
    internal static Dictionary<int, PuzzleDescription> Generated(string path)
    {
        byte[] bytes;
        try
        {
            bytes = File.ReadAllBytes(path);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new DataException($"{path}: the list of puzzles cannot be read: {failure.Message}", failure);
        }

        return RecordText.Parse(bytes, path, root =>
        {
            var puzzles = new Dictionary<int, PuzzleDescription>();
            if (root.ValueKind != JsonValueKind.Object || !root.TryGetProperty("puzzles", out var list) || list.ValueKind != JsonValueKind.Array)
            {
                throw new DataException(path, "expected {\"puzzles\": [...]}", DataFault.Source);
            }

            foreach (var entry in list.EnumerateArray())
            {
                var puzzle = Entry(entry, $"{path}: puzzle {puzzles.Count + 1}");
                puzzles[puzzle.Id] = puzzle;
            }

            return puzzles;
        });
    }

    private static PuzzleDescription Entry(JsonElement entry, string where)
    {
        if (!int.TryParse(RecordText.Name(entry, "id"), out var id) || id < 1)
        {
            throw new DataException(where, "'id' must be a whole number from 1", DataFault.Source);
        }

        var rule = Word<PuzzleAnswerRule>(entry, "rule", where);
        int? end = int.TryParse(RecordText.Name(entry, "end"), out var code) ? code : null;
        return rule == PuzzleAnswerRule.Sequence == end.HasValue
            ? new PuzzleDescription(id, Word<PuzzleSkill>(entry, "skill", where), rule, Word<PuzzlePart>(entry, "part", where)) { End = end }
            : throw new DataException(where, "'end', the code that fills up an answer, must stand with the rule 'sequence' and with no other", DataFault.Source);
    }

    private static T Word<T>(JsonElement entry, string key, string where)
        where T : struct, Enum
    {
        var text = RecordText.Text(entry, key);
        return text?.Length > 0 && char.IsAsciiLetter(text[0]) && Enum.TryParse<T>(text, ignoreCase: true, out var value) ? value : throw new DataException(
            where, $"'{key}' is '{text}'; expected one of {string.Join(", ", Enum.GetNames<T>()).ToLowerInvariant()}", DataFault.Source);
    }
}
