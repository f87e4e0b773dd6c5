using System.Text.Json.Nodes;
using Collimate.Tokenization;

namespace Collimate.Tests.Tokenization;

/// <summary>Reading and writing <c>tokenizer.json</c>: what is not supported or makes no sense is refused by its key.</summary>
public sealed class TokenizerJsonTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    private string File => Path.Combine(folder.Path, "tokenizer.json");

    [Fact]
    public void Load_SavedTokenizer_EncodesTheSame()
    {
        foreach (var tokenizer in new[] { Tokenizers.Small, Tokenizers.Normalizing, new BytePairTokenizer(Tokenizers.Small.Model with { AddPrefixSpace = true, IgnoreMerges = true }), new BytePairTokenizer(Tokenizers.Small.Model with { Pattern = @"\w+|\W" }) })
        {
            tokenizer.Save(File);
            var again = BytePairTokenizer.Load(File);
            Texts.Hold(Texts.WellFormed, text => Assert.Equal(tokenizer.Encode(text), again.Encode(text)));
            Assert.Equal([File], Directory.GetFiles(folder.Path));
        }
    }

    [Theory]
    [InlineData("model.type", "\"Unigram\"", "model.type is 'Unigram', expected 'BPE'")]
    [InlineData("model.dropout", "0.1", "model.dropout is 0.1")]
    [InlineData("model.end_of_word_suffix", "\"</w>\"", "model.end_of_word_suffix is \"</w>\"")]
    [InlineData("model.byte_fallback", "true", "model.byte_fallback is true")]
    [InlineData("model.ignore_merges", "3", "model.ignore_merges is 3; expected true or false")]
    [InlineData("model.vocab", "[]", "model.vocab is []; expected an object")]
    [InlineData("model.vocab", "{\"a\": 1.5}", "the id of 'a' is 1.5")]
    [InlineData("model.vocab", "{\"a\": -1}", "the id of 'a' is -1")]
    [InlineData("model.vocab", "{\"a\": 2147483647}", "the token 'a' has id 2147483647")]
    [InlineData("model.vocab", "{\"a\": 1, \"b\": 1}", "'a' and 'b' both have id 1")]
    [InlineData("model.vocab", "{\"a\": 1, \"a\": 2}", "not valid JSON")]
    [InlineData("model.merges", "[\"ab\"]", "model.merges: entry 0 is \"ab\"")]
    [InlineData("model.merges", "[[\"a\", \"\\ud800\"]]", "model.merges: entry 0")]
    [InlineData("model.merges", "[\"zz yy\"]", "model.vocab has no token 'zz'")]
    [InlineData("normalizer", "{\"type\": \"NFKC\"}", "normalizer.type is 'NFKC', expected 'NFC'")]
    [InlineData("pre_tokenizer", "null", "pre_tokenizer is missing")]
    [InlineData("pre_tokenizer", "{\"type\": \"Metaspace\"}", "pre_tokenizer.type is 'Metaspace'")]
    [InlineData("pre_tokenizer", "{\"type\": \"ByteLevel\", \"use_regex\": false}", "pre_tokenizer.use_regex is false")]
    [InlineData("pre_tokenizer", "{\"type\": \"Sequence\", \"pretokenizers\": [{\"type\": \"Split\", \"pattern\": {\"Regex\": \"a\"}, \"behavior\": \"Removed\"}, {\"type\": \"ByteLevel\"}]}", "pre_tokenizer.pretokenizers[0].behavior is 'Removed'")]
    [InlineData("pre_tokenizer", "{\"type\": \"Sequence\", \"pretokenizers\": [{\"type\": \"Split\", \"pattern\": {\"Regex\": \"a++(\"}, \"behavior\": \"Isolated\"}, {\"type\": \"ByteLevel\", \"add_prefix_space\": false, \"use_regex\": false}]}", "not a regular expression")]
    [InlineData("post_processor", "{\"type\": \"TemplateProcessing\"}", "post_processor.type is 'TemplateProcessing'")]
    [InlineData("decoder", "{\"type\": \"WordPiece\"}", "decoder.type is 'WordPiece'")]
    [InlineData("truncation", "{\"max_length\": 3}", "truncation is {")]
    [InlineData("padding", "{}", "padding is {}")]
    [InlineData("added_tokens", "[{\"id\": 300, \"content\": \"\"}]", "the token with id 300 has no content")]
    [InlineData("added_tokens", "[{\"id\": 300}]", "added_tokens[0].content is missing")]
    [InlineData("added_tokens", "[{\"id\": 300, \"content\": \"<x>\", \"single_word\": 1}]", "added_tokens[0].single_word is 1")]
    [InlineData("post_processor", "{\"type\": \"ByteLevel\"}", "post_processor.trim_offsets is absent, which means true")]
    [InlineData("added_tokens", "[{\"id\": 3, \"content\": \"<x>\"}]", "both have id 3")]
    [InlineData("added_tokens", "[{\"id\": 300, \"content\": \"a\"}]", "'a' has id 300, but elsewhere")]
    public void Load_UnsupportedOrWrongValue_IsRefusedByItsKey(string key, string value, string expected)
    {
        Tokenizers.Small.Save(File);
        var json = JsonNode.Parse(System.IO.File.ReadAllText(File))!;
        var steps = key.Split('.');
        var owner = steps.Length == 1 ? json : json[steps[0]]!;
        owner[steps[^1]] = "@VALUE@";
        System.IO.File.WriteAllText(File, json.ToJsonString().Replace("\"@VALUE@\"", value, StringComparison.Ordinal));

        var message = Assert.Throws<TokenizerException>(() => BytePairTokenizer.Load(File)).Message;
        Assert.StartsWith(File, message, StringComparison.Ordinal);
        Assert.Contains(expected, message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("[]")]
    [InlineData("null")]
    [InlineData("{\"model\": NaN}")]
    public void Load_NotATokenizer_IsRefused(string text)
    {
        System.IO.File.WriteAllText(File, text);
        Assert.Contains(File, Assert.Throws<TokenizerException>(() => BytePairTokenizer.Load(File)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_DeepNesting_IsRefused()
    {
        System.IO.File.WriteAllText(File, new string('[', 100_000));
        Assert.Throws<TokenizerException>(() => BytePairTokenizer.Load(File));
    }

    [Fact]
    public void Load_MissingFile_SaysSo() =>
        Assert.Contains("there is no such file", Assert.Throws<TokenizerException>(() => BytePairTokenizer.Load(File)).Message, StringComparison.Ordinal);

    [Fact]
    public void Encode_ByteWithoutToken_IsRefusedByItsByte()
    {
        var tokenizer = new BytePairTokenizer(new BytePairModel { Vocabulary = new Dictionary<string, int> { ["h"] = 0, ["i"] = 1 }, Merges = [], AddedTokens = [] });
        Assert.Equal([0, 1], tokenizer.Encode("hi"));
        Assert.Contains("0x6F", Assert.Throws<TokenizerException>(() => tokenizer.Encode("ho")).Message, StringComparison.Ordinal);
    }

    public void Dispose() => folder.Dispose();
}
