using System.Text.Json;
using Collimate.Tokenization.Models;

namespace Collimate.Tokenization.Reading;

/// <summary>Reads <c>model</c>.</summary>
internal static class ModelReader
{
    internal static ITokenModel Read(JsonSection section) => Kind(section) switch
    {
        "BPE" => ReadPairs(section),
        "Unigram" => ReadUnigram(section),
        "WordPiece" => new WordPieceModel(
            ReadVocabulary(section), section.StringOrNone("unk_token") ?? "[UNK]", section.StringOrNone("continuing_subword_prefix") ?? "##",
            section.Has("max_input_chars_per_word") ? section.Number("max_input_chars_per_word") : 100),
        "WordLevel" => new WordLevelModel(ReadVocabulary(section), section.StringOrNone("unk_token") ?? "[UNK]"),
        _ => throw section.Complaint("type", "BPE, Unigram, WordLevel or WordPiece"),
    };

    internal static Dictionary<string, int> ReadVocabulary(JsonSection model)
    {
        var vocabulary = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var (token, id) in model.Entries("vocab"))
        {
            vocabulary[token] = id.ValueKind == JsonValueKind.Number && id.TryGetInt32(out var number) && number >= 0
                ? number
                : throw new TokenizerException($"model.vocab: the id of '{token}' is {id.GetRawText()}; expected a whole number from 0");
        }

        return vocabulary.Count > 0 ? vocabulary : throw model.Complaint("vocab", "at least one token");
    }

    internal static List<(string Left, string Right)> ReadMerges(JsonSection model)
    {
        var merges = new List<(string, string)>();
        foreach (var entry in model.Items("merges"))
        {
            merges.Add(ReadMerge(entry) ?? throw new TokenizerException(
                $"model.merges: entry {merges.Count} is {JsonSection.Shown(entry)}; expected \"left right\" or [\"left\", \"right\"]"));
        }

        return merges;
    }

    // Older files do not say: the other keys tell.
    private static string Kind(JsonSection section)
    {
        if (section.Has("type"))
        {
            return section.String("type");
        }

        return section.Has("merges") ? "BPE" : section.Value("vocab") is { ValueKind: JsonValueKind.Array } ? "Unigram" : section.Has("continuing_subword_prefix") ? "WordPiece" : "WordLevel";
    }

    private static PairModel ReadPairs(JsonSection section)
    {
        section.Refuse("dropout", "merges are never left out by chance", value => value.ValueKind == JsonValueKind.Number && value.GetDouble() == 0);
        return new PairModel(ReadVocabulary(section), ReadMerges(section), new PairOptions
        {
            UnknownToken = section.StringOrNone("unk_token"),
            ContinuingPrefix = section.StringOrNone("continuing_subword_prefix") ?? "",
            EndSuffix = section.StringOrNone("end_of_word_suffix") ?? "",
            FusesUnknown = section.Flag("fuse_unk"),
            ByteFallback = section.Flag("byte_fallback"),
            IgnoresMerges = section.Flag("ignore_merges"),
        });
    }

    private static UnigramModel ReadUnigram(JsonSection section)
    {
        var tokens = new List<(string Token, double Score)>();
        foreach (var entry in section.Items("vocab"))
        {
            tokens.Add(entry.ValueKind == JsonValueKind.Array && entry.GetArrayLength() == 2 && JsonSection.Text(entry[0]) is { } token
                && entry[1].ValueKind == JsonValueKind.Number && entry[1].TryGetDouble(out var score) && double.IsFinite(score)
                ? (token, score)
                : throw new TokenizerException($"model.vocab: entry {tokens.Count} is {JsonSection.Shown(entry)}; expected [\"token\", score]"));
        }

        int? unknown = section.Has("unk_id") ? section.Number("unk_id") : null;
        return unknown is null || unknown < tokens.Count
            ? new UnigramModel(tokens, unknown, section.Flag("byte_fallback"))
            : throw section.Complaint("unk_id", $"the place of one of the {tokens.Count} tokens of model.vocab");
    }

    private static (string, string)? ReadMerge(JsonElement entry)
    {
        if (entry.ValueKind == JsonValueKind.Array && entry.GetArrayLength() == 2)
        {
            return JsonSection.Text(entry[0]) is { } first && JsonSection.Text(entry[1]) is { } second ? (first, second) : null;
        }

        // In this form no token holds a space, so there is exactly one.
        var text = JsonSection.Text(entry);
        var space = text?.IndexOf(' ', StringComparison.Ordinal) ?? -1;
        return space > 0 && space < text!.Length - 1 ? (text[..space], text[(space + 1)..]) : null;
    }
}
