namespace Collimate.Tokenization;

/// <summary>Cuts text into the words inside which pairs are joined. Words follow each other without gaps.</summary>
internal abstract class WordSplitter
{
    /// <summary>GPT-2's pattern.</summary>
    internal const string Gpt2 = @"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+";

    private const string Gpt2Grouped = @"'(?:[sdmt]|ll|ve|re)| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+";
    private const string ContractionsAndLetters = @"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|";
    private const string SymbolsAndSpace = @"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";

    /// <summary>Qwen2's pattern: one digit a word.</summary>
    internal const string Qwen2 = ContractionsAndLetters + @"\p{N}" + SymbolsAndSpace;

    /// <summary>The pattern of cl100k and Llama 3: up to three digits a word.</summary>
    internal const string Llama3 = ContractionsAndLetters + @"\p{N}{1,3}" + SymbolsAndSpace;

    /// <summary>The splitter of a pattern: written out for those that are widely used, a regular expression for any other.</summary>
    /// <exception cref="ArgumentException">The pattern is not a regular expression that .NET knows.</exception>
    internal static WordSplitter For(string pattern) => Written(pattern) ?? new RegexWordSplitter(TextPattern.OfRegex(pattern));

    /// <summary>The splitter of a pattern that is written out, or null.</summary>
    internal static WordSplitter? Written(string pattern) => pattern switch
    {
        Gpt2 or Gpt2Grouped => new Gpt2WordSplitter(),
        Qwen2 => new Qwen2WordSplitter(digits: 1),
        Llama3 => new Qwen2WordSplitter(digits: 3),
        _ => null,
    };

    /// <summary>Where each word of a text ends; the first begins at 0 and each of the others where the one before ends.</summary>
    internal abstract void Split(ReadOnlySpan<char> text, List<int> ends);

    /// <summary>One past the run of characters of a class that begins at a place.</summary>
    protected static int RunEnd(ReadOnlySpan<char> text, int at, CharacterClass kind, int atMost = int.MaxValue)
    {
        for (var taken = 0; at < text.Length && taken < atMost && CharacterClasses.At(text, at, out var length) == kind; taken++)
        {
            at += length;
        }

        return at;
    }

    /// <summary>The last two alternatives, <c>\s+(?!\S)|\s+</c>: white space leaves its last character to the word that follows.</summary>
    protected static int SpaceEnd(ReadOnlySpan<char> text, int at, int runEnd) =>
        runEnd == text.Length || runEnd == at + 1 ? runEnd : runEnd - 1;

    /// <summary>The end of <c>'s</c>, <c>'t</c>, <c>'re</c>, <c>'ve</c>, <c>'m</c>, <c>'ll</c> or <c>'d</c> at a place, or 0.</summary>
    protected static int ContractionEnd(ReadOnlySpan<char> text, int at, bool ignoreCase)
    {
        if (at + 1 >= text.Length || text[at] != '\'')
        {
            return 0;
        }

        var first = Fold(text[at + 1], ignoreCase);
        if (first is 's' or 't' or 'm' or 'd')
        {
            return at + 2;
        }

        var second = at + 2 < text.Length ? Fold(text[at + 2], ignoreCase) : '\0';
        return (first, second) is ('r', 'e') or ('v', 'e') or ('l', 'l') ? at + 3 : 0;
    }

    private static char Fold(char c, bool ignoreCase) => ignoreCase && char.IsAsciiLetterUpper(c) ? (char)(c | 0x20) : c;
}
