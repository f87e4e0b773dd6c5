using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Collimate.Tokenization;
using Collimate.Tokenization.Normalization;
using Collimate.Tokenization.Reading;

namespace Collimate.Tests.Tokenization;

/// <summary>The steps of the pipeline one by one; expected values are the reference implementation's.</summary>
public sealed class TokenizerPipelineTests
{
    [Theory]
    [InlineData("Removed", new[] { "the", "final", "countdown" })]
    [InlineData("Isolated", new[] { "the", "-", "final", "-", "-", "countdown" })]
    [InlineData("MergedWithPrevious", new[] { "the-", "final-", "-", "countdown" })]
    [InlineData("MergedWithNext", new[] { "the", "-final", "-", "-countdown" })]
    [InlineData("Contiguous", new[] { "the", "-", "final", "--", "countdown" })]
    public void Split_EveryBehavior_CutsLikeTheReference(string behavior, string[] expected) =>
        Assert.Equal(expected, Words($$"""{"type": "Split", "pattern": {"String": "-"}, "behavior": "{{behavior}}", "invert": false}""", "the-final--countdown"));

    [Theory]
    [InlineData("""{"type": "Metaspace", "replacement": "▁"}""", "a b", new[] { "▁a", "▁b" })]
    [InlineData("""{"type": "Metaspace", "replacement": "▁", "prepend_scheme": "never"}""", "a b", new[] { "a", "▁b" })]
    [InlineData("""{"type": "Metaspace", "replacement": "▁", "add_prefix_space": false}""", "a b", new[] { "a", "▁b" })]
    [InlineData("""{"type": "Metaspace", "replacement": "▁", "split": false}""", "a b", new[] { "▁a▁b" })]
    [InlineData("""{"type": "Metaspace", "replacement": "▁"}""", " a", new[] { "▁a" })]
    [InlineData("""{"type": "Whitespace"}""", "ⓐa ²x½ Ⅷ\u200D", new[] { "ⓐa", "²", "x", "½", "Ⅷ\u200D" })]
    [InlineData("""{"type": "Digits", "individual_digits": true}""", "a12b", new[] { "a", "1", "2", "b" })]
    [InlineData("""{"type": "Digits", "individual_digits": false}""", "a12b", new[] { "a", "12", "b" })]
    [InlineData("""{"type": "Punctuation"}""", "a,.b", new[] { "a", ",", ".", "b" })]
    [InlineData("""{"type": "Punctuation", "behavior": "Contiguous"}""", "a,.b", new[] { "a", ",.", "b" })]
    [InlineData("""{"type": "CharDelimiterSplit", "delimiter": "-"}""", "a-b", new[] { "a", "b" })]
    [InlineData("""{"type": "ByteLevel", "add_prefix_space": true, "use_regex": true}""", "a é", new[] { "Ġa", "ĠÃ©" })]
    [InlineData("""{"type": "Split", "pattern": {"Regex": "^a"}, "behavior": "Isolated"}""", "a\na\nb", new[] { "a", "\n", "a", "\nb" })]
    [InlineData("""{"type": "Split", "pattern": {"Regex": "b."}, "behavior": "Isolated"}""", "b\nxba", new[] { "b\nx", "ba" })]
    [InlineData("""{"type": "Split", "pattern": {"Regex": "x*"}, "behavior": "Isolated"}""", "axb", new[] { "a", "x", "b" })]
    [InlineData("""{"type": "Split", "pattern": {"Regex": "(?:ab)++|[^\\]\\s]?+c"}, "behavior": "Isolated"}""", "ababxc]c", new[] { "abab", "xc", "]c" })]
    public void PreTokenizer_EachKind_CutsLikeTheReference(string json, string text, string[] expected) => Assert.Equal(expected, Words(json, text));

    [Theory]
    [InlineData("""{"type": "NFKC"}""", "ﬁ①ＡＢ\u1E9B\u0323", "fi1ABṩ")]
    [InlineData("""{"type": "NFKD"}""", "é㌀", "e\u0301\u30A2\u30CF\u309A\u30FC\u30C8")]
    [InlineData("""{"type": "NFD"}""", "가\u0344", "\u1100\u1161\u0308\u0301")]
    [InlineData("""{"type": "Lowercase"}""", "İΣǅ", "i\u0307σǆ")]
    [InlineData("""{"type": "StripAccents"}""", "e\u0301é", "eé")]
    [InlineData("""{"type": "Strip", "strip_left": true, "strip_right": false}""", " a ", "a ")]
    [InlineData("""{"type": "Replace", "pattern": {"Regex": "x*"}, "content": "-"}""", "axb", "-a-b-")]
    [InlineData("""{"type": "Prepend", "prepend": "▁"}""", "a", "▁a")]
    [InlineData("""{"type": "Prepend", "prepend": "▁"}""", "", "")]
    [InlineData("""{"type": "Nmt"}""", "a\u200Bb\u0001\u2028", "a b ")]
    [InlineData("""{"type": "ByteLevel"}""", "aé", "aÃ©")]
    [InlineData("""{"type": "BertNormalizer"}""", "É\u00A0中\u0000\uFFFD", "e  中 ")]
    public void Normalizer_EachKind_WritesLikeTheReference(string json, string text, string expected) =>
        Assert.Equal(expected, NormalizerReader.Read(Section(json)).Normalize(Text(text)).ToString());

    [Fact]
    public void Normalize_ComposedAndExpandedCharacters_KeepThePlacesOfTheReference()
    {
        var composed = NormalizerReader.Read(Section("""{"type": "NFC"}""")).Normalize(Text("xe\u0301y"));
        Assert.Equal([(0, 1), (1, 2), (3, 4)], Enumerable.Range(0, 3).Select(composed.At)); // of é only the e
        var expanded = NormalizerReader.Read(Section("""{"type": "NFKD"}""")).Normalize(Text("xﬁ😀"));
        Assert.Equal([(0, 1), (1, 2), (1, 2), (2, 4), (2, 4)], Enumerable.Range(0, 5).Select(expanded.At));
    }

    [Fact]
    public void EncodeText_Pair_FramesBothAndTellsThemApart()
    {
        var encoded = HandMadeTokenizers.Load(HandMadeTokenizers.Json("wordpiece").ToJsonString()).EncodeText("dogs,", "A do");
        Assert.Equal(["dog", "##s", ",", "</s>", "a", "do"], encoded.Tokens);
        Assert.Equal([0, 0, 0, 0, 1, 1], encoded.TypeIds);
        Assert.Equal([(0, 3), (3, 4), (4, 5), (0, 0), (0, 1), (2, 4)], encoded.Offsets);
        Assert.Equal([false, false, false, true, false, false], encoded.PutIn);
        Assert.Equal([0, 0, 1, null, 0, 1], encoded.Words);
    }

    [Fact]
    public void Encode_AddedTokens_FollowTheirFlags()
    {
        var tokenizer = HandMadeTokenizers.Load(HandMadeTokenizers.Json("wordpiece").ToJsonString());
        var tokens = tokenizer.EncodeWithOffsets("a  <image>Cat aCat cat  a"); // Cat is looked for in lower case, and alone
        Assert.Equal(["a", "<image>", "Cat", "<unk>", "Cat", "a"], tokens.Select(t => tokenizer.IdToToken(t.Id)));
        Assert.Equal((1, 10), (tokens[1].Start, tokens[1].End));
        Assert.Equal((10, 14), (tokens[2].Start, tokens[2].End));
        Assert.DoesNotContain(tokenizer.EncodeWithOffsets("a <image>", recogniseAdded: false), t => t.Id == 400);
    }

    [Fact]
    public void Named_Roles_AreFoundAndKept()
    {
        var tokenizer = HandMadeTokenizers.Load(HandMadeTokenizers.Json("unigram").ToJsonString());
        Assert.Contains("eos_token", Assert.Throws<TokenizerException>(() => tokenizer.EosId).Message, StringComparison.Ordinal);
        var named = tokenizer.Named("<unk>", "</s>", "<image>", "<s>").WithAddedTokens("<new>");
        Assert.Equal((2, 1, 0, 400, 402), (named.PadId, named.EosId, named.BosId, named.ImageId, named.TokenToId("<new>")));
        Assert.Contains("<none>", Assert.Throws<TokenizerException>(() => tokenizer.Named(null, "<none>", null)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("wordpiece", "model.type", "\"Nope\"", "model.type is \"Nope\"; expected BPE, Unigram, WordLevel or WordPiece")]
    [InlineData("wordpiece", "model.unk_token", "\"[X]\"", "model.unk_token is '[X]'")]
    [InlineData("wordpiece", "normalizer", "{\"type\": \"Odd\"}", "normalizer.type is \"Odd\"")]
    [InlineData("wordpiece", "normalizer", "{\"type\": \"Sequence\", \"normalizers\": [{\"type\": \"NFC\"}, {\"type\": \"Odd\"}]}", "normalizer.normalizers[1].type is \"Odd\"")]
    [InlineData("wordpiece", "normalizer", "{\"type\": \"Precompiled\", \"precompiled_charsmap\": \"AAA\"}", "normalizer.precompiled_charsmap")]
    [InlineData("wordpiece", "normalizer", "{\"type\": \"Precompiled\", \"precompiled_charsmap\": \"CAAAAAE=\"}", "normalizer.precompiled_charsmap")]
    [InlineData("wordpiece", "pre_tokenizer", "{\"type\": \"UnicodeScripts\"}", "pre_tokenizer.type is \"UnicodeScripts\"")]
    [InlineData("wordpiece", "pre_tokenizer", "{\"type\": \"Split\", \"pattern\": {\"Regex\": \"(\"}, \"behavior\": \"Isolated\"}", "pre_tokenizer.pattern.Regex is \"(\"")]
    [InlineData("wordpiece", "pre_tokenizer", "{\"type\": \"Split\", \"pattern\": {\"Regex\": \"[[:alpha:]]\"}, \"behavior\": \"Isolated\"}", "pre_tokenizer.pattern.Regex")]
    [InlineData("wordpiece", "pre_tokenizer", "{\"type\": \"Split\", \"pattern\": {\"String\": \"a\"}, \"behavior\": \"Odd\"}", "pre_tokenizer.behavior is \"Odd\"")]
    [InlineData("wordpiece", "post_processor", "{\"type\": \"BertProcessing\", \"sep\": [\"x\", 9999], \"cls\": [\"y\", 1]}", "post_processor puts in the id 9999")]
    [InlineData("wordpiece", "post_processor", "{\"type\": \"TemplateProcessing\", \"single\": [{\"SpecialToken\": {\"id\": \"[S]\", \"type_id\": 0}}], \"pair\": []}", "post_processor.single[0].SpecialToken.id is \"[S]\"")]
    [InlineData("wordpiece", "decoder", "{\"type\": \"CTC\"}", "decoder.type is \"CTC\"")]
    [InlineData("unigram", "model.unk_id", "99", "model.unk_id is 99")]
    [InlineData("unigram", "model.vocab", "[[\"a\", 1e400]]", "model.vocab: entry 0")]
    [InlineData("metaspace", "model.dropout", "0.5", "model.dropout is 0.5")]
    [InlineData("metaspace", "model.merges", "[\"a b\"]", "no token 'b'")]
    [InlineData("metaspace", "added_tokens", "[{\"id\": 5, \"content\": \"<s>\"}]", "'<s>' has id 5")]
    public void Load_UnsupportedOrWrongValue_IsRefusedByFileAndKey(string kind, string key, string value, string expected)
    {
        var json = HandMadeTokenizers.Json(kind);
        var steps = key.Split('.');
        (steps.Length == 1 ? json : json[steps[0]]!.AsObject())[steps[^1]] = "@VALUE@";
        var message = Assert.Throws<TokenizerException>(() => HandMadeTokenizers.Load(json.ToJsonString().Replace("\"@VALUE@\"", value, StringComparison.Ordinal))).Message;
        Assert.StartsWith("tokenizer.json: ", message, StringComparison.Ordinal);
        Assert.Contains(expected, message, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_TruncationAndPadding_AreLeftToTheCaller()
    {
        var json = HandMadeTokenizers.Json("byte-level");
        json["truncation"] = new JsonObject { ["max_length"] = 3 };
        json["padding"] = new JsonObject { ["strategy"] = "BatchLongest" };
        Assert.Equal(7, HandMadeTokenizers.Load(json.ToJsonString()).Encode("a b c d").Length);
    }

    [Fact]
    public void PossessiveQuantifiers_Rewrite_LeavesEverythingElse()
    {
        Assert.Equal(@"(?>a+)", PossessiveQuantifiers.Rewrite("a++"));
        Assert.Equal(@"(?>[^\]+]*)(?>(?:a|b+?)?)\++", PossessiveQuantifiers.Rewrite(@"[^\]+]*+(?:a|b+?)?+\++"));
        Assert.Equal(WordSplitter.Qwen2, PossessiveQuantifiers.Rewrite(WordSplitter.Qwen2));
        Assert.Equal("", PossessiveQuantifiers.Rewrite(""));
    }

    private static string[] Words(string json, string text)
    {
        var words = new List<NormalizedText>();
        PreTokenizerReader.Read(Section(json)).Cut(Text(text), words);
        return [.. words.Select(word => word.ToString())];
    }

    private static NormalizedText Text(string text) => new(text.ToCharArray(), 0, tracks: true, limit: 1000);

    private static JsonSection Section(string json) => new(JsonDocument.Parse(Encoding.UTF8.GetBytes(json)).RootElement, "step");
}
