using Collimate.Data;
using Collimate.Data.PathVqa;

namespace Collimate.Tests.Data.PathVqa;

public sealed class PathVqaSourceTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("train.jsonl", "{\"image\":\"a\",\"question\":\"who?\",\"answer\":\"me\"}\r\n\r\n{\"image\":\"b.png\",\"question\":\" how many? \",\"answer\":2}")]
    [InlineData("train.json", "[{\"image\":\"a\",\"question\":\"who?\",\"answer\":\"me\"},{\"image\":\"b.png\",\"question\":\"how many?\",\"answer\":2}]")]
    [InlineData("train.csv", "\uFEFFid,Answer,question,image\n1,me,\"who?\",a\n2,2,how many?,b.png\n")]
    [InlineData("qas/train/train_vqa.json", "[{\"image\":\"a\",\"question\":\"who?\",\"answer\":\"me\"},{\"image\":\"b.png\",\"question\":\"how many?\",\"answer\":2}]")]
    [InlineData("qas/train.tsv", "image\tquestion\tanswer\na\twho?\tme\nb.png\thow many?\t2\n")]
    public void Draw_AnyForm_GivesTheSameQuestions(string file, string text)
    {
        HandMadeData.WritePicture(folder["images/train/a.jpg"], 1);
        HandMadeData.WritePicture(folder["images/train/b.png"], 2);
        HandMadeData.WriteText(folder[file], text);

        var source = new PathVqaSource(new() { Path = folder.Path, Shuffle = false, Instruction = "Briefly." });

        Assert.Equal(["<image>\nwho?\nBriefly. me 1", "<image>\nhow many?\nBriefly. 2 2"], source.Draw(0, 2).Select(sample =>
            $"{sample.Conversation[0].Text} {sample.Conversation[1].Text} {sample.Images[0].Load().Pixels[0]}"));
    }

    [Theory]
    [InlineData("train_vqa.pkl", "Python pickle", "json.dump(pickle.load(open('train_vqa.pkl', 'rb')), open('train_vqa.json', 'w'))")]
    [InlineData("train.parquet", "Parquet files are not read", ".jsonl")]
    [InlineData("train.txt", "no questions of the split 'train'", "train.jsonl")]
    public void Open_FolderWithOtherFiles_SaysHowToConvert(string file, string what, string mend)
    {
        HandMadeData.WriteText(folder["qas/train/" + file], "x");

        var failure = Assert.Throws<DataException>(() => new PathVqaSource(new() { Path = folder.Path }));

        Assert.Contains(what, failure.Message, StringComparison.Ordinal);
        Assert.Contains(mend, failure.Message, StringComparison.Ordinal);
        Assert.Contains(folder.Path, failure.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("q.csv", "picture,question,answer\n", "line 1: there is no column 'image'")]
    [InlineData("q.csv", "image,question,answer\na,b\n", "line 2: the row has 2 fields")]
    [InlineData("q.csv", "image,question,answer\na,b,\n", "line 2: there is no answer")]
    [InlineData("q.csv", "image,question,answer\n\n\"\",b,c\n", "line 3: there is no picture")]
    [InlineData("q.csv", "image,question,answer\n", "holds no questions")]
    [InlineData("q.jsonl", "{\"image\":\"a\",\"question\":\"b\",\"answer\":\"c\"}\n{oops}\n", "line 2: this is not valid JSON")]
    [InlineData("q.jsonl", "{\"image\":\"a\",\"question\":\"<image> <image>\",\"answer\":\"c\"}\n", "line 1: the question shows the picture more than once")]
    [InlineData("q.json", "[{\"image\":\"a\",\"question\":\"b\"}]", "record 1: there is no answer")]
    [InlineData("q.pkl", "", "Python pickle")]
    [InlineData("q.txt", "", "expected a folder, or a file ending in")]
    public void Open_UnusableFile_NamesTheLine(string file, string text, string expected)
    {
        var failure = Assert.Throws<DataException>(() => new PathVqaSource(new() { Path = HandMadeData.WriteText(folder[file], text) }));
        Assert.StartsWith(folder[file], failure.Message, StringComparison.Ordinal);
        Assert.Contains(expected, failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Draw_MissingPicture_NamesLineAndOption()
    {
        var source = new PathVqaSource(new() { Path = HandMadeData.WriteText(folder["q.jsonl"], "\n{\"image\":\"none\",\"question\":\"b\",\"answer\":\"c\"}\n") });

        var failure = Assert.Throws<DataException>(() => source.At(0));

        Assert.StartsWith($"{folder["q.jsonl"]}, line 2: there is no picture {folder["none"]}", failure.Message, StringComparison.Ordinal);
        Assert.Contains("image_folder", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Draw_FileReplacedMeanwhile_IsRefusedAsAWhole()
    {
        HandMadeData.Questions(folder.Path, 3);
        var source = new PathVqaSource(new() { Path = folder.Path });
        HandMadeData.Questions(folder.Path, 4);

        var failure = Assert.Throws<DataException>(() => source.At(0));

        Assert.Contains("has changed since", failure.Message, StringComparison.Ordinal);
        Assert.Equal(DataFault.Source, failure.Fault);
    }
}
