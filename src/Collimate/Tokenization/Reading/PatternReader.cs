using System.Text.Json;

namespace Collimate.Tokenization.Reading;

/// <summary>Reads a <c>pattern</c>: characters as they are written, or a regular expression.</summary>
internal static class PatternReader
{
    internal static TextPattern Read(JsonSection owner)
    {
        if (owner.Value("pattern") is { ValueKind: JsonValueKind.String })
        {
            return Literal(owner, "pattern");
        }

        var section = owner.Section("pattern");
        if (section.Has("String"))
        {
            return Literal(section, "String");
        }

        var pattern = section.String("Regex");
        try
        {
            return TextPattern.OfRegex(PossessiveQuantifiers.Rewrite(pattern));
        }
        catch (ArgumentException failure)
        {
            throw new TokenizerException($"{section.Complaint("Regex", "a regular expression that is understood here").Message}: {failure.Message}", failure);
        }
    }

    internal static TextPattern Literal(JsonSection section, string name) =>
        section.String(name) is { Length: > 0 } text ? TextPattern.Of(text) : throw section.Complaint(name, "at least one character");
}
