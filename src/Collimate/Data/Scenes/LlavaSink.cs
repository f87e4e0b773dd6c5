using System.Text.Json;
using Collimate.Torch.Serialization;

namespace Collimate.Data.Scenes;

/// <summary>LLaVA's form: <c>[{"id", "image", "conversations": [{"from", "value"}]}]</c>.</summary>
internal sealed class LlavaSink : ISceneSink
{
    private readonly PictureFolder pictures;
    private readonly PendingFile file;
    private readonly Utf8JsonWriter writer;

    internal LlavaSink(SceneExportOptions options)
    {
        pictures = new PictureFolder(options.Folder);
        file = new PendingFile(Path.Combine(options.Folder, "llava.json"));
        writer = SceneJson.Writer(file.Stream);
        writer.WriteStartArray();
    }

    public void WritePicture(ExportedScene scene) => pictures.Write(scene);

    public void Add(ExportedScene scene)
    {
        writer.WriteStartObject();
        writer.WriteString("id", scene.Scene.Id);
        writer.WriteString("image", PictureFolder.RelativePath(scene));
        SceneJson.Conversation(writer, scene);
        writer.WriteEndObject();
        writer.Flush();
    }

    public void Finish()
    {
        writer.WriteEndArray();
        writer.Flush();
        file.Commit();
    }

    public void Dispose()
    {
        // Disposing the writer would write to a stream that Finish may have closed; it holds nothing else.
        writer.Reset(Stream.Null);
        writer.Dispose();
        file.Dispose();
    }
}
