using Collimate.Data;
using Collimate.Data.Preferences;
using Collimate.Imaging;

namespace Collimate.Tests.Data.Preferences;

public sealed class PreferenceSourceTests : IDisposable
{
    private const string Good = """{"id": "1", "image": "a.png", "prompt": "what is it?", "chosen": "a dog", "rejected": "a cat"}""";

    private readonly TemporaryFolder folder = new();

    public PreferenceSourceTests() => File.WriteAllBytes(folder["a.png"], ImageCodec.Encode(Image.Filled(2, 3, 1, 2, 3), ImageFormat.Png));

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Draw_EveryForm_GivesBothAnswersToOnePrompt()
    {
        var source = Open($$"""
            [{{Good}},
             {"id": 2, "images": ["a.png", "a.png"], "question": "<image> or <image>?", "chosen": {"from": "gpt", "value": "one"}, "rejected": "two"},
             {"id": 3, "conversations": [{"from": "system", "value": "be kind"}, {"from": "human", "value": "a"}, {"from": "gpt", "value": "b"}, {"from": "human", "value": "c"}], "chosen": "d", "rejected": "e"},
             {"id": "4", "image": "a.png", "conversations": [{"from": "human", "value": "<image>\nwhere?"}],
              "output_1": {"from": "llava", "value": "here"}, "output_2": {"from": "llava", "value": "there"}, "preference": 2, "hallucination": true},
             {"id": "5", "image": "a.png", "conversations": [{"from": "human", "value": "where?"}], "output_1": "here", "output_2": "there", "preference": 1}]
            """);

        var drawn = source.Draw(0, 5);

        Assert.Equal(["<image>\nwhat is it?", "<image> or <image>?", "a", "<image>\nwhere?", "<image>\nwhere?"], drawn.Select(sample => sample.Conversation.First(turn => turn.Role == "user").Text));
        Assert.Equal(["a dog", "one", "d", "there", "here"], drawn.Select(sample => sample.Conversation[^1].Text));
        Assert.Equal(["a cat", "two", "e", "here", "there"], drawn.Select(sample => sample.Rejected![^1].Text));
        Assert.Equal([1, 2, 0, 1, 1], drawn.Select(sample => sample.Images.Count));
        Assert.All(drawn, sample => Assert.Equal(sample.Conversation.SkipLast(1), sample.Rejected!.SkipLast(1)));
        Assert.All(drawn, sample => Assert.True(sample.IsOneText)); // earlier turns stay part of the prompt
        Assert.Equal(["system", "user", "assistant", "user", "assistant"], drawn[2].Conversation.Select(turn => turn.Role));
    }

    [Theory]
    [InlineData("\"a cat\"", "\"a dog\"", "are the same")]
    [InlineData(", \"rejected\": \"a cat\"", "", "no answer 'rejected'")]
    [InlineData("\"a cat\"", "7", "no answer 'rejected'")]
    [InlineData("\"chosen\": \"a dog\", \"rejected\": \"a cat\"", "\"output_1\": \"x\", \"output_2\": \"y\", \"preference\": 3", "preference is 3; expected 1")]
    [InlineData("\"chosen\": \"a dog\", \"rejected\": \"a cat\"", "\"output_1\": \"x\", \"output_2\": \"y\"", "preference is missing; expected 1")]
    [InlineData("\"chosen\": \"a dog\", \"rejected\": \"a cat\"", "\"output_1\": \"x\", \"preference\": 1", "no answer 'output_2'")]
    [InlineData("\"prompt\": \"what is it?\", ", "", "there is no prompt")]
    [InlineData("\"prompt\": \"what is it?\"", "\"conversations\": [{\"from\": \"human\", \"value\": \"a\"}, {\"from\": \"gpt\", \"value\": \"b\"}]", "does not end in a human turn")]
    [InlineData("what is it?", "<image> or <image>?", "holds 2 of <image>, the record names 1")]
    [InlineData("\"image\": \"a.png\", ", "", "names no picture")]
    [InlineData("\"a.png\"", "5", "image is 5")]
    public void Open_RecordThatCannotBeUsed_NamesItAndWhatIsExpected(string from, string to, string expected)
    {
        Assert.Contains(from, Good, StringComparison.Ordinal);
        var failure = Assert.Throws<DataException>(() => Open($"[{Good.Replace(from, to, StringComparison.Ordinal)}]", needsImage: true));
        Assert.Contains("pairs.json: sample '1': ", failure.Message, StringComparison.Ordinal);
        Assert.Contains(expected, failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Draw_PictureThatIsNotThere_NamesItAndTheFolder()
    {
        var failure = Assert.Throws<DataException>(() => Open($"[{Good.Replace("a.png", "b.png", StringComparison.Ordinal)}]").Draw(0, 1));
        Assert.Contains("there is no picture", failure.Message, StringComparison.Ordinal);
        Assert.Contains("image_folder", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Open_NoFileOrNoRecords_IsAnErrorOfTheFile()
    {
        Assert.Contains("path must name a file of preferences", Assert.Throws<DataException>(() => new PreferenceSource(new PreferenceSourceOptions { Path = folder["none.json"] })).Message, StringComparison.Ordinal);
        Assert.Contains("holds no records", Assert.Throws<DataException>(() => Open("[]")).Message, StringComparison.Ordinal);
    }

    private PreferenceSource Open(string text, bool needsImage = false)
    {
        File.WriteAllText(folder["pairs.json"], text);
        return new PreferenceSource(new PreferenceSourceOptions { Path = folder["pairs.json"], Shuffle = false, NeedsImage = needsImage });
    }
}
