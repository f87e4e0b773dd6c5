using Collimate.Data;
using Collimate.Data.Captions;
using Collimate.Data.Scenes;
using Collimate.Recipes;
using Collimate.Recipes.Schema;
using Collimate.Tests.Data.Scenes;
using Collimate.Torch;

namespace Collimate.Tests.Data.Captions;

public sealed class CaptionSourcesTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("train", false, "0 1 3 4 6 7 9 10 12")]
    [InlineData("train", true, "0 3 4 9 12")]
    [InlineData("val", false, "2 8 14")]
    [InlineData("test", false, "5 11")]
    [InlineData("all", false, "0 1 2 3 4 5 6 7 8 9 10 11 12 13 14")]
    public void Karpathy_Splits_TrainTakesRestvalAlong(string split, bool withoutRestval, string expected)
    {
        string[] splits = ["train", "restval", "val", "train", "train", "test", "restval", "restval", "val", "train", "restval", "test", "train", "spare", "val"];
        var source = new KarpathySource(new() { Path = HandMadeData.Karpathy(folder.Path, 15, k => splits[k]), Split = split, WithoutRestval = withoutRestval, Shuffle = false });

        Assert.Equal(expected, string.Join(' ', source.Draw(0, source.Count).Select(sample => sample.Id.Split('.')[0])));
    }

    [Fact]
    public void Karpathy_OneCaption_GoesRoundAllOfThemInAsManyPasses()
    {
        var source = new KarpathySource(new() { Path = HandMadeData.Karpathy(folder.Path, 9), Shuffle = false });

        for (var picture = 0; picture < 9; picture++)
        {
            var captions = (picture % 3) + 1;
            var shown = Enumerable.Range(0, 2 * captions).Select(pass => source.At((pass * 9) + picture).Conversation[1].Text).ToArray();
            Assert.Equal(Enumerable.Range(0, captions).Select(c => $"caption {c} of {picture}"), shown[..captions].Order(StringComparer.Ordinal));
            Assert.Equal(shown[..captions], shown[captions..]);
        }

        Assert.True(Enumerable.Range(0, 9).Select(k => source.At(k).Id.Split('#')[1]).Distinct().Count() > 1, "every picture begins with the same caption");
    }

    [Fact]
    public void Karpathy_AllCaptions_HasEachOnceWithItsPicture()
    {
        var source = new KarpathySource(new() { Path = HandMadeData.Karpathy(folder.Path, 9), Captions = CaptionUse.All, Instruction = "What is this?" });

        var drawn = source.Draw(0, source.Count);

        Assert.Equal((18, 9, 18), (source.Count, source.PictureCount, source.CaptionCount));
        Assert.Equal(18, drawn.Select(sample => sample.Conversation[1].Text).Distinct().Count());
        Assert.All(drawn, sample =>
        {
            Assert.Equal("<image>\nWhat is this?", sample.Conversation[0].Text);
            Assert.EndsWith($" of {sample.Images[0].Load().Pixels[0]}", sample.Conversation[1].Text, StringComparison.Ordinal);
        });
    }

    [Fact]
    public void Karpathy_FlickrWithoutFilepath_FindsPicturesInTheFolder()
    {
        HandMadeData.WritePicture(folder["pictures/1000.jpg"], 5);
        var path = HandMadeData.WriteText(folder["dataset_flickr8k.json"], """{"images":[{"sentids":[0],"imgid":0,"sentences":[{"raw":"A dog ."}],"split":"train","filename":"1000.jpg"}],"dataset":"flickr8k"}""");

        var sample = new KarpathySource(new() { Path = path, ImageFolder = folder["pictures"], Instruction = "" }).At(0);

        Assert.Equal(("<image>", "A dog .", 5), (sample.Conversation[0].Text, sample.Conversation[1].Text, sample.Images[0].Load().Pixels[0]));
    }

    [Theory]
    [InlineData("[]", "the file holds an array", "\"images\"")]
    [InlineData("{\"images\":[]}", "holds no pictures under 'images'", "nothing to draw from")]
    [InlineData("{\"images\":[{\"filename\":\"a\",\"split\":\"val\",\"sentences\":[{\"raw\":\"x\"}]}]}", "no picture is of the split 'train'", "the file has val")]
    [InlineData("{\"images\":[{\"split\":\"train\"}]}", "picture 1", "no 'filename'")]
    [InlineData("{\"images\":[7]}", "picture 1", "no 'filename'")]
    [InlineData("{\"images\":[{\"filename\":\"a\"}]}", "('a')", "no 'split'")]
    [InlineData("{\"images\":[{\"filename\":\"a\",\"split\":\"train\",\"sentences\":[]}]}", "('a')", "no list 'sentences'")]
    [InlineData("{\"images\":[{\"filename\":\"a\",\"split\":\"train\",\"sentences\":[{\"raw\":\" \"}]}]}", "sentence 1", "no text 'raw'")]
    [InlineData("{\"images\":[{\"filename\":\"a\",\"split\":\"train\",\"sentences\":[{\"raw\":\"\\ud83d\"}]}]}", "picture 1", "half a character")]
    [InlineData("{\"images\":[{\"filename\":\"a\",", "record 1 of 'images' is not valid JSON", "cut off")]
    public void Karpathy_UnusableFile_SaysWhereAndWhat(string json, string where, string what)
    {
        var path = HandMadeData.WriteText(folder["k.json"], json);

        var failure = Assert.Throws<DataException>(() => new KarpathySource(new() { Path = path }));

        Assert.Contains(path, failure.Message, StringComparison.Ordinal);
        Assert.Contains(where, failure.Message, StringComparison.Ordinal);
        Assert.Contains(what, failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Karpathy_Lenient_LeavesTheBadRecordToItsSample()
    {
        HandMadeData.WritePicture(folder["a.png"], 5);
        var path = HandMadeData.WriteText(folder["k.json"], """{"images":[{"filename":"a.png","split":"train","sentences":[{"raw":"x"}]},{"filename":"b.png","split":"train"},{"filename":"c.png","split":"train","sentences":[{"raw":"x"}]}]}""");
        var source = new KarpathySource(new() { Path = path, Shuffle = false }, lenient: true);

        Assert.Equal((3, "a.png#0"), (source.Count, source.At(0).Id));
        Assert.Contains("no list 'sentences'", Assert.Throws<DataException>(() => source.At(1)).Message, StringComparison.Ordinal);
        Assert.Contains($"there is no picture {folder["c.png"]}", Assert.Throws<DataException>(() => source.At(2)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Coco_ExportedScenes_GiveEveryCaptionWithItsPicture()
    {
        SceneExporter.Export(GymWorld.World, new SceneExportOptions { Folder = folder.Path, Count = 5, Seed = 5, Format = SceneExportFormat.Coco });
        var source = new CocoCaptionsSource(new() { Path = folder["captions.json"], Captions = CaptionUse.All });

        var drawn = source.Draw(0, source.Count);

        Assert.Equal(5, source.PictureCount);
        Assert.All(drawn, sample => Assert.NotEmpty(sample.Images[0].Load().Pixels));
        Assert.Equal(source.CaptionCount, drawn.Select(sample => sample.Id).Distinct().Count());
    }

    [Theory]
    [InlineData("""{"images":[{"id":1,"file_name":"a"},{"id":1,"file_name":"b"}],"annotations":[{"image_id":1,"caption":"x"}]}""", "id 1 is given to 2 pictures")]
    [InlineData("""{"images":[{"id":1,"file_name":"a"}],"annotations":[{"image_id":2,"caption":"x"}]}""", "of the picture 2, which is not in 'images'")]
    [InlineData("""{"images":[{"id":1,"file_name":"a"}],"annotations":[{"image_id":1,"caption":" "}]}""", "caption 1: it is")]
    [InlineData("""{"images":[{"id":"1","file_name":"a"}]}""", "picture 1: it is")]
    [InlineData("""{"images":[{"id":1,"file_name":"a"}]}""", "holds no captions under 'annotations'")]
    public void Coco_UnusableFile_SaysWhereAndWhat(string json, string what)
    {
        var path = HandMadeData.WriteText(folder["c.json"], json);
        Assert.Contains(what, Assert.Throws<DataException>(() => new CocoCaptionsSource(new() { Path = path })).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Recipe_Words_NameTheSources()
    {
        HandMadeData.Karpathy(folder.Path, 2);
        HandMadeData.Coco(folder["coco"], 2);
        HandMadeData.Questions(folder["vqa"], 2);
        HandMadeData.Documents(folder["doc"], 2);
        HandMadeData.Shards(folder.Path, 2);
        using var generator = new Generator(1);
        foreach (var recipe in (string[])["type: karpathy\npath: dataset_coco.json\ncaptions: all\n", "type: coco_captions\npath: coco/captions.json\n", "type: path_vqa\npath: vqa\nsplit: train\n",
            "type: interleaved\npath: doc/documents.jsonl\n", "type: webdataset\nshards: \"shard-{000..000}.tar\"\nmixed_shards: 2\n"])
        {
            var source = Seams.Data.Create(RecipeDocument.Parse(recipe, "recipe.yaml").Root, new SeamContext(folder.Path, generator, 1, 1));
            Assert.NotEmpty(source.At(0).Conversation[1].Text);
        }

        Assert.Contains("expected one of train", Assert.Throws<RecipeException>(() => Seams.Data.Create(
            RecipeDocument.Parse("type: karpathy\npath: dataset_coco.json\nsplit: dev\n", "recipe.yaml").Root, new SeamContext(folder.Path, generator, 1, 1))).Message, StringComparison.Ordinal);
    }
}
