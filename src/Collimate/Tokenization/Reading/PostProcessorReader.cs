using System.Text.Json;
using Collimate.Tokenization.PostProcessing;

namespace Collimate.Tokenization.Reading;

/// <summary>Reads <c>post_processor</c>.</summary>
/// <param name="spelling">The spelling of an id.</param>
internal sealed class PostProcessorReader(Func<int, string> spelling)
{
    internal IPostProcessor Read(JsonSection section) => section.String("type") switch
    {
        "Sequence" => new SequenceProcessor([.. section.Sections("processors").Select(Read)]),
        "ByteLevel" => new ByteLevelProcessor(section.Flag("trim_offsets", otherwise: true), section.Flag("add_prefix_space", otherwise: true), spelling),
        "BertProcessing" => new BertProcessor(ReadToken(section, "cls"), ReadToken(section, "sep")),
        "RobertaProcessing" => new RobertaProcessor(
            ReadToken(section, "cls"), ReadToken(section, "sep"), section.Flag("trim_offsets", otherwise: true), section.Flag("add_prefix_space", otherwise: true), spelling),
        "TemplateProcessing" => ReadTemplate(section),
        _ => throw section.Complaint("type", "a Sequence of BertProcessing, ByteLevel, RobertaProcessing and TemplateProcessing"),
    };

    private static (string Token, int Id) ReadToken(JsonSection section, string name)
    {
        var parts = section.Items(name).ToArray();
        return parts.Length == 2 && JsonSection.Text(parts[0]) is { } token && parts[1].ValueKind == JsonValueKind.Number && parts[1].TryGetInt32(out var id) && id >= 0
            ? (token, id)
            : throw section.Complaint(name, "[\"token\", id]");
    }

    private static TemplateProcessor ReadTemplate(JsonSection section)
    {
        var tokens = new Dictionary<string, IReadOnlyList<(string Token, int Id)>>(StringComparer.Ordinal);
        foreach (var (name, value) in section.Has("special_tokens") ? section.Entries("special_tokens") : [])
        {
            tokens[name] = ReadTokens(new JsonSection(value, $"{section.Key}.special_tokens[{name}]"));
        }

        return new TemplateProcessor(ReadParts(section, "single", texts: 1, tokens), ReadParts(section, "pair", texts: 2, tokens));
    }

    private static List<(string Token, int Id)> ReadTokens(JsonSection section)
    {
        var ids = section.Items("ids").Select(id => id.ValueKind == JsonValueKind.Number && id.TryGetInt32(out var number) && number >= 0
            ? number
            : throw section.Complaint("ids", "whole numbers from 0")).ToArray();
        var tokens = section.Items("tokens").Select(token => JsonSection.Text(token) ?? throw section.Complaint("tokens", "a list of texts")).ToArray();
        return ids.Length == tokens.Length ? [.. tokens.Zip(ids)] : throw section.Complaint("tokens", $"as many as ids, {ids.Length}");
    }

    private static List<TemplatePart> ReadParts(JsonSection section, string name, int texts, Dictionary<string, IReadOnlyList<(string Token, int Id)>> tokens)
    {
        var parts = new List<TemplatePart>();
        foreach (var entry in section.Sections(name))
        {
            if (entry.Has("Sequence"))
            {
                var text = entry.Section("Sequence");
                var number = text.String("id") switch { "A" => 0, "B" => 1, _ => texts };
                parts.Add(number < texts ? new TemplatePart(number, text.Number("type_id"), []) : throw text.Complaint("id", texts == 1 ? "A" : "A or B"));
                continue;
            }

            var special = entry.Section("SpecialToken");
            parts.Add(tokens.TryGetValue(special.String("id"), out var found)
                ? new TemplatePart(-1, special.Number("type_id"), found)
                : throw special.Complaint("id", $"one of {section.Key}.special_tokens"));
        }

        return parts;
    }
}
