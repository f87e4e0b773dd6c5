using Collimate.Alignment;
using Collimate.Data;
using Collimate.Data.Conversations;
using Collimate.Data.Interleaved;
using Collimate.Tests.Alignment;

namespace Collimate.Tests.Data.Interleaved;

public sealed class InterleavedSourceTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Draw_Document_ShowsPicturesAndSaysTextsInOrder()
    {
        HandMadeData.WritePicture(folder["a.png"], 1);
        HandMadeData.WritePicture(folder["b.png"], 2);
        var path = HandMadeData.WriteText(folder["d.jsonl"], """
            [{"text": "one"}, {"text": "two"}, {"image": "a.png"}, {"text": "<image> is a word here"}, {"image": "b.png"}, {"image": "a.png"}, {"text": " "}, {"text": "three"}, {"image": "b.png"}]
            {"id": 7, "parts": [{"image": "b.png"}, {"text": "x"}]}
            """);

        var samples = new InterleavedSource(new() { Path = path, Shuffle = false }).Draw(0, 2);

        Assert.Equal(
            ["user:", "assistant:one\ntwo", "user:<image>", "assistant:<image> is a word here", "user:<image><image>", "assistant:three"],
            samples[0].Conversation.Select(turn => $"{turn.Role}:{turn.Text}"));
        Assert.Equal([1, 2, 1], samples[0].Images.Select(image => (int)image.Load().Pixels[0]));
        Assert.Equal(("line 1", "7", 1), (samples[0].Id, samples[1].Id, samples[1].Images.Count));
    }

    [Fact]
    public void Render_Document_StaysOneTextThoughExchangesArePacked()
    {
        var sample = new Sample("x", [TinyVisionModel.Picture(1)], [new Turn("user", ""), new Turn("assistant", "ab"), new Turn("user", "<image>"), new Turn("assistant", "cd")]) { IsOneText = true };

        Assert.Equal([0], TinyVisionModel.Batcher(packed: true).Render(sample).Documents.Distinct());
        Assert.NotEqual([0], TinyVisionModel.Batcher(packed: true).Render(sample with { IsOneText = false }).Documents.Distinct());
    }

    [Theory]
    [InlineData("3", "line 1: the document is 3")]
    [InlineData("\n{\"id\": 1}", "line 2: the document has no list 'parts'")]
    [InlineData("[{\"image\": \"a.png\"}]", "line 1: the document has no text to learn from")]
    [InlineData("[]", "line 1: the document has no text to learn from")]
    [InlineData("[{\"text\": \"a\"}, 3]", "line 1: part 2 is 3")]
    [InlineData("[{\"text\": \"a\", \"image\": \"b\"}]", "line 1: part 1 is")]
    [InlineData("[{\"text\": \"a\"}]\n[{\"text\": ", "line 2: this is not valid JSON")]
    [InlineData("", "holds no documents")]
    public void Open_UnusableFile_NamesTheLine(string text, string expected)
    {
        var path = HandMadeData.WriteText(folder["d.jsonl"], text);
        var failure = Assert.Throws<DataException>(() => new InterleavedSource(new() { Path = path }));
        Assert.StartsWith(path, failure.Message, StringComparison.Ordinal);
        Assert.Contains(expected, failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Open_BytesThatAreNotText_NamesTheLine()
    {
        File.WriteAllBytes(folder["d.jsonl"], [.. "[{\"text\": \"a\"}]\r\n[{\"text\": \""u8, 0xFF, .. "\"}]"u8]);
        var failure = Assert.Throws<DataException>(() => new InterleavedSource(new() { Path = folder["d.jsonl"] }));
        Assert.Contains("line 2: there are bytes that are not UTF-8", failure.Message, StringComparison.Ordinal);
    }
}
