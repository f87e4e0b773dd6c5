using System.Text;

namespace Collimate.Tokenization.Normalization;

/// <summary>BERT's cleaning: controls vanish, all white space becomes blanks, Chinese characters stand alone, accents and capitals go.</summary>
/// <remarks>Hugging Face: <c>BertNormalizer</c>; after <c>BasicTokenizer</c> of the BERT authors.</remarks>
internal static class BertNormalizer
{
    private static readonly Rune Blank = new(' ');

    /// <summary>The steps that a configuration asks for.</summary>
    internal static INormalizer Make(bool cleansText, bool separatesChinese, bool stripsAccents, bool lowercases)
    {
        var steps = new List<INormalizer>();
        if (cleansText)
        {
            steps.Add(new CharacterFilter(Clean));
        }

        if (separatesChinese)
        {
            steps.Add(new ChineseSeparator());
        }

        if (stripsAccents)
        {
            steps.Add(new UnicodeForm(composes: false, compatible: false));
            steps.Add(new CharacterFilter(rune => CharacterSets.IsNonSpacingMark(rune) ? null : rune));
        }

        if (lowercases)
        {
            steps.Add(new LowercaseNormalizer());
        }

        return new SequenceNormalizer(steps);
    }

    private static Rune? Clean(Rune rune) => CharacterSets.IsControl(rune) ? null : Rune.IsWhiteSpace(rune) ? Blank : rune;

    private sealed class ChineseSeparator : INormalizer
    {
        public NormalizedText Normalize(NormalizedText text)
        {
            if (text.Span.IndexOfAnyExceptInRange('\0', '\u33FF') < 0)
            {
                return text;
            }

            var edit = new TextEdit(text);
            foreach (var rune in text.Span.EnumerateRunes())
            {
                if (IsChinese(rune.Value))
                {
                    edit.Write(Blank, 0);
                    edit.Write(rune, 1);
                    edit.Write(Blank, 1);
                }
                else
                {
                    edit.Write(rune, 0);
                }
            }

            return edit.Finish();
        }

        private static bool IsChinese(int c) =>
            c is (>= 0x3400 and <= 0x4DBF) or (>= 0x4E00 and <= 0x9FFF) or (>= 0xF900 and <= 0xFAFF) or (>= 0x20000 and <= 0x2A6DF)
                or (>= 0x2A700 and <= 0x2B81F) or (>= 0x2B920 and <= 0x2CEAF) or (>= 0x2F800 and <= 0x2FA1F);
    }
}
