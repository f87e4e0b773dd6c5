using System.Text.Json;
using System.Text.Unicode;
using Collimate.Tokenization.Reading;

namespace Collimate.Tokenization;

/// <summary>Reads a Hugging Face <c>tokenizer.json</c> that holds a byte-level BPE. Whatever would change a token and is not supported is refused by its key.</summary>
/// <remarks>Source: Hugging Face tokenizers 0.21, the serialised form of <c>Tokenizer</c>.</remarks>
internal static class TokenizerJsonReader
{
    private const long LargestFile = 256L << 20;

    internal static BytePairTokenizer Load(string path)
    {
        using var document = Open(path);
        try
        {
            return new BytePairTokenizer(ReadModel(document.RootElement));
        }
        catch (TokenizerException failure)
        {
            throw new TokenizerException($"{path}: {failure.Message}", failure);
        }
    }

    /// <summary>The tokenizer of a file if it is of the plain kind that is read here, with all 256 bytes; null for any other, and for one with mistakes.</summary>
    internal static BytePairTokenizer? TryReadPlain(JsonElement root)
    {
        try
        {
            var model = ReadModel(root);
            return Enumerable.Range(0, 256).All(value => model.Vocabulary.ContainsKey(ByteLevel.Spell((byte)value).ToString())) ? new BytePairTokenizer(model) : null;
        }
        catch (TokenizerException)
        {
            return null; // whoever reads all kinds will say what is wrong
        }
    }

    /// <summary>Opens a JSON file of a tokenizer.</summary>
    internal static JsonDocument Open(string path) => Parse(path, ReadFile(path));

    /// <summary>The bytes of a file.</summary>
    internal static ReadOnlyMemory<byte> ReadFile(string path)
    {
        try
        {
            var size = new FileInfo(path).Length;
            return size <= LargestFile ? File.ReadAllBytes(path) : throw new TokenizerException($"{path} has {size} bytes; at most {LargestFile} are read");
        }
        catch (Exception failure) when (failure is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new TokenizerException($"{path}: there is no such file. Give a model's folder that has its tokenizer in it.", failure);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new TokenizerException($"{path} cannot be read: {failure.Message}", failure);
        }
    }

    /// <summary>Parses the bytes of a file.</summary>
    internal static JsonDocument Parse(string path, ReadOnlyMemory<byte> source)
    {
        if (!Utf8.IsValid(source.Span))
        {
            throw new TokenizerException($"{path}: not valid JSON: it holds bytes that are no UTF-8");
        }

        try
        {
            var start = source.Span.StartsWith("\uFEFF"u8) ? 3 : 0;
            return JsonDocument.Parse(source[start..], new JsonDocumentOptions { AllowDuplicateProperties = false });
        }
        catch (Exception failure) when (failure is JsonException or InvalidOperationException)
        {
            throw new TokenizerException($"{path}: not valid JSON: {failure.Message}", failure);
        }
    }

    private static BytePairModel ReadModel(JsonElement root)
    {
        var file = new JsonSection(root, "");
        var model = file.Section("model");
        model.Expect("type", "BPE", "other kinds of models are not read here", orAbsent: true);
        model.Refuse("dropout", "merges are not left out at random here", allowed: value => value.ValueKind == JsonValueKind.Number && value.GetDouble() == 0);
        model.Refuse("continuing_subword_prefix", "byte-level vocabularies have none", IsEmptyString);
        model.Refuse("end_of_word_suffix", "byte-level vocabularies of this kind have none", IsEmptyString);
        model.Refuse("byte_fallback", "bytes are spelt by the byte-level table here", IsFalse);
        file.Refuse("truncation", "the renderer truncates by whole turns; set it to null");
        file.Refuse("padding", "batches are padded elsewhere; set it to null");
        CheckDecoder(file);
        CheckPostProcessor(file);
        var (pattern, addPrefixSpace) = ReadPreTokenizer(file.Section("pre_tokenizer"));
        return new BytePairModel
        {
            Vocabulary = ModelReader.ReadVocabulary(model),
            Merges = ModelReader.ReadMerges(model),
            AddedTokens = AddedTokenReader.Read(file),
            Pattern = pattern,
            AddPrefixSpace = addPrefixSpace,
            NormalizeNfc = ReadNormalizer(file),
            IgnoreMerges = model.Flag("ignore_merges"),
        };
    }

    private static bool ReadNormalizer(JsonSection file)
    {
        if (!file.Has("normalizer"))
        {
            return false;
        }

        var normalizer = file.Section("normalizer");
        if (normalizer.String("type") == "Sequence" && !normalizer.Items("normalizers").Any())
        {
            return false;
        }

        normalizer.Expect("type", "NFC", "other normalizations are not supported for byte-level BPE");
        return true;
    }

    private static (string Pattern, bool AddPrefixSpace) ReadPreTokenizer(JsonSection section)
    {
        if (section.String("type") == "ByteLevel")
        {
            return section.Flag("use_regex", otherwise: true)
                ? (WordSplitter.Gpt2, section.Flag("add_prefix_space", otherwise: true))
                : throw new TokenizerException("pre_tokenizer.use_regex is false; a ByteLevel step that cuts no words is only read after a Split step");
        }

        section.Expect("type", "Sequence", "the pre-tokenizers read here are ByteLevel and a Sequence of Split and ByteLevel");
        var steps = section.Items("pretokenizers").Select((step, k) => new JsonSection(step, $"pre_tokenizer.pretokenizers[{k}]")).ToArray();
        if (steps.Length != 2)
        {
            throw new TokenizerException($"pre_tokenizer.pretokenizers has {steps.Length} steps; expected Split and ByteLevel");
        }

        steps[0].Expect("type", "Split", "the first step must cut words by a pattern");
        steps[0].Expect("behavior", "Isolated", "other behaviours would lose or join text");
        steps[0].Refuse("invert", "the pattern must describe words, not what is between them", IsFalse);
        steps[1].Expect("type", "ByteLevel", "the second step must spell bytes");
        steps[1].Refuse("add_prefix_space", "after a Split every word would get a space", IsFalse, whenAbsent: "true");
        steps[1].Refuse("use_regex", "words would be cut twice", IsFalse, whenAbsent: "true");
        return (steps[0].Section("pattern").String("Regex"), false);
    }

    private static void CheckDecoder(JsonSection file)
    {
        if (file.Has("decoder"))
        {
            file.Section("decoder").Expect("type", "ByteLevel", "a byte-level vocabulary is read back byte by byte");
        }
    }

    private static void CheckPostProcessor(JsonSection file)
    {
        // ByteLevel's only trims offsets, if that; any other adds tokens.
        if (file.Has("post_processor"))
        {
            var section = file.Section("post_processor");
            section.Expect("type", "ByteLevel", "tokens around a text are the chat template's business");
            section.Refuse("trim_offsets", "a token's place includes its blanks here", IsFalse, whenAbsent: "true");
        }
    }

    private static bool IsFalse(JsonElement value) => value.ValueKind == JsonValueKind.False;

    private static bool IsEmptyString(JsonElement value) => value.ValueKind == JsonValueKind.String && value.ValueEquals("");
}
