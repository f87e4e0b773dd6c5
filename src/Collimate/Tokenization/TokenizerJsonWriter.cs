using System.Text.Encodings.Web;
using System.Text.Json;
using Collimate.Torch.Serialization;

namespace Collimate.Tokenization;

/// <summary>Writes a Hugging Face <c>tokenizer.json</c>. Merges are written as "left right", which old and new readers know.</summary>
internal static class TokenizerJsonWriter
{
    internal static readonly JsonWriterOptions Options = new() { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    internal static void Save(BytePairModel model, string path) => WriteWhole(path, writer => Write(model, writer));

    /// <summary>Writes a file again as it was read, but for the added tokens.</summary>
    internal static void SaveCopy(ReadOnlyMemory<byte> source, IReadOnlyList<AddedToken> added, string path)
    {
        using var document = TokenizerJsonReader.Parse(path, source);
        WriteWhole(path, writer =>
        {
            writer.WriteStartObject();
            foreach (var property in document.RootElement.EnumerateObject())
            {
                if (property.NameEquals("added_tokens"))
                {
                    WriteAddedTokens(added, writer);
                }
                else
                {
                    property.WriteTo(writer);
                }
            }

            if (!document.RootElement.TryGetProperty("added_tokens", out _))
            {
                WriteAddedTokens(added, writer);
            }

            writer.WriteEndObject();
        });
    }

    /// <summary>Writes a JSON file so that it is there whole or not at all.</summary>
    internal static void WriteWhole(string path, Action<Utf8JsonWriter> write) => WholeFile.Write(path, stream =>
    {
        using (var writer = new Utf8JsonWriter(stream, Options))
        {
            write(writer);
        }

        stream.WriteByte((byte)'\n');
    });

    private static void Write(BytePairModel model, Utf8JsonWriter writer)
    {
        writer.WriteStartObject();
        writer.WriteString("version", "1.0");
        writer.WriteNull("truncation");
        writer.WriteNull("padding");
        WriteAddedTokens(model.AddedTokens, writer);
        if (model.NormalizeNfc)
        {
            writer.WriteStartObject("normalizer");
            writer.WriteString("type", "NFC");
            writer.WriteEndObject();
        }
        else
        {
            writer.WriteNull("normalizer");
        }

        WritePreTokenizer(model, writer);
        writer.WriteNull("post_processor");
        WriteByteLevel(writer, "decoder", addPrefixSpace: false, useRegex: true);
        WriteModel(model, writer);
        writer.WriteEndObject();
    }

    private static void WriteAddedTokens(IReadOnlyList<AddedToken> added, Utf8JsonWriter writer)
    {
        writer.WriteStartArray("added_tokens");
        foreach (var token in added.OrderBy(t => t.Id))
        {
            writer.WriteStartObject();
            writer.WriteNumber("id", token.Id);
            writer.WriteString("content", token.Content);
            writer.WriteBoolean("single_word", token.IsSingleWord);
            writer.WriteBoolean("lstrip", token.StripsLeft);
            writer.WriteBoolean("rstrip", token.StripsRight);
            writer.WriteBoolean("normalized", token.IsNormalized);
            writer.WriteBoolean("special", token.IsSpecial);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
    }

    private static void WritePreTokenizer(BytePairModel model, Utf8JsonWriter writer)
    {
        if (model.Pattern == WordSplitter.Gpt2)
        {
            WriteByteLevel(writer, "pre_tokenizer", model.AddPrefixSpace, useRegex: true);
            return;
        }

        if (model.AddPrefixSpace)
        {
            throw new TokenizerException("a tokenizer with a pattern of its own cannot also add a space before the text: tokenizer.json has no form for it");
        }

        writer.WriteStartObject("pre_tokenizer");
        writer.WriteString("type", "Sequence");
        writer.WriteStartArray("pretokenizers");
        writer.WriteStartObject();
        writer.WriteString("type", "Split");
        writer.WriteStartObject("pattern");
        writer.WriteString("Regex", model.Pattern);
        writer.WriteEndObject();
        writer.WriteString("behavior", "Isolated");
        writer.WriteBoolean("invert", false);
        writer.WriteEndObject();
        WriteByteLevel(writer, null, addPrefixSpace: false, useRegex: false);
        writer.WriteEndArray();
        writer.WriteEndObject();
    }

    private static void WriteByteLevel(Utf8JsonWriter writer, string? name, bool addPrefixSpace, bool useRegex)
    {
        if (name is null)
        {
            writer.WriteStartObject();
        }
        else
        {
            writer.WriteStartObject(name);
        }

        writer.WriteString("type", "ByteLevel");
        writer.WriteBoolean("add_prefix_space", addPrefixSpace);
        writer.WriteBoolean("trim_offsets", false);
        writer.WriteBoolean("use_regex", useRegex);
        writer.WriteEndObject();
    }

    private static void WriteModel(BytePairModel model, Utf8JsonWriter writer)
    {
        writer.WriteStartObject("model");
        writer.WriteString("type", "BPE");
        writer.WriteNull("dropout");
        writer.WriteNull("unk_token");
        writer.WriteNull("continuing_subword_prefix");
        writer.WriteNull("end_of_word_suffix");
        writer.WriteBoolean("fuse_unk", false);
        writer.WriteBoolean("byte_fallback", false);
        writer.WriteBoolean("ignore_merges", model.IgnoreMerges);
        writer.WriteStartObject("vocab");
        foreach (var (token, id) in model.Vocabulary.OrderBy(t => t.Value))
        {
            writer.WriteNumber(token, id);
        }

        writer.WriteEndObject();
        writer.WriteStartArray("merges");
        foreach (var (left, right) in model.Merges)
        {
            writer.WriteStringValue($"{left} {right}");
        }

        writer.WriteEndArray();
        writer.WriteEndObject();
    }
}
