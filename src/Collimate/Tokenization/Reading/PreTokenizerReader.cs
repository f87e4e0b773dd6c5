using System.Text;
using Collimate.Tokenization.Normalization;
using Collimate.Tokenization.PreTokenization;

namespace Collimate.Tokenization.Reading;

/// <summary>Reads <c>pre_tokenizer</c>.</summary>
internal static class PreTokenizerReader
{
    private const string Known =
        "a Sequence of BertPreTokenizer, ByteLevel, CharDelimiterSplit, Digits, Metaspace, Punctuation, Split, Whitespace and WhitespaceSplit";

    internal static IPreTokenizer Read(JsonSection section) => section.String("type") switch
    {
        "Sequence" => new SequencePreTokenizer([.. section.Sections("pretokenizers").Select(Read)]),
        "ByteLevel" => new ByteLevelPreTokenizer(section.Flag("add_prefix_space", otherwise: true), section.Flag("use_regex", otherwise: true)),
        "Split" => new SplitPreTokenizer(PatternReader.Read(section), ReadBehavior(section), section.Flag("invert")),
        "Whitespace" => new WordPreTokenizer(),
        "WhitespaceSplit" => new CharacterSplitter(Rune.IsWhiteSpace, SplitBehavior.Removed),
        "BertPreTokenizer" => new SequencePreTokenizer(
            [new CharacterSplitter(Rune.IsWhiteSpace, SplitBehavior.Removed), new CharacterSplitter(CharacterSets.IsPunctuation, SplitBehavior.Isolated)]),
        "Punctuation" => new CharacterSplitter(CharacterSets.IsPunctuation, section.Has("behavior") ? ReadBehavior(section) : SplitBehavior.Isolated),
        "Digits" => new CharacterSplitter(Rune.IsNumber, section.Flag("individual_digits") ? SplitBehavior.Isolated : SplitBehavior.Contiguous),
        "CharDelimiterSplit" => ReadDelimiter(section),
        "Metaspace" => ReadMetaspace(section),
        _ => throw section.Complaint("type", Known),
    };

    /// <summary>Which pieces get the visible blank; older files only say whether any do.</summary>
    internal static PrependScheme ReadScheme(JsonSection section)
    {
        if (section.Has("prepend_scheme"))
        {
            return section.String("prepend_scheme") switch
            {
                "always" => PrependScheme.Always,
                "first" => PrependScheme.First,
                "never" => PrependScheme.Never,
                _ => throw section.Complaint("prepend_scheme", "always, first or never"),
            };
        }

        return section.Flag("add_prefix_space", otherwise: true) ? PrependScheme.Always : PrependScheme.Never;
    }

    private static MetaspacePreTokenizer ReadMetaspace(JsonSection section) =>
        new(section.Character("replacement"), ReadScheme(section), section.Flag("split", otherwise: true));

    private static CharacterSplitter ReadDelimiter(JsonSection section)
    {
        var delimiter = section.Character("delimiter").EnumerateRunes().First();
        return new CharacterSplitter(rune => rune == delimiter, SplitBehavior.Removed);
    }

    private static SplitBehavior ReadBehavior(JsonSection section) => section.String("behavior") switch
    {
        "Removed" => SplitBehavior.Removed,
        "Isolated" => SplitBehavior.Isolated,
        "MergedWithPrevious" => SplitBehavior.MergedWithPrevious,
        "MergedWithNext" => SplitBehavior.MergedWithNext,
        "Contiguous" => SplitBehavior.Contiguous,
        _ => throw section.Complaint("behavior", "Removed, Isolated, MergedWithPrevious, MergedWithNext or Contiguous"),
    };
}
