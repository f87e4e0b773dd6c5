using Collimate.Tokenization.Normalization;

namespace Collimate.Tokenization.Reading;

/// <summary>Reads <c>normalizer</c>.</summary>
internal static class NormalizerReader
{
    private const string Known =
        "a Sequence of BertNormalizer, ByteLevel, Lowercase, NFC, NFD, NFKC, NFKD, Nmt, Precompiled, Prepend, Replace, Strip and StripAccents";

    internal static INormalizer Read(JsonSection section) => section.String("type") switch
    {
        "Sequence" => new SequenceNormalizer([.. section.Sections("normalizers").Select(Read)]),
        "NFC" => new UnicodeForm(composes: true, compatible: false),
        "NFD" => new UnicodeForm(composes: false, compatible: false),
        "NFKC" => new UnicodeForm(composes: true, compatible: true),
        "NFKD" => new UnicodeForm(composes: false, compatible: true),
        "Lowercase" => new LowercaseNormalizer(),
        "Strip" => new StripNormalizer(section.Flag("strip_left", otherwise: true), section.Flag("strip_right", otherwise: true)),
        "StripAccents" => new CharacterFilter(rune => CharacterSets.IsMark(rune) ? null : rune),
        "Replace" => new ReplaceNormalizer(PatternReader.Read(section), section.String("content")),
        "Prepend" => new PrependNormalizer(section.String("prepend")),
        "ByteLevel" => new ByteSpelling(),
        "Nmt" => NmtNormalizer.Make(),
        "BertNormalizer" => ReadBert(section),
        "Precompiled" => ReadPrecompiled(section),
        _ => throw section.Complaint("type", Known),
    };

    private static INormalizer ReadBert(JsonSection section)
    {
        var lowercases = section.Flag("lowercase", otherwise: true);
        return BertNormalizer.Make(
            section.Flag("clean_text", otherwise: true),
            section.Flag("handle_chinese_chars", otherwise: true),
            section.Flag("strip_accents", otherwise: lowercases),
            lowercases);
    }

    private static PrecompiledNormalizer ReadPrecompiled(JsonSection section)
    {
        const string Name = "precompiled_charsmap";
        var text = section.String(Name);
        var bytes = new byte[text.Length];
        return Convert.TryFromBase64String(text, bytes, out var count) && CharactersMap.Read(bytes.AsSpan(0, count)) is { } map
            ? new PrecompiledNormalizer(map)
            : throw section.Complaint(Name, "a table of SentencePiece in base 64");
    }
}
