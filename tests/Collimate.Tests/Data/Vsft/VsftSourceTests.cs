using Collimate.Data;
using Collimate.Data.Records;
using Collimate.Data.Vsft;
using Collimate.Recipes;
using Collimate.Recipes.Schema;
using Collimate.Torch;
using FsCheck;
using FsCheck.Fluent;

namespace Collimate.Tests.Data.Vsft;

public sealed class VsftSourceTests : IDisposable
{
    private const string Answer = """{"role":"assistant","content":"b"}""";

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Draw_EveryWayToGiveAPicture_ShowsItWhereItsPartStands(bool asArray)
    {
        HandMadeData.WritePicture(folder["a.png"], 3);
        var bytes = Convert.ToBase64String(HandMadeData.Picture(5));
        var record = $$"""
            {"id": 7, "messages": [{"role":"system","content":"be kind"},
              {"role":"user","content":[{"type":"image","index":2},{"type":"text","text":" then "},{"type":"image"},{"type":"text","text":" and "},{"type":"image","index":0},{"type":"image","index":1}]},
              {"role":"assistant","content":[{"type":"text","text":"<image> is a word here"}]}],
             "images": ["a.png", {"path":"a.png","bytes":null}, {"bytes":"{{bytes}}"}, "data:image/png;base64,{{bytes}}"]}
            """.ReplaceLineEndings(" ");

        var sample = Open(asArray ? $"\uFEFF [{record}]" : $"{record}\n\n").At(0);

        Assert.Equal("7", sample.Id);
        Assert.Equal(["system", "user", "assistant"], sample.Conversation.Select(turn => turn.Role));
        Assert.Equal("<image> then <image> and <image><image>", sample.Conversation[1].Text);
        Assert.Equal([5, 5, 3, 3], sample.Images.Select(image => (int)image.Load().Pixels[0]));
    }

    [Fact]
    public void Draw_FirstExchange_LeavesTheRestOut()
    {
        var text = $$"""{"messages":[{"role":"user","content":"a"},{{Answer}},{"role":"user","content":"c"},{{Answer}}]}""";

        Assert.Equal(4, Open(text).At(0).Conversation.Count);
        Assert.Equal(["a", "b"], new VsftSource(new() { Path = folder["data.json"], FirstExchange = true }).At(0).Conversation.Select(turn => turn.Text));
    }

    [Theory]
    [InlineData("", "no records", "nothing to draw")]
    [InlineData("[3]", "record 1 is a number", "Take it out")]
    [InlineData("3", "sample 'record 1'", "messages")]
    [InlineData("""{"id":"x"}""", "sample 'x'", "no list 'messages'")]
    [InlineData("""{"id":"x","messages":[]}""", "sample 'x'", "add the assistant's message")]
    [InlineData("""{"id":"x","messages":[{"content":"a"}]}""", "from nobody", "expected \"role\"")]
    [InlineData("""{"id":"x","messages":[{"role":"bot","content":"a"}]}""", "\"bot\"", "expected \"role\"")]
    [InlineData("""{"id":"x","messages":[{"role":"user"}]}""", "message 1", "has no content")]
    [InlineData("""{"id":"x","messages":[{"role":"user","content":[{"type":"video"}]}]}""", "video", "expected {\"type\": \"text\"")]
    [InlineData("""{"id":"x","messages":[{"role":"user","content":[{"type":"text"}]}]}""", "part 1 of message 1", "expected \"text\"")]
    [InlineData("""{"id":"x","messages":[{"role":"user","content":[{"type":"image","index":0}]}]}""", "shows picture 0", "'images' has 0")]
    [InlineData("""{"id":"x","messages":[{"role":"user","content":[{"type":"image","index":-1}]}],"images":["a"]}""", "shows picture -1", "begin with 0")]
    [InlineData("""{"id":"x","messages":[{"role":"user","content":[{"type":"image","index":"0"}]}],"images":["a"]}""", "the index \"0\"", "number of a picture")]
    [InlineData("""{"id":"x","messages":[{"role":"user","content":"a"},{"role":"assistant","content":[{"type":"image","index":0}]}],"images":["a"]}""", "that the assistant shows", "only user")]
    [InlineData("""{"id":"x","messages":[{"role":"user","content":"a"},{"role":"assistant","content":"b"}],"images":["a"]}""", "1 pictures", "messages show 0")]
    [InlineData("""{"id":"x","messages":[{"role":"user","content":"a"},{"role":"assistant","content":"b"}],"images":"a"}""", "images is \"a\"", "expected a list")]
    [InlineData("""{"id":"x","messages":[{"role":"user","content":"see <image>"},{"role":"assistant","content":"b"}]}""", "itself says <image>", "Take the words out")]
    [InlineData("""{"id":"x","messages":[{"role":"user","content":"a"},{"role":"user","content":"b"}]}""", "message 2 is from 'user'", "take turns")]
    [InlineData("""{"id":"x","messages":[{"role":"user","content":"a"}],"images":[7]}""", "picture 0", "expected a path")]
    [InlineData("""{"id":"x","messages":[{"role":"user","content":"a"}],"images":[{"bytes":"%%"}]}""", "not Base64", "'%%'")]
    [InlineData("""{"id":"x","messages":[{"role":"user","content":"a"}],"images":[{"bytes":[1,2]}]}""", "bytes is [1,2]", "Base64 text")]
    [InlineData("""{"id":"x","messages":[{"role":"user","content":"a"}],"images":["data:image/png,x"]}""", "begins with 'data:'", "Base64")]
    public void Open_UnusableFile_SaysWhereWhatAndHowToMend(string json, string found, string mend)
    {
        var failure = Assert.Throws<DataException>(() => Open(json));

        Assert.Contains(folder["data.json"], failure.Message, StringComparison.Ordinal);
        Assert.Contains(found, failure.Message, StringComparison.Ordinal);
        Assert.Contains(mend, failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Draw_MissingPicture_NamesSamplePictureAndOption()
    {
        var source = Open($$"""{"id":"x","messages":[{"role":"user","content":[{"type":"image"}]},{{Answer}}],"images":["none.png"]}""");

        var failure = Assert.Throws<DataException>(() => source.At(0));

        Assert.Contains("sample 'x'", failure.Message, StringComparison.Ordinal);
        Assert.Contains(folder["none.png"], failure.Message, StringComparison.Ordinal);
        Assert.Contains("image_folder", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Numbers_AnySizes_CutTheRecordsIntoThreeByTheSeedAlone() => Check.One(
        Properties.Hold,
        Prop.ForAll(Gen.Choose(3, 200).ToArbitrary(), Gen.Choose(1, 9).ToArbitrary(), Gen.Choose(0, 1000).ToArbitrary(), (records, tenth, seed) =>
        {
            var sizes = new SplitSizes { Validation = tenth / 20.0, Test = 1 };
            int[] Part(DataSplit split, int by) => RecordSplit.Numbers(records, split, sizes, by, "a file");
            var (train, validation, test) = (Part(DataSplit.Train, seed), Part(DataSplit.Validation, seed), Part(DataSplit.Test, seed));

            Assert.Equal(Enumerable.Range(0, records), train.Concat(validation).Concat(test).Order());
            Assert.Single(test);
            Assert.InRange(validation.Length, Math.Max(1, (records * tenth / 20.0) - 0.51), Math.Max(1, (records * tenth / 20.0) + 0.51));
            Assert.Equal(train, train.Order());
            Assert.Equal(validation, Part(DataSplit.Validation, seed));
            Assert.Equal(Enumerable.Range(0, records), Part(DataSplit.All, seed));
            if (records > 100 && validation.Length > 20)
            {
                Assert.NotEqual(validation, Part(DataSplit.Validation, seed + 1));
            }
        }));

    [Fact]
    public void Numbers_PartsThatDoNotFit_AreRefused()
    {
        Assert.Contains("has 5", Assert.Throws<DataException>(() => RecordSplit.Numbers(5, DataSplit.Train, new() { Validation = 4, Test = 2 }, 1, "f")).Message, StringComparison.Ordinal);
        Assert.Contains("none of its 5", Assert.Throws<DataException>(() => RecordSplit.Numbers(5, DataSplit.Test, new() { Validation = 4 }, 1, "f")).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("type: vsft\npath: messages.jsonl\nsplit: train\n", "nothing says how the records are cut")]
    [InlineData("type: vsft\npath: messages.jsonl\nsplit: train\nsplits: { validation: 1.5 }\n", "neither a share below 1 nor a whole number")]
    [InlineData("type: llava_json\npath: messages.jsonl\nsplit: test\n", "nothing says how the records are cut")]
    public void Recipe_SplitThatSaysTooLittle_IsRefused(string recipe, string reason) =>
        Assert.Contains(reason, Assert.Throws<RecipeException>(() => FromRecipe(recipe)).Message, StringComparison.Ordinal);

    [Fact]
    public void Recipe_RelativePathsAndSplits_AreUnderstood()
    {
        HandMadeData.Messages(folder.Path, 10);

        Assert.Equal(7, FromRecipe("type: vsft\npath: messages.jsonl\nimage_folder: .\nsplit: train\nsplits: { validation: 2, test: 0.1 }\nsplit_seed: 4\n").Count);
    }

    private ISampleSource FromRecipe(string recipe)
    {
        using var generator = new Generator(1);
        return Seams.Data.Create(RecipeDocument.Parse(recipe, "recipe.yaml").Root, new SeamContext(folder.Path, generator, 1, 1));
    }

    private VsftSource Open(string text) => new(new VsftOptions { Path = HandMadeData.WriteText(folder["data.json"], text) });
}
