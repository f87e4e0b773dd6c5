using System.Text.Json;

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

    /// <summary>Opens a JSON file of a tokenizer.</summary>
    internal static JsonDocument Open(string path)
    {
        try
        {
            using var stream = File.OpenRead(path);
            if (stream.Length > LargestFile)
            {
                throw new TokenizerException($"{path} has {stream.Length} bytes; at most {LargestFile} are read");
            }

            return JsonDocument.Parse(stream, new JsonDocumentOptions { AllowDuplicateProperties = false });
        }
        catch (JsonException failure)
        {
            throw new TokenizerException($"{path}: not valid JSON: {failure.Message}", failure);
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

    private static BytePairModel ReadModel(JsonElement root)
    {
        var file = new JsonSection(root, "");
        var model = file.Section("model");
        model.Expect("type", "BPE", "other kinds of models are not read here", orAbsent: true);
        var vocabulary = ReadVocabulary(model); // first: what is wrong here explains the rest
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
            Vocabulary = vocabulary,
            Merges = ReadMerges(model),
            AddedTokens = ReadAddedTokens(file),
            Pattern = pattern,
            AddPrefixSpace = addPrefixSpace,
            NormalizeNfc = ReadNormalizer(file),
            IgnoreMerges = model.Flag("ignore_merges"),
        };
    }

    private static Dictionary<string, int> ReadVocabulary(JsonSection model)
    {
        var vocabulary = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var (token, id) in model.Entries("vocab"))
        {
            vocabulary[token] = id.ValueKind == JsonValueKind.Number && id.TryGetInt32(out var number) && number >= 0
                ? number
                : throw new TokenizerException($"model.vocab: the id of '{token}' is {id.GetRawText()}; expected a whole number from 0");
        }

        return vocabulary;
    }

    private static List<(string Left, string Right)> ReadMerges(JsonSection model)
    {
        var merges = new List<(string, string)>();
        foreach (var entry in model.Items("merges"))
        {
            merges.Add(ReadMerge(entry) ?? throw new TokenizerException(
                $"model.merges: entry {merges.Count} is {JsonSection.Shown(entry)}; expected \"left right\" or [\"left\", \"right\"]"));
        }

        return merges;
    }

    private static (string, string)? ReadMerge(JsonElement entry)
    {
        if (entry.ValueKind == JsonValueKind.Array && entry.GetArrayLength() == 2)
        {
            return JsonSection.Text(entry[0]) is { } first && JsonSection.Text(entry[1]) is { } second ? (first, second) : null;
        }

        // A byte-level token holds no space, so there is exactly one.
        var text = JsonSection.Text(entry);
        var space = text?.IndexOf(' ', StringComparison.Ordinal) ?? -1;
        return space > 0 && space < text!.Length - 1 ? (text[..space], text[(space + 1)..]) : null;
    }

    private static List<AddedToken> ReadAddedTokens(JsonSection file)
    {
        var tokens = new List<AddedToken>();
        foreach (var entry in file.Items("added_tokens", orNone: true))
        {
            var section = new JsonSection(entry, $"added_tokens[{tokens.Count}]");
            section.Refuse("single_word", "tokens that must stand alone are not supported", IsFalse);
            tokens.Add(new AddedToken(section.Number("id"), section.String("content"), section.Flag("special"))
            {
                StripsLeft = section.Flag("lstrip"),
                StripsRight = section.Flag("rstrip"),
                IsNormalized = section.Flag("normalized"),
            });
        }

        return tokens;
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
        // ByteLevel's only trims offsets; any other adds tokens.
        if (file.Has("post_processor"))
        {
            file.Section("post_processor").Expect("type", "ByteLevel", "tokens around a text are the chat template's business");
        }
    }

    private static bool IsFalse(JsonElement value) => value.ValueKind == JsonValueKind.False;

    private static bool IsEmptyString(JsonElement value) => value.ValueKind == JsonValueKind.String && value.ValueEquals("");
}
