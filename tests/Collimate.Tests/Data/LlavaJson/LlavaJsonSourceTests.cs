using System.Text;
using System.Text.Json;
using Collimate.Data;
using Collimate.Data.LlavaJson;
using Collimate.Data.Scenes;
using Collimate.Imaging;
using Collimate.Recipes;
using Collimate.Recipes.Schema;
using Collimate.Tests.Data.Scenes;
using Collimate.Torch;

namespace Collimate.Tests.Data.LlavaJson;

public sealed class LlavaJsonSourceTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("llava-json").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void Draw_ExportedScenes_GivesEveryConversationAndPictureOnceAPass()
    {
        SceneExporter.Export(GymWorld.World, new SceneExportOptions { Folder = folder, Count = 12, QuestionsPerScene = 3, Seed = 5 });
        var source = new LlavaJsonSource(new LlavaJsonOptions { Path = Path.Combine(folder, "llava.json") });

        var drawn = source.Draw(0, 12).ToDictionary(sample => sample.Id);

        foreach (var scene in Enumerable.Range(0, 12).Select(at => GymWorld.World.Draw(SceneSplit.Train, 5, at)))
        {
            var sample = drawn[scene.Id];
            Assert.Equal(SceneRenderer.Render(scene).Pixels, Assert.Single(sample.Images).Load().Pixels);
            Assert.StartsWith("<image>\n", sample.Conversation[0].Text, StringComparison.Ordinal);
            Assert.All(sample.Conversation.Index(), pair => Assert.Equal(pair.Index % 2 == 0 ? "user" : "assistant", pair.Item.Role));
        }
    }

    [Fact]
    public void Draw_AnyStep_DependsOnSeedAndStepAlone()
    {
        var path = Numbered(10);
        var first = new LlavaJsonSource(new LlavaJsonOptions { Path = path, Seed = 4 });
        var second = new LlavaJsonSource(new LlavaJsonOptions { Path = path, Seed = 4 });
        var forward = Enumerable.Range(0, 9).Select(step => Ids(first, step, 4)).ToArray();

        for (var step = 8; step >= 0; step--)
        {
            Assert.Equal(forward[step], Ids(second, step, 4));
        }

        Assert.NotEqual(forward.SelectMany(id => id), Enumerable.Range(0, 9).SelectMany(step => Ids(new LlavaJsonSource(new LlavaJsonOptions { Path = path, Seed = 5 }), step, 4)));
    }

    [Fact]
    public void Draw_SeveralPasses_EachIsAnotherOrderOfAllRecords()
    {
        var source = new LlavaJsonSource(new LlavaJsonOptions { Path = Numbered(10) });
        // Batches of 4 cross the border between passes of 10.
        var passes = Enumerable.Range(0, 10).SelectMany(step => Ids(source, step, 4)).Chunk(10).ToArray();

        Assert.All(passes, pass => Assert.Equal(Enumerable.Range(0, 10).Select(k => $"{k}"), pass.Order(StringComparer.Ordinal)));
        Assert.Equal(4, passes.Select(pass => string.Join(' ', pass)).Distinct().Count());
    }

    [Fact]
    public void Draw_Unshuffled_KeepsTheFilesOrder() =>
        Assert.Equal(["2", "0"], Ids(new LlavaJsonSource(new LlavaJsonOptions { Path = Numbered(3), Shuffle = false }), step: 1, count: 2));

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(70_000)]
    [InlineData(200_000)]
    public void Draw_RecordsAcrossBufferBorders_AreReadWhole(int length)
    {
        var texts = Enumerable.Range(0, 9).Select(k => string.Concat(Enumerable.Repeat($"{k}é\\\"{{[😀", (length + k) / 7)) + k).ToArray();
        var records = texts.Select((text, k) => Record($"{k}", ("human", text), ("gpt", $"answer {k}")));
        var source = Open($"\uFEFF \n[{string.Join(",\n\n  ", records)} ]\n", shuffle: false);

        Assert.Equal(texts, source.Draw(0, 9).Select(sample => sample.Conversation[0].Text));
    }

    [Fact]
    public void Open_SystemNumbersListsAndLeadingAnswers_AreUnderstood()
    {
        File.WriteAllBytes(Path.Combine(folder, "a.png"), ImageCodec.Encode(Image.Filled(2, 3, 1, 2, 3), ImageFormat.Png));
        var source = Open("""
            [{"id": 7, "image": ["a.png", "a.png"], "unknown": {"deep": [1]}, "conversations": [
              {"from": "system", "value": "be kind"}, {"from": "gpt", "value": "dropped"},
              {"from": "human", "value": "<image> and <image>?"}, {"from": "gpt", "value": "<image> is a word here"}]},
             {"image": null, "conversations": [{"from": "human", "value": "hi"}, {"from": "gpt", "value": "ho"}]}]
            """, shuffle: false);

        var samples = source.Draw(0, 2);

        Assert.Equal(("7", "record 2"), (samples[0].Id, samples[1].Id));
        Assert.Equal(["system", "user", "assistant"], samples[0].Conversation.Select(turn => turn.Role));
        Assert.Equal([2, 2], samples[0].Images.Select(image => image.Load().Width));
        Assert.Empty(samples[1].Images);
    }

    [Theory]
    [InlineData("", "line 1", "not valid JSON")]
    [InlineData("{\"id\": 1}", "an object", "Put [ and ] around")]
    [InlineData("[3]", "record 1 is a number", "Take it out")]
    [InlineData("[]", "no records", "nothing to draw")]
    [InlineData("[{\"id\":\"x\"}]", "sample 'x'", "conversations")]
    [InlineData("[{\"id\":\"x\",\"conversations\":[]}]", "sample 'x'", "add the gpt turn")]
    [InlineData("[{\"id\":\"x\",\"conversations\":[{\"from\":\"bot\",\"value\":\"\"}]}]", "'bot'", "expected human, gpt")]
    [InlineData("[{\"id\":\"x\",\"conversations\":[{\"value\":\"\"}]}]", "turn 1", "whom it is from")]
    [InlineData("[{\"id\":\"x\",\"conversations\":[{\"from\":\"human\"}]}]", "turn 1", "has no text")]
    [InlineData("[{\"id\":\"x\",\"conversations\":[{\"from\":\"human\",\"value\":\"a\"}]}]", "sample 'x'", "does not end in an answer")]
    [InlineData("[{\"id\":\"x\",\"conversations\":[{\"from\":\"human\",\"value\":\"a\"},{\"from\":\"human\",\"value\":\"a\"}]}]", "sample 'x'", "take turns")]
    [InlineData("[{\"id\":\"x\",\"image\":3,\"conversations\":[{\"from\":\"human\",\"value\":\"a\"},{\"from\":\"gpt\",\"value\":\"a\"}]}]", "image is 3", "Leave the key out")]
    [InlineData("[{\"id\":\"x\",\"image\":\"a.png\",\"conversations\":[{\"from\":\"human\",\"value\":\"a\"},{\"from\":\"gpt\",\"value\":\"<image>\"}]}]", "hold 0 of <image>", "names 1 pictures")]
    [InlineData("[{\"id\":\"x\",\"conversations\":[{\"from\":\"human\",\"value\":\"<image>\"},{\"from\":\"gpt\",\"value\":\"b\"}]}]", "hold 1 of <image>", "names 0 pictures")]
    public void Open_UnusableFile_SaysWhereWhatAndHowToMend(string json, string found, string mend)
    {
        var failure = Assert.Throws<DataException>(() => Open(json));

        Assert.Contains(Path.Combine(folder, "data.json"), failure.Message, StringComparison.Ordinal);
        Assert.Contains(found, failure.Message, StringComparison.Ordinal);
        Assert.Contains(mend, failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Open_CutOffFile_NamesTheLineAndTheRecord()
    {
        var whole = File.ReadAllText(Numbered(2000));
        var failure = Assert.Throws<DataException>(() => Open(whole[..whole.IndexOf("question 1014", StringComparison.Ordinal)]));

        Assert.Contains("line 1015: record 1015 is not valid JSON", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Open_ManyBadRecords_NamesTheFirstAndCountsThem()
    {
        var failure = Assert.Throws<DataException>(() => Open($"[{Record("good", ("human", "a"), ("gpt", "b"))}, {Record("bad", ("gpt", "b"))}, {Record("worse")}]"));

        Assert.Contains("sample 'bad'", failure.Message, StringComparison.Ordinal);
        Assert.Contains("first of 2 records that cannot be used, of 3", failure.Message, StringComparison.Ordinal);
        Assert.Equal(DataFault.NoAnswer, failure.Fault);
    }

    [Fact]
    public void Open_MissingFile_NamesIt()
    {
        var failure = Assert.Throws<DataException>(() => new LlavaJsonSource(new LlavaJsonOptions { Path = Path.Combine(folder, "none", "none.json") }));
        Assert.Contains(Path.Combine(folder, "none", "none.json") + ": there is no such file", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Draw_MissingPicture_NamesSamplePictureAndOption()
    {
        var source = Open("""[{"id":"x","image":"sub/none.png","conversations":[{"from":"human","value":"<image>"},{"from":"gpt","value":"b"}]}]""");

        var failure = Assert.Throws<DataException>(() => source.Draw(0, 1));

        Assert.Contains("sample 'x'", failure.Message, StringComparison.Ordinal);
        Assert.Contains(Path.Combine(folder, "sub/none.png"), failure.Message, StringComparison.Ordinal);
        Assert.Contains("image_folder", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Draw_FileReplacedMeanwhile_IsRefused()
    {
        var source = new LlavaJsonSource(new LlavaJsonOptions { Path = Numbered(3) });
        Numbered(4);

        Assert.Contains("has changed since", Assert.Throws<DataException>(() => source.Draw(0, 1)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Recipe_RelativePaths_StartFromItsFolder()
    {
        Directory.CreateDirectory(Path.Combine(folder, "pictures"));
        File.WriteAllBytes(Path.Combine(folder, "pictures", "a.png"), ImageCodec.Encode(Image.Filled(4, 3, 1, 2, 3), ImageFormat.Png));
        Open("""[{"id":"x","image":"a.png","conversations":[{"from":"human","value":"<image>"},{"from":"gpt","value":"b"}]}]""");
        var recipe = RecipeDocument.Parse("type: llava_json\npath: data.json\nimage_folder: pictures\nseed: 3\n", "recipe.yaml").Root;
        using var generator = new Generator(1);

        var source = Seams.Data.Create(recipe, new SeamContext(folder, generator, 1, 1));

        Assert.Equal(4, source.Draw(0, 1)[0].Images[0].Load().Width);
    }

    private static string[] Ids(LlavaJsonSource source, long step, int count) => [.. source.Draw(step, count).Select(sample => sample.Id)];

    private string Numbered(int count)
    {
        var path = Path.Combine(folder, "numbered.json");
        File.WriteAllText(path, $"[{string.Join(",\n", Enumerable.Range(0, count).Select(k => Record($"{k}", ("human", $"question {k}"), ("gpt", $"answer {k}"))))}]");
        return path;
    }

    private LlavaJsonSource Open(string json, bool shuffle = true)
    {
        var path = Path.Combine(folder, "data.json");
        File.WriteAllText(path, json, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false));
        return new LlavaJsonSource(new LlavaJsonOptions { Path = path, Shuffle = shuffle });
    }

    private static string Record(string id, params (string From, string Value)[] turns) =>
        JsonSerializer.Serialize(new { id, conversations = turns.Select(turn => new { from = turn.From, value = turn.Value }) });
}
