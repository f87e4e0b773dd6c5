using System.Formats.Tar;
using System.Text.Json;
using Collimate.Data;
using Collimate.Data.Scenes;
using Collimate.Imaging;

namespace Collimate.Tests.Data.Scenes;

public sealed class SceneExporterTests
{
    private const int Count = 25;

    [Theory]
    [InlineData(SceneExportFormat.Llava)]
    [InlineData(SceneExportFormat.Coco)]
    [InlineData(SceneExportFormat.WebDataset)]
    public void Export_OtherNumberOfWorkers_SameBytes(SceneExportFormat format)
    {
        using var first = Export(format, workers: 1);
        using var second = Export(format, workers: 4);

        var files = Files(first.Path);
        Assert.Equal(files, Files(second.Path));
        Assert.All(files, file => Assert.Equal(File.ReadAllBytes(Path.Combine(first.Path, file)), File.ReadAllBytes(Path.Combine(second.Path, file))));
        Assert.DoesNotContain(files, file => file.EndsWith(".tmp", StringComparison.Ordinal));
    }

    [Fact]
    public void Export_Llava_HoldsPicturesAndTrueConversations()
    {
        using var folder = Export(SceneExportFormat.Llava);
        using var json = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(folder.Path, "llava.json")));

        Assert.Equal(Count, json.RootElement.GetArrayLength());
        foreach (var (record, at) in json.RootElement.EnumerateArray().Select((record, at) => (record, at)))
        {
            var scene = GymWorld.World.Draw(SceneSplit.Validation, 11, at);
            var turns = record.GetProperty("conversations").EnumerateArray()
                .Select(turn => (From: turn.GetProperty("from").GetString(), Value: turn.GetProperty("value").GetString()!)).ToArray();
            Assert.Equal(scene.Id, record.GetProperty("id").GetString());
            Assert.Equal(SceneRenderer.Render(scene).Pixels, ImageCodec.Load(Path.Combine(folder.Path, record.GetProperty("image").GetString()!)).Pixels);
            Assert.StartsWith("<image>\n", turns[0].Value);
            Assert.Equal(1, turns.Count(turn => turn.Value.Contains("<image>")));
            Assert.All(turns.Select((turn, place) => (turn, place)), pair => Assert.Equal(pair.place % 2 == 0 ? "human" : "gpt", pair.turn.From));
            Assert.True(turns.Length is > 0 and <= 8 && turns.Length % 2 == 0);
        }
    }

    [Fact]
    public void Export_Coco_LinksCaptionsToPictures()
    {
        using var folder = Export(SceneExportFormat.Coco);
        using var json = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(folder.Path, "captions.json")));
        var images = json.RootElement.GetProperty("images").EnumerateArray().ToDictionary(image => image.GetProperty("id").GetInt32());
        var captions = json.RootElement.GetProperty("annotations").EnumerateArray().ToArray();

        Assert.Equal(Count, images.Count);
        Assert.Equal(captions.Length, captions.Select(caption => caption.GetProperty("id").GetInt32()).Distinct().Count());
        Assert.All(images.Values, image => Assert.True(File.Exists(Path.Combine(folder.Path, image.GetProperty("file_name").GetString()!))));
        foreach (var group in captions.GroupBy(caption => caption.GetProperty("image_id").GetInt32()))
        {
            var scene = GymWorld.World.Draw(SceneSplit.Validation, 11, group.Key - 1);
            var random = new SceneRandom(0, "any", 0);
            Assert.Contains(scene.Id, images[group.Key].GetProperty("file_name").GetString());
            Assert.Contains(SceneCaptions.Describe(scene, CaptionStyle.Detailed, ref random), group.Select(caption => caption.GetProperty("caption").GetString()));
        }
    }

    [Fact]
    public void Export_WebDataset_HoldsPairsInShards()
    {
        using var folder = Export(SceneExportFormat.WebDataset);
        var shards = Files(folder.Path).Where(file => file.EndsWith(".tar", StringComparison.Ordinal)).ToArray();
        var members = new List<string>();
        foreach (var shard in shards)
        {
            using var reader = new TarReader(File.OpenRead(Path.Combine(folder.Path, shard)));
            while (reader.GetNextEntry(copyData: true) is { } entry)
            {
                members.Add(entry.Name);
                Assert.Equal(DateTimeOffset.UnixEpoch, entry.ModificationTime);
                if (entry.Name.EndsWith(".json", StringComparison.Ordinal))
                {
                    using var json = JsonDocument.Parse(entry.DataStream!);
                    Assert.Equal(Path.GetFileNameWithoutExtension(entry.Name), json.RootElement.GetProperty("id").GetString());
                }
            }
        }

        Assert.Equal(["scenes-000000.tar", "scenes-000001.tar", "scenes-000002.tar"], shards);
        Assert.Equal(GymWorld.Scenes(SceneSplit.Validation, Count, 11).SelectMany(scene => new[] { $"{scene.Id}.png", $"{scene.Id}.json" }), members);
    }

    [Fact]
    public void Export_Truth_BoxesHoldTheOpaquePixels()
    {
        using var folder = Export(SceneExportFormat.WebDataset);
        var lines = File.ReadAllLines(Path.Combine(folder.Path, "truth.jsonl"));

        Assert.Equal(Count, lines.Length);
        for (var at = 0; at < Count; at++)
        {
            var scene = GymWorld.World.Draw(SceneSplit.Validation, 11, at);
            using var json = JsonDocument.Parse(lines[at]);
            var items = json.RootElement.GetProperty("items").EnumerateArray().ToArray();
            Assert.Equal(scene.Items.Select(scene.NameOf), items.Select(item => item.GetProperty("name").GetString()!));
            foreach (var (item, placed) in items.Zip(scene.Items))
            {
                var box = item.GetProperty("box").EnumerateArray().Select(number => number.GetInt32()).ToArray();
                Assert.True(box[0] >= placed.X && box[1] >= placed.Y && box[0] + box[2] <= placed.X + placed.Size && box[1] + box[3] <= placed.Y + placed.Size);
                Assert.True(Math.Max(box[2], box[3]) >= placed.Size - 2);
                Assert.Equal(ScenePositions.Names[placed.Cell], item.GetProperty("position").GetString());
            }
        }
    }

    [Fact]
    public void Export_Cancelled_LeavesNoIndexBehind()
    {
        using var folder = new GymWorld.Folder();
        using var cancel = new CancellationTokenSource();
        var progress = new Cancelling(cancel);
        var options = new SceneExportOptions { Folder = folder.Path, Count = 2000, Format = SceneExportFormat.WebDataset, ScenesPerShard = 5000 };

        Assert.ThrowsAny<OperationCanceledException>(() => SceneExporter.Export(GymWorld.World, options, progress, cancel.Token));

        Assert.Empty(Files(folder.Path));
        Assert.True(progress.Done is > 0 and < 2000);
    }

    [Fact]
    public void Export_FolderIsAFile_NamesIt()
    {
        using var folder = new GymWorld.Folder();
        var path = Path.Combine(folder.Path, "taken");
        File.WriteAllText(path, "");

        var failure = Assert.Throws<DataException>(() => SceneExporter.Export(GymWorld.World, new SceneExportOptions { Folder = path, Count = 1 }));

        Assert.Contains(path, failure.Message);
    }

    private static GymWorld.Folder Export(SceneExportFormat format, int workers = 2)
    {
        var folder = new GymWorld.Folder();
        SceneExporter.Export(GymWorld.World, new SceneExportOptions
        {
            Folder = folder.Path, Count = Count, Format = format, Split = SceneSplit.Validation, Seed = 11, QuestionsPerScene = 4, ScenesPerShard = 10, Workers = workers,
        });
        return folder;
    }

    private static string[] Files(string folder) =>
        [.. Directory.GetFiles(folder, "*", SearchOption.AllDirectories).Select(file => Path.GetRelativePath(folder, file)).Order(StringComparer.Ordinal)];

    private sealed class Cancelling(CancellationTokenSource cancel) : IProgress<(long Done, long Total)>
    {
        internal long Done { get; private set; }

        public void Report((long Done, long Total) value)
        {
            Done = value.Done;
            cancel.Cancel();
        }
    }
}
