using System.Text;
using Collimate.Data;
using Collimate.Data.Scenes;
using Collimate.Data.WebDataset;
using Collimate.Imaging;
using Collimate.Tests.Data.Scenes;

namespace Collimate.Tests.Data.WebDataset;

public sealed class WebDatasetSourceTests : IDisposable
{
    private static readonly byte[] Png = HandMadeData.Picture(1);

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Draw_ExportedScenes_GivesTheirConversationsAndPictures()
    {
        SceneExporter.Export(GymWorld.World, new SceneExportOptions { Folder = folder.Path, Count = 7, QuestionsPerScene = 2, Seed = 5, Format = SceneExportFormat.WebDataset, ScenesPerShard = 3 });
        var source = new WebDatasetSource(new() { Shards = folder["scenes-{000000..000002}.tar"] });

        var drawn = source.Draw(0, 7).ToDictionary(sample => sample.Id);

        foreach (var scene in Enumerable.Range(0, 7).Select(at => GymWorld.World.Draw(SceneSplit.Train, 5, at)))
        {
            Assert.Equal(SceneRenderer.Render(scene).Pixels, Assert.Single(drawn[scene.Id].Images).Load().Pixels);
            Assert.Equal(4, drawn[scene.Id].Conversation.Count);
        }
    }

    [Fact]
    public void Draw_EveryKindOfText_IsUnderstood()
    {
        HandMadeData.WriteTar(
            folder["a.tar"], ("b/1.txt", "\uFEFF a dog \r\n"u8.ToArray()), ("b/1.png", Png), ("b/1.cls", "3"u8.ToArray()), (".DS_Store", [1]), ("README", [1]),
            ("2.PNG", Png), ("2.json", """{"caption": "a cat", "width": 3}"""u8.ToArray()), ("3.jpg", Png), ("3.json", """{"question": "who?", "answer": 3}"""u8.ToArray()),
            ("4.json", """{"conversations": [{"from": "human", "value": "hi"}, {"from": "gpt", "value": "ho"}]}"""u8.ToArray()),
            ("5.png", Png), ("5.json", """{"width": 3}"""u8.ToArray()), ("5.txt", "a bird"u8.ToArray()));

        var source = new WebDatasetSource(new() { Shards = folder["a.tar"], Shuffle = false, Instruction = "What?" });

        Assert.Equal(
            ["b/1: <image>\nWhat? | a dog", "2: <image>\nWhat? | a cat", "3: <image>\nwho? | 3", "4: hi | ho", "5: <image>\nWhat? | a bird"],
            source.Draw(0, source.Count).Select(sample => $"{sample.Id}: {string.Join(" | ", sample.Conversation.Select(turn => turn.Text))}"));
    }

    [Fact]
    public void Draw_SeveralCaptions_AreShownInTurn()
    {
        HandMadeData.WriteTar(folder["a.tar"], ("1.png", Png), ("1.json", """{"captions": ["a", "b", " ", "c"]}"""u8.ToArray()));
        var source = new WebDatasetSource(new() { Shards = folder["a.tar"] });

        Assert.Equal(["a", "b", "c"], Enumerable.Range(0, 3).Select(pass => source.At(pass).Conversation[1].Text).Order());
    }

    [Fact]
    public void Draw_OneShardMixed_KeepsShardsTogetherInAnOrderOfSeedAndPass()
    {
        var shards = HandMadeData.Shards(folder.Path, 5, 5, 5, 5, 5, 5);
        var source = new WebDatasetSource(new() { Shards = shards, MixedShards = 1, Seed = 2 });
        var orders = Enumerable.Range(0, 4).Select(pass => Shards(source, pass)).ToArray();

        Assert.All(orders, order => Assert.Equal("012345", string.Concat(order.Order())));
        Assert.True(orders.Distinct().Count() > 2, string.Join(' ', orders));
        Assert.NotEqual(orders[0] + orders[1], Shards(new WebDatasetSource(new() { Shards = shards, MixedShards = 1, Seed = 3 }), 0) + Shards(new WebDatasetSource(new() { Shards = shards, MixedShards = 1, Seed = 3 }), 1));

        // Of which shard each stretch of five samples is.
        static string Shards(WebDatasetSource source, int pass) => string.Concat(source.Draw(pass, 30).Select(sample => int.Parse(sample.Id) / 5).Chunk(5).Select(stretch => Assert.Single(stretch.Distinct())));
    }

    [Fact]
    public void Open_KeptIndex_IsUsedWhileSoundAndMadeAnewOtherwise()
    {
        var shards = HandMadeData.Shards(folder.Path, 3);
        var index = folder["shard-000.tar.index"];
        string Ids() => string.Join(' ', new WebDatasetSource(new() { Shards = shards, Shuffle = false, KeepIndex = true }).Draw(0, 3).Select(sample => $"{sample.Id} {sample.Conversation[1].Text}"));
        var expected = Ids();
        var kept = File.ReadAllBytes(index);

        var written = new DateTime(2020, 1, 1, 0, 0, 0, DateTimeKind.Utc);
        File.SetLastWriteTimeUtc(index, written);
        Assert.Equal(expected, Ids());
        Assert.Equal(written, File.GetLastWriteTimeUtc(index)); // read, not written again

        for (var at = 0; at < kept.Length; at += 5)
        {
            var damaged = kept.ToArray();
            damaged[at] ^= 0x41;
            File.WriteAllBytes(index, at % 2 == 0 ? damaged : kept[..at]);
            Assert.Equal(expected, Ids());
            Assert.Equal(kept, File.ReadAllBytes(index));
        }

        File.SetLastWriteTimeUtc(folder["shard-000.tar"], written);
        Assert.Equal(expected, Ids());
        Assert.NotEqual(kept, File.ReadAllBytes(index)); // belongs to the shard as it is now
    }

    [Fact]
    public void Open_SampleWithoutText_IsNamedAndLeftToTheSampleWhereLenient()
    {
        HandMadeData.WriteTar(folder["a.tar"], ("1.png", Png), ("1.txt", "x"u8.ToArray()), ("2.png", Png), ("3.txt", "no picture"u8.ToArray()), ("4.png", []), ("4.txt", "empty picture"u8.ToArray()));

        Assert.StartsWith($"{folder["a.tar"]}: sample '2': it has no text", Assert.Throws<DataException>(() => new WebDatasetSource(new() { Shards = folder["a.tar"] })).Message, StringComparison.Ordinal);
        var source = new WebDatasetSource(new() { Shards = folder["a.tar"], Shuffle = false }, lenient: true);
        Assert.Equal(4, source.Count);
        Assert.Contains("'2': it has no text", Assert.Throws<DataException>(() => source.At(1)).Message, StringComparison.Ordinal);
        Assert.Contains("'3': the turns hold 1 of <image>, the sample has no picture", Assert.Throws<DataException>(() => source.At(2)).Message, StringComparison.Ordinal);
        Assert.Contains("'4'", Assert.Throws<DataException>(() => source.At(3)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Open_UnusableShards_AreNamed()
    {
        Refused("two pictures", "has two pictures", ("1.png", Png), ("1.jpg", Png), ("1.txt", [65]));
        Refused("scattered", "'1' do not follow each other", ("1.png", Png), ("2.png", Png), ("1.txt", [65]));
        Refused("nothing", "hold no samples", ("README", [65]));
        File.WriteAllBytes(folder["a.tar.gz"], [0x1F, 0x8B]);
        Assert.Contains("gunzip", Assert.Throws<DataException>(() => new WebDatasetSource(new() { Shards = folder["a.tar.gz"] })).Message, StringComparison.Ordinal);

        void Refused(string what, string expected, params (string, byte[])[] members)
        {
            var path = HandMadeData.WriteTar(folder[$"{what}.tar"], members);
            var failure = Assert.Throws<DataException>(() => new WebDatasetSource(new() { Shards = path }));
            Assert.StartsWith(path, failure.Message, StringComparison.Ordinal);
            Assert.Contains(expected, failure.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Load_DamagedPicture_NamesShardAndSample()
    {
        HandMadeData.WriteTar(folder["a.tar"], ("1.png", Png[..20]), ("1.txt", "x"u8.ToArray()));
        var sample = new WebDatasetSource(new() { Shards = folder["a.tar"] }).At(0);

        Assert.StartsWith($"{folder["a.tar"]}: sample '1'", Assert.Throws<ImageException>(() => sample.Images[0].Load()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Draw_ShardReplacedMeanwhile_IsRefused()
    {
        var source = new WebDatasetSource(new() { Shards = HandMadeData.Shards(folder.Path, 3) });
        HandMadeData.Shards(folder.Path, 4);

        Assert.Contains("has changed since", Assert.Throws<DataException>(() => source.At(0)).Message, StringComparison.Ordinal);
    }
}
