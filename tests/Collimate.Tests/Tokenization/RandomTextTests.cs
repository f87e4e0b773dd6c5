using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Collimate.Tokenization;

namespace Collimate.Tests.Tokenization;

/// <summary>50,000 random texts: what is decoded from what was encoded follows each published tokenizer's own rule, which is written out anew here.</summary>
public sealed class RandomTextTests
{
    private static readonly (int First, int Last)[] Blocks =
    [
        (0x20, 0x7E), (0x20, 0x7E), (0x20, 0x7E), (0x00, 0x2FF), (0x300, 0x36F), (0x391, 0x3C9), (0x410, 0x44F), (0x5D0, 0x5EA), (0x621, 0x64A), (0x905, 0x939), (0xE01, 0xE3A), (0x1100, 0x11FF),
        (0x1E00, 0x1EFF), (0x2000, 0x206F), (0x2190, 0x22FF), (0x3040, 0x30FF), (0x4E00, 0x9FA5), (0xAC00, 0xD7A3), (0xE000, 0xE0FF), (0xF900, 0xFA2D), (0xFF01, 0xFFEF), (0x10000, 0x1005D),
        (0x1D400, 0x1D7FF), (0x1F300, 0x1F5FF), (0x20000, 0x2A6D6), (0x10FF00, 0x10FFFD),
    ];

    [SharedFact("golden/tokenizers/qwen2.5")]
    public void Decode_ByteLevel_IsTheComposedText() => Hold("qwen2.5", 12_000, AnyCharacter, text => CanonicalComposition.Compose(text, []));

    [SharedFact("golden/tokenizers/llama2")]
    public void Decode_MetaspaceWithBytes_IsTheText() => Hold("llama2", 12_000, AnyCharacter, text => text.Replace('▁', ' '));

    [SharedFact("golden/tokenizers/clip")]
    public void Decode_Clip_IsItsLowerCaseWords() => Hold("clip", 8_000, random => PickOf(random, c => c < 0x10000), text =>
    {
        var composed = Regex.Replace(CanonicalComposition.Compose(text, []), @"\s+", " ").Replace("\u0130", "i\u0307", StringComparison.Ordinal).ToLowerInvariant();
        return string.Concat(Regex.Matches(composed, @"'s|'t|'re|'ve|'m|'ll|'d|\p{L}+|\p{N}|[^\s\p{L}\p{N}]+").Select(word => word.Value + "</w>"));
    });

    [SharedFact("golden/tokenizers/t5-small")]
    public void Decode_Unigram_IsTheWordsWithUnknownOnesMarked()
    {
        var tokenizer = PublishedTokenizers.Get("t5-small");
        Hold("t5-small", 8_000, random => PickOf(random, c => c is (>= 0x20 and < 0x7F) or (>= 0x4E00 and < 0x9FA5) or (>= 0x1F300 and < 0x1F600)), text =>
        {
            var words = text.Split(' ', StringSplitOptions.RemoveEmptyEntries)
                .Select(word => word.EnumerateRunes().Select(rune => tokenizer.TokenToId(rune.ToString()) is null ? null : rune.ToString()))
                .Select(characters => string.Concat(characters.Aggregate(new List<string>(), (all, c) =>
                {
                    if (c is not null || all.LastOrDefault() != "<unk>")
                    {
                        all.Add(c ?? "<unk>");
                    }

                    return all;
                })));
            return string.Join(' ', words);
        });
    }

    [SharedFact("golden/tokenizers/bert-base-uncased")]
    public void Decode_WordPiece_IsTheCleanWords()
    {
        var tokenizer = PublishedTokenizers.Get("bert-base-uncased");
        Hold("bert-base-uncased", 10_000, AnyCharacter, text => string.Concat(Words(Clean(text)).SelectMany(word => Pieces(tokenizer, word)).Select((piece, k) => CleanUp(k == 0 ? piece : piece[0] == '#' && piece.Length > 2 && piece[1] == '#' ? piece[2..] : " " + piece))));
    }

    private static void Hold(string name, int count, Func<Random, Rune> pick, Func<string, string> rule)
    {
        var tokenizer = PublishedTokenizers.Get(name);
        var random = new Random(name.Length * 7919);
        for (var k = 0; k < count; k++)
        {
            var text = new StringBuilder();
            for (var left = random.Next(24); left > 0; left--)
            {
                text.Append(random.Next(5) == 0 ? " " : pick(random).ToString());
            }

            var said = text.ToString();
            var ids = tokenizer.Encode(said);
            var (expected, found) = (rule(said), tokenizer.Decode(ids, skipSpecial: false));
            if (expected != found)
            {
                Assert.Fail($"'{said}' ({string.Join(' ', said.EnumerateRunes().Select(r => $"{r.Value:X}"))}): expected '{expected}', found '{found}'");
            }
        }
    }

    private static Rune AnyCharacter(Random random) => PickOf(random, _ => true);

    private static Rune PickOf(Random random, Func<int, bool> suits)
    {
        while (true)
        {
            var (first, last) = Blocks[random.Next(Blocks.Length)];
            var c = random.Next(first, last + 1);
            if (suits(c) && !char.IsBetween((char)Math.Min(c, 0xFFFF), '\uD800', '\uDFFF'))
            {
                return new Rune(c);
            }
        }
    }

    // BERT: controls go, blanks are one kind, Chinese characters stand alone, accents and capitals go.
    private static string Clean(string text)
    {
        var clean = new StringBuilder();
        foreach (var rune in text.EnumerateRunes())
        {
            if (rune.Value is '\t' or '\n' or '\r' || (Rune.IsWhiteSpace(rune) && !Rune.IsControl(rune)))
            {
                clean.Append(' ');
            }
            else if (Rune.GetUnicodeCategory(rune) is not (UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.PrivateUse) && rune.Value != 0xFFFD)
            {
                var parts = new List<int>();
                var chinese = rune.Value is (>= 0x4E00 and <= 0x9FFF) or (>= 0xF900 and <= 0xFAFF) or (>= 0x20000 and <= 0x2A6DF);
                CanonicalComposition.Decompose(rune.Value, parts);
                clean.Append(chinese ? " " : "").Append(string.Concat(parts.Where(IsKept).Select(char.ConvertFromUtf32)).ToLowerInvariant()).Append(chinese ? " " : "");
            }
        }

        return clean.ToString();
    }

    private static bool IsKept(int c) => Rune.GetUnicodeCategory(new Rune(c)) != UnicodeCategory.NonSpacingMark;

    private static IEnumerable<string> Words(string text)
    {
        var word = new StringBuilder();
        foreach (var rune in text.EnumerateRunes())
        {
            var isMark = (rune.IsAscii && !Rune.IsLetterOrDigit(rune) && rune.Value is > 32 and < 127) || Rune.IsPunctuation(rune);
            if ((isMark || rune.Value == ' ') && word.Length > 0)
            {
                yield return word.ToString();
                word.Clear();
            }

            if (isMark)
            {
                yield return rune.ToString();
            }
            else if (rune.Value != ' ')
            {
                word.Append(rune.ToString());
            }
        }

        if (word.Length > 0)
        {
            yield return word.ToString();
        }
    }

    private static List<string> Pieces(ITokenizer tokenizer, string word)
    {
        var pieces = new List<string>();
        for (var start = 0; start < word.Length;)
        {
            var end = word.Length;
            while (end > start && tokenizer.TokenToId((start > 0 ? "##" : "") + word[start..end]) is null)
            {
                end--;
            }

            if (end == start)
            {
                return ["[UNK]"];
            }

            pieces.Add((start > 0 ? "##" : "") + word[start..end]);
            start = end;
        }

        return pieces;
    }

    private static string CleanUp(string token) => token is " ." or " ?" or " !" or " ," ? token[1..] : token;
}
