using System.Text.Json;
using System.Text.Json.Nodes;
using Collimate.Tokenization;
using Collimate.Tokenization.Reading;

namespace Collimate.Tests.Tokenization;

/// <summary>Small <c>tokenizer.json</c> files of every kind, written by hand.</summary>
internal static class HandMadeTokenizers
{
    internal static readonly string[] Kinds = ["byte-level", "clip", "metaspace", "unigram", "wordpiece", "wordlevel", "everything"];

    /// <summary>The tokenizer of a file's text.</summary>
    internal static ITokenizer Load(string json) => TokenizerReader.Load("tokenizer.json", System.Text.Encoding.UTF8.GetBytes(json));

    /// <summary>The file of a kind.</summary>
    internal static JsonObject Json(string kind) => JsonNode.Parse(kind switch
    {
        "byte-level" => File(
            "null", """{"type": "Sequence", "pretokenizers": [{"type": "Split", "pattern": {"Regex": "\\p{L}+|\\p{N}|\\s+|[^\\s\\p{L}\\p{N}]+"}, "behavior": "Isolated", "invert": false}, {"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": false, "use_regex": false}]}""",
            """{"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": false}""", """{"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": false, "use_regex": false}""",
            $$"""{"type": "BPE", "dropout": null, "unk_token": null, "ignore_merges": false, "vocab": {{Vocabulary([.. Bytes(), "th", "the", "Ġthe", "do", "dog", "aa", "aaaa"])}}, "merges": ["t h", "th e", ["Ġ", "the"], "d o", "do g", "a a", "aa aa"]}"""),
        "clip" => File(
            """{"type": "Sequence", "normalizers": [{"type": "NFC"}, {"type": "Replace", "pattern": {"Regex": "\\s+"}, "content": " "}, {"type": "Lowercase"}]}""",
            """{"type": "Sequence", "pretokenizers": [{"type": "Split", "pattern": {"Regex": "'s|'t|[\\p{L}]+|[\\p{N}]|[^\\s\\p{L}\\p{N}]+"}, "behavior": "Removed", "invert": true}, {"type": "ByteLevel", "add_prefix_space": false}]}""",
            """{"type": "RobertaProcessing", "sep": ["</s>", 1], "cls": ["<s>", 0], "trim_offsets": false, "add_prefix_space": false}""", """{"type": "BPEDecoder", "suffix": "</w>"}""",
            $$"""{"type": "BPE", "unk_token": "</s>", "continuing_subword_prefix": "", "end_of_word_suffix": "</w>", "fuse_unk": false, "vocab": {{Vocabulary(["<s>", "</s>", "a", "a</w>", "d", "o", "g</w>", "do", "dog</w>", "1</w>"])}}, "merges": ["d o", "do g</w>"]}"""),
        "metaspace" => File(
            """{"type": "Sequence", "normalizers": [{"type": "Prepend", "prepend": "▁"}, {"type": "Replace", "pattern": {"String": " "}, "content": "▁"}]}""", "null",
            """{"type": "TemplateProcessing", "single": [{"SpecialToken": {"id": "<s>", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}}], "pair": [{"Sequence": {"id": "A", "type_id": 0}}, {"SpecialToken": {"id": "<s>", "type_id": 1}}, {"Sequence": {"id": "B", "type_id": 1}}], "special_tokens": {"<s>": {"id": "<s>", "ids": [0], "tokens": ["<s>"]}}}""",
            """{"type": "Sequence", "decoders": [{"type": "Replace", "pattern": {"String": "▁"}, "content": " "}, {"type": "ByteFallback"}, {"type": "Fuse"}, {"type": "Strip", "content": " ", "start": 1, "stop": 0}]}""",
            $$"""{"type": "BPE", "unk_token": "</s>", "fuse_unk": true, "byte_fallback": true, "vocab": {{Vocabulary(["<s>", "</s>", "▁", "a", "d", "o", "g", "▁d", "og", "▁dog", "aa", .. Enumerable.Range(0, 256).Select(b => $"<0x{b:X2}>")])}}, "merges": ["▁ d", "o g", "▁d og", "a a"]}"""),
        "unigram" => File(
            $$"""{"type": "Precompiled", "precompiled_charsmap": "{{Convert.ToBase64String(CharactersMapBytes())}}"}""",
            """{"type": "Sequence", "pretokenizers": [{"type": "WhitespaceSplit"}, {"type": "Metaspace", "replacement": "▁", "prepend_scheme": "always", "split": true}]}""",
            """{"type": "BertProcessing", "sep": ["</s>", 1], "cls": ["<s>", 0]}""", """{"type": "Metaspace", "replacement": "▁", "add_prefix_space": true}""",
            """{"type": "Unigram", "unk_id": 2, "byte_fallback": false, "vocab": [["<s>", 0], ["</s>", 0.0], ["<unk>", 0], ["▁", -2.5], ["a", -3], ["d", -4], ["o", -4.5], ["g", -4], ["▁dog", -5], ["do", -3.25], ["aa", -4.75]]}"""),
        "wordpiece" => File(
            """{"type": "BertNormalizer", "clean_text": true, "handle_chinese_chars": true, "strip_accents": null, "lowercase": true}""", """{"type": "BertPreTokenizer"}""",
            """{"type": "TemplateProcessing", "single": [{"SpecialToken": {"id": "<s>", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}}, {"SpecialToken": {"id": "</s>", "type_id": 0}}], "pair": [{"Sequence": {"id": "A", "type_id": 0}}, {"SpecialToken": {"id": "</s>", "type_id": 0}}, {"Sequence": {"id": "B", "type_id": 1}}], "special_tokens": {"<s>": {"id": "<s>", "ids": [0], "tokens": ["<s>"]}, "</s>": {"id": "</s>", "ids": [1], "tokens": ["</s>"]}}}""",
            """{"type": "WordPiece", "prefix": "##", "cleanup": true}""",
            $$"""{"type": "WordPiece", "unk_token": "<unk>", "continuing_subword_prefix": "##", "max_input_chars_per_word": 100, "vocab": {{Vocabulary(["<s>", "</s>", "<unk>", "a", "##a", "do", "##g", "dog", ",", "##s"])}}}"""),
        "wordlevel" => File("null", """{"type": "Whitespace"}""", "null", "null", $$"""{"type": "WordLevel", "unk_token": "<unk>", "vocab": {{Vocabulary(["<s>", "</s>", "<unk>", "a", "dog", ","])}}}"""),
        "everything" => File(
            """{"type": "Sequence", "normalizers": [{"type": "NFKC"}, {"type": "NFD"}, {"type": "NFKD"}, {"type": "StripAccents"}, {"type": "Nmt"}, {"type": "Strip", "strip_left": true, "strip_right": true}]}""",
            """{"type": "Sequence", "pretokenizers": [{"type": "Digits", "individual_digits": true}, {"type": "Punctuation", "behavior": "MergedWithPrevious"}, {"type": "CharDelimiterSplit", "delimiter": "-"}, {"type": "Split", "pattern": {"String": "x"}, "behavior": "MergedWithNext", "invert": false}, {"type": "Whitespace"}]}""",
            """{"type": "Sequence", "processors": [{"type": "ByteLevel", "trim_offsets": true, "add_prefix_space": true}, {"type": "BertProcessing", "sep": ["</s>", 1], "cls": ["<s>", 0]}]}""",
            """{"type": "Sequence", "decoders": [{"type": "BPEDecoder", "suffix": "</w>"}, {"type": "Replace", "pattern": {"Regex": "a+"}, "content": "b"}]}""",
            $$"""{"type": "BPE", "unk_token": "<unk>", "continuing_subword_prefix": "##", "end_of_word_suffix": "</w>", "fuse_unk": true, "ignore_merges": true, "vocab": {{Vocabulary(["<s>", "</s>", "<unk>", "a", "##a", "##a</w>", "d", "##o", "do", "##g</w>", "dog</w>", "aa"])}}, "merges": ["d ##o", "do ##g</w>", "a ##a"]}"""),
        _ => throw new ArgumentOutOfRangeException(nameof(kind)),
    })!.AsObject();

    private static string File(string normalizer, string preTokenizer, string postProcessor, string decoder, string model) => $$"""
        {"version": "1.0", "truncation": null, "padding": null, "added_tokens": [{"id": 400, "content": "<image>", "single_word": false, "lstrip": true, "rstrip": false, "normalized": false, "special": true}, {"id": 401, "content": "Cat", "single_word": true, "lstrip": false, "rstrip": true, "normalized": true, "special": false}],
         "normalizer": {{normalizer}}, "pre_tokenizer": {{preTokenizer}}, "post_processor": {{postProcessor}}, "decoder": {{decoder}}, "model": {{model}}}
        """;

    private static string Vocabulary(IEnumerable<string> tokens) => JsonSerializer.Serialize(tokens.Select((token, id) => (token, id)).ToDictionary(t => t.token, t => t.id));

    private static IEnumerable<string> Bytes() => Enumerable.Range(0, 256).Select(value => ByteLevel.Spell((byte)value).ToString());

    // A double array with one entry: A becomes a.
    private static byte[] CharactersMapBytes()
    {
        var units = new uint[0x200];
        units[0] = 0x100u << 10;
        units[0x100 ^ 'A'] = (0x80u << 10) | 0x100 | 'A';
        units[0x100 ^ 'A' ^ 0x80] = 0x80000000;
        return [.. BitConverter.GetBytes(units.Length * 4), .. units.SelectMany(BitConverter.GetBytes), (byte)'a', 0];
    }
}
