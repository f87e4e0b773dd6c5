using FsCheck;
using FsCheck.Fluent;

namespace Collimate.Tests.Tokenization;

/// <summary>Random texts that hit what tokenizers stumble over: white space, contractions, digits, marks, scripts, emoji.</summary>
internal static class Texts
{
    private static readonly string[] Pieces =
    [
        "a", "b", "the", "dog", " dog", "Hello", " ", "  ", "\n", "\r\n", "\t", "\u00A0", "\u3000", "'s", "'S", "'ll", "'Ve", "'", "''", "1", "12", "3456", ".", "?!", "...", "-", "_", "é", "e\u0301", "ñ",
        "\u0301", "\u0323\u0307", "ß", "Ж", "дом", "中文", "日本語", "ไทย", "한국", "\u1112\u1161\u11AB", "\u212B", "½", "Ⅷ", "²", "٣", "😀", "👩‍🚀", "🇯🇵", "𝕳", "𐍈", "𝟙", "\u200D", "\uFEFF", "\u0085", "\u0000", "<", "|", ">", "<|end", "end|>",
    ];

    /// <summary>Texts without lone surrogates.</summary>
    internal static Arbitrary<string> WellFormed { get; } = Arb.From(
        from pieces in Gen.ArrayOf(Gen.Frequency((8, Gen.Elements(Pieces)), (2, Gen.Choose(0, 0x10F7FF).Select(c => char.ConvertFromUtf32(c < 0xD800 ? c : c + 0x800)))))
        select string.Concat(pieces));

    /// <summary>Texts of letters, digits, spaces and punctuation, trimmed and not empty: what people say.</summary>
    internal static Arbitrary<string> Said { get; } = Arb.From(
        from first in Gen.Elements("is", "what", "Why", "two", "😀", "nein")
        from rest in Gen.ArrayOf(Gen.Elements(" a", " dog", ",", " 12", " été", " 中文", "?", "!", "\n", " it's", " 🇯🇵", " x_1"))
        select (first + string.Concat(rest)).Trim());

    /// <summary>Checks a property on a few hundred random values.</summary>
    internal static void Hold<T>(Arbitrary<T> values, Action<T> property) => Hold(values, 300, property);

    /// <summary>Checks a property on some random values.</summary>
    internal static void Hold<T>(Arbitrary<T> values, int count, Action<T> property) =>
        Prop.ForAll(values, property).Check(Properties.Hold.WithMaxTest(count));
}
