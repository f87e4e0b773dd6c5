using System.Text.Json;
using Collimate.Evaluation.Metrics.Captions;

namespace Collimate.Tests.Evaluation.Metrics;

/// <summary>The tokenizer against what Stanford's gave.</summary>
public sealed class PtbTokenizerTests
{
    [Fact]
    public void Tokenize_TrickyLines_EqualsStanfords()
    {
        using var document = JsonDocument.Parse(File.ReadAllText(GoldenFiles.Require("caption-metrics/ptb_tokenizer.json")));
        JsonElement[] lines = [.. document.RootElement.EnumerateArray()];
        foreach (var (at, line) in lines.Index())
        {
            var text = line.GetProperty("text").GetString()!;
            var following = at + 1 < lines.Length ? lines[at + 1].GetProperty("text").GetString() : null;

            Assert.Equal(line.GetProperty("ptb").GetString(), string.Join(' ', PtbTokenizer.Tokenize(text, following)));
            Assert.Equal(line.GetProperty("caption_tokens").GetString(), CaptionWords.Of(text));
        }

        Assert.Equal(32, lines.Length);
    }

    [Fact]
    public void Tokenized_TrickyCaptions_EqualTheTools() => AssertTokenized(CaptionGolden.Tricky);

    [SharedFact("golden/caption-metrics/coco80")]
    public void Tokenized_CocoCaptions_EqualTheTools() => AssertTokenized(CaptionGolden.Load(SharedFiles.Require("golden/caption-metrics/coco80")));

    [SharedFact("golden/caption-metrics/abstract80")]
    public void Tokenized_AbstractScenes_EqualTheTools() => AssertTokenized(CaptionGolden.Load(SharedFiles.Require("golden/caption-metrics/abstract80")));

    [Theory]
    [InlineData("", "")]
    [InlineData(" \t\n ", "")]
    [InlineData("\U0001F600\U0001F600", "")]
    [InlineData("\uD83D", "")]                       // half a character
    [InlineData("call 555-123-4567 now", "call 555-123-4567 now")]
    [InlineData("a 5 1/2 inch pipe", "a 5\u00A01/2 inch pipe")] // one token
    [InlineData("fish &amp; chips &lt;3", "fish & chips < 3")]
    [InlineData("a 50 yr. old, approx., man", "a 50 yr old approx. man")]
    public void Of_Oddities_AreWordsAllTheSame(string caption, string words) => Assert.Equal(words, CaptionWords.Of(caption));

    [Theory]
    [InlineData("a")]
    [InlineData("a ")]
    [InlineData("a-")]
    [InlineData("a/")]
    [InlineData("http://")]
    [InlineData("a@")]
    [InlineData(". ")]
    public void Tokenize_HundredThousandCharacters_KeepsEveryLetter(string piece)
    {
        var text = string.Concat(Enumerable.Repeat(piece, 100_000 / piece.Length));

        var tokens = PtbTokenizer.Tokenize(text);

        Assert.Equal(text.Count(char.IsLetter), tokens.Sum(token => token.Count(char.IsLetter)));
    }

    [Fact]
    public void Of_RandomText_IsWordsWithoutBreaks()
    {
        const string Letters = "aAby\u00E9's\u2019\"`().,;:!?-\u2013/\\@#$%&*_+=<>[]{}|~^0123456789 \t\u00A0\u20AC\u00BD\u263A\u65E5n'tcom.www.http://&amp;\u0301\uD83D\uDE00";
        var random = new Random(1);
        for (var round = 0; round < 3000; round++)
        {
            var text = new string(random.GetItems(Letters.AsSpan(), random.Next(1, 40)));

            Assert.DoesNotContain(CaptionWords.Of(text), letter => letter is '\n' or '\t');
        }
    }

    private static void AssertTokenized(CaptionGolden golden)
    {
        foreach (var (raw, expected) in golden.Raw.Zip(golden.Tokenized))
        {
            var words = raw.Tokenized();
            Assert.Equal(expected.Candidate, words.Candidate);
            Assert.Equal(expected.References, words.References);
        }
    }
}
