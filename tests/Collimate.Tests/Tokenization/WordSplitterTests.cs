using Collimate.Tokenization;

namespace Collimate.Tests.Tokenization;

/// <summary>The splitters that are written out against the regular expressions they stand for.</summary>
public sealed class WordSplitterTests
{
    [Theory]
    [InlineData(WordSplitter.Gpt2)]
    [InlineData(WordSplitter.Qwen2)]
    [InlineData(WordSplitter.Llama3)]
    public void Split_AnyText_EqualsTheRegularExpression(string pattern)
    {
        var written = WordSplitter.For(pattern);
        Assert.IsNotType<RegexWordSplitter>(written);
        var regex = new RegexWordSplitter(TextPattern.OfRegex($"(?:{pattern})"));
        Texts.Hold(Texts.WellFormed, text => Assert.Equal(Words(regex, text), Words(written, text)));
    }

    [Theory]
    [InlineData("  a", new[] { " ", " a" })]
    [InlineData("a\n\n b", new[] { "a", "\n\n", " b" })]
    [InlineData("it's 'tis", new[] { "it", "'s", " '", "tis" })]
    [InlineData("2024 𝟙𝟚", new[] { "2024", " 𝟙𝟚" })]
    [InlineData("end  ", new[] { "end", "  " })]
    public void Split_Gpt2_KeepsTheSpaceWithTheWord(string text, string[] expected) => Assert.Equal(expected, Words(WordSplitter.For(WordSplitter.Gpt2), text));

    [Theory]
    [InlineData("a\n\n b", new[] { "a", "\n\n", " b" })]
    [InlineData("IT'S \"so\"", new[] { "IT", "'S", " \"", "so", "\"" })]
    [InlineData("12 !\n\nx", new[] { "1", "2", " !\n\n", "x" })]
    public void Split_Qwen2_TakesLineEndsAndSingleDigits(string text, string[] expected) => Assert.Equal(expected, Words(WordSplitter.For(WordSplitter.Qwen2), text));

    [Fact]
    public void Split_PatternThatLeavesGaps_KeepsThemAsWords() => Assert.Equal(["a", "--", "b😀", "."], Words(WordSplitter.For(@"\w\p{So}?"), "a--b😀."));

    private static string[] Words(WordSplitter splitter, string text)
    {
        var ends = new List<int>();
        splitter.Split(text, ends);
        var start = 0;
        return [.. ends.Select(end => text[start..(start = end)])];
    }
}
