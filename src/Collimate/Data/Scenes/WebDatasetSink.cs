using System.Formats.Tar;
using Collimate.Torch.Serialization;

namespace Collimate.Data.Scenes;

/// <summary>WebDataset's form: tar shards in which members that differ only in their ending belong together; no times or owners, so bytes repeat.</summary>
internal sealed class WebDatasetSink(SceneExportOptions options) : ISceneSink
{
    private PendingFile? file;
    private TarWriter? writer;
    private int inShard;
    private int shards;

    public void WritePicture(ExportedScene scene)
    {
        // Pictures go into the shard, which has an order.
    }

    public void Add(ExportedScene scene)
    {
        if (writer is null)
        {
            file = new PendingFile(Path.Combine(options.Folder, $"scenes-{shards:D6}.tar"));
            writer = new TarWriter(file.Stream, TarEntryFormat.Ustar, leaveOpen: true);
        }

        AddMember($"{scene.Scene.Id}.png", new MemoryStream(scene.Png));
        var json = new MemoryStream();
        SceneJson.WriteLine(json, text =>
        {
            text.WriteStartObject();
            text.WriteString("id", scene.Scene.Id);
            text.WriteStartArray("captions");
            foreach (var caption in scene.Captions)
            {
                text.WriteStringValue(caption);
            }

            text.WriteEndArray();
            SceneJson.Conversation(text, scene);
            text.WriteEndObject();
        });
        json.Position = 0;
        AddMember($"{scene.Scene.Id}.json", json);
        if (++inShard == options.ScenesPerShard)
        {
            CloseShard();
        }
    }

    public void Finish() => CloseShard();

    public void Dispose()
    {
        writer?.Dispose();
        file?.Dispose();
    }

    private void AddMember(string name, MemoryStream content)
    {
        var entry = new UstarTarEntry(TarEntryType.RegularFile, name)
        {
            DataStream = content,
            ModificationTime = DateTimeOffset.UnixEpoch,
            Mode = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead,
        };
        writer!.WriteEntry(entry);
    }

    private void CloseShard()
    {
        if (writer is null)
        {
            return;
        }

        writer.Dispose(); // writes the end of the archive
        file!.Commit();
        file.Dispose();
        (writer, file) = (null, null);
        (inShard, shards) = (0, shards + 1);
    }
}
