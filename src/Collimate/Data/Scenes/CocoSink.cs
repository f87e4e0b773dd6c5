using System.Text.Json;
using Collimate.Torch.Serialization;

namespace Collimate.Data.Scenes;

/// <summary>The form of COCO's captions: <c>{"info", "images": [{"id", "file_name", …}], "annotations": [{"id", "image_id", "caption"}]}</c>.</summary>
internal sealed class CocoSink : ISceneSink
{
    private readonly PictureFolder pictures;
    private readonly PendingFile file;
    private readonly Utf8JsonWriter writer;

    // COCO lists all pictures before all captions.
    private readonly List<string> captions = [];
    private int captionsPerImage;
    private int imageCount;

    internal CocoSink(SceneExportOptions options)
    {
        pictures = new PictureFolder(options.Folder);
        file = new PendingFile(Path.Combine(options.Folder, "captions.json"));
        writer = SceneJson.Writer(file.Stream);
        writer.WriteStartObject();
        writer.WriteStartObject("info");
        writer.WriteString("description", $"emoji scenes, split {SceneWorld.NameOf(options.Split)}, seed {options.Seed}");
        writer.WriteString("version", "1.0");
        writer.WriteEndObject();
        writer.WriteStartArray("images");
    }

    public void WritePicture(ExportedScene scene) => pictures.Write(scene);

    public void Add(ExportedScene scene)
    {
        imageCount++;
        writer.WriteStartObject();
        writer.WriteNumber("id", imageCount);
        writer.WriteString("file_name", PictureFolder.RelativePath(scene));
        writer.WriteNumber("width", ScenePositions.CanvasSize);
        writer.WriteNumber("height", ScenePositions.CanvasSize);
        writer.WriteEndObject();
        writer.Flush();
        captionsPerImage = scene.Captions.Count;
        captions.AddRange(scene.Captions);
    }

    public void Finish()
    {
        writer.WriteEndArray();
        writer.WriteStartArray("annotations");
        for (var at = 0; at < captions.Count; at++)
        {
            writer.WriteStartObject();
            writer.WriteNumber("id", at + 1);
            writer.WriteNumber("image_id", (at / captionsPerImage) + 1);
            writer.WriteString("caption", captions[at]);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
        writer.WriteEndObject();
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
