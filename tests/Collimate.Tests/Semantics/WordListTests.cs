using Collimate.Data;
using Collimate.Semantics;
using Collimate.Tests.Alignment;

namespace Collimate.Tests.Semantics;

/// <summary>Word lists as people have them, and as they should not be.</summary>
public sealed class WordListTests : IDisposable
{
    private readonly string path = Path.GetTempFileName();

    public void Dispose() => File.Delete(path);

    [Fact]
    public void Load_WindowsLineEndsAndMark_AreNoPartOfWords()
    {
        File.WriteAllBytes(path, [0xEF, 0xBB, 0xBF, .. "cat\r\nice cream\r\nélan\r\n"u8]);

        var words = WordList.Load(path);

        Assert.Equal(["cat", "ice cream", "élan"], Enumerable.Range(0, words.Count).Select(k => words[k]));
    }

    [Fact]
    public void Hash_SameWordsInAnotherOrder_Differs()
    {
        Assert.NotEqual(WordList.Of(["a", "b"]).Hash, WordList.Of(["b", "a"]).Hash);
        Assert.Equal(WordList.Of(["a", "b"]).Hash, WordList.Of(["a", "b"]).Hash);
    }

    [Theory]
    [InlineData("", "is empty")]
    [InlineData("cat\n\ndog\n", "line 2 is blank")]
    [InlineData("cat\ndog\ncat\n", "line 3 repeats 'cat' of line 1")]
    public void Load_BadList_SaysWhereAndWhat(string text, string expected)
    {
        File.WriteAllText(path, text);

        var problem = Assert.Throws<DataException>(() => WordList.Load(path));

        Assert.Contains(expected, problem.Message, StringComparison.Ordinal);
        Assert.StartsWith(path, problem.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_NotUtf8_NamesTheByte()
    {
        File.WriteAllBytes(path, [.. "caf"u8, 0xE9, .. "\n"u8]);

        Assert.Contains("byte 3 is not UTF-8", Assert.Throws<DataException>(() => WordList.Load(path)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_AbsentFile_SaysSo() =>
        Assert.Contains("cannot be read", Assert.Throws<DataException>(() => WordList.Load(path + ".absent")).Message, StringComparison.Ordinal);

    [Fact]
    public void Targets_WordWithoutTokens_IsNamed()
    {
        var problem = Assert.Throws<DataException>(() => WordTargets.Of(WordList.Of(["a", "\u200b"]), new MuteTokenizer(TinyVisionModel.Tokenizer)));

        Assert.Contains("line 2", problem.Message, StringComparison.Ordinal);
    }
}
