using System.Text.Json;

namespace Collimate.Tokenization.Reading;

/// <summary>Reads a <c>tokenizer.json</c> of any kind. What is not supported is refused by its key.</summary>
/// <remarks>Source: Hugging Face tokenizers, the serialised form of <c>Tokenizer</c>.</remarks>
internal static class TokenizerReader
{
    internal static ITokenizer Load(string path) => Load(path, TokenizerJsonReader.ReadFile(path));

    /// <summary>Reads the bytes of a file.</summary>
    internal static ITokenizer Load(string path, ReadOnlyMemory<byte> source)
    {
        using var document = TokenizerJsonReader.Parse(path, source);
        try
        {
            return TokenizerJsonReader.TryReadPlain(document.RootElement) ?? (ITokenizer)Read(document.RootElement, source);
        }
        catch (TokenizerException failure)
        {
            throw new TokenizerException($"{path}: {failure.Message}", failure);
        }
    }

    private static Tokenizer Read(JsonElement root, ReadOnlyMemory<byte> source)
    {
        var file = new JsonSection(root, "");
        var model = ModelReader.Read(file.Section("model"));
        var added = AddedTokenReader.Read(file);
        var table = new TokenTable(model.Vocabulary, added);
        var parts = new TokenizerParts
        {
            Model = model,
            AddedTokens = added,
            Normalizer = file.Has("normalizer") ? NormalizerReader.Read(file.Section("normalizer")) : null,
            PreTokenizer = file.Has("pre_tokenizer") ? PreTokenizerReader.Read(file.Section("pre_tokenizer")) : null,
            PostProcessor = file.Has("post_processor") ? new PostProcessorReader(table.Spelling).Read(file.Section("post_processor")) : null,
            Decoder = file.Has("decoder") ? DecoderReader.Read(file.Section("decoder")) : null,
            Source = source,
        };
        return new Tokenizer(parts, table);
    }
}
