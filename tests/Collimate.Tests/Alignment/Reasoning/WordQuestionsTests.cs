using Collimate.Alignment.Reasoning;
using Collimate.Data;
using Collimate.Torch;

namespace Collimate.Tests.Alignment.Reasoning;

public sealed class WordQuestionsTests
{
    [Fact]
    public void Words_RareOnes_AreUnknownAndTheListReadsBack()
    {
        var words = WordList.Of(["How many cats?", "How many dogs?", "How many dogs are 12?"], least: 2);
        var again = WordList.Parse(words.ToText());

        Assert.Equal(words.Encode("many DOGS, how?"), again.Encode("many DOGS, how?"));
        Assert.Equal(words.Encode("cats"), words.Encode("zebra"));     // both unknown
        Assert.NotEqual(words.Encode("cats"), words.Encode("dogs"));
        Assert.Equal(words.Encode("?,"), words.Encode("? zebra"));
        Assert.Single(words.Encode("   "));
        Assert.DoesNotContain(WordList.Padding, words.Encode("how many cats are there?"));
    }

    [Fact]
    public void Vectors_OfAFile_BeginTheWordsThatHaveOne()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllLines(folder["glove.txt"], ["how 1 2 3", "zebra 4 5 6", "? -1 -2 -3.5"]);
        using var reader = new WordQuestions(WordList.Of(["how how how many?", "??"], 1), 3, 110, null);
        using var scope = new TensorScope();

        Assert.Equal(2, reader.Begin(WordVectors.Load(folder["glove.txt"], 3)));
        var read = reader.Encode([reader.Tokenize("How?")]);
        Assert.Equal([1f, 2, 3, -1, -2, -3.5f], read.Tokens.ToArray<float>());
        Assert.Equal([2], read.Lengths);
    }

    [Theory]
    [InlineData("how 1 2", "line 2")]
    [InlineData("how 1 2 x", "line 2")]
    [InlineData("how 1 2 NaN", "line 2")]
    public void Vectors_ALineThatDoesNotFit_IsNamed(string line, string named)
    {
        using var folder = new TemporaryFolder();
        File.WriteAllLines(folder["glove.txt"], ["many 1 2 3", line]);
        Assert.Contains(named, Assert.Throws<DataException>(() => WordVectors.Load(folder["glove.txt"], 3)).Message, StringComparison.Ordinal);
        Assert.Contains("no such file", Assert.Throws<DataException>(() => WordVectors.Load(folder["absent.txt"], 3)).Message, StringComparison.Ordinal);
    }
}
