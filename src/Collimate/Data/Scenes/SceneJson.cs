using System.Text.Encodings.Web;
using System.Text.Json;

namespace Collimate.Data.Scenes;

/// <summary>The JSON of exported scenes.</summary>
internal static class SceneJson
{
    // "<image>" stays readable; the files are data, never part of a web page.
    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    internal static Utf8JsonWriter Writer(Stream stream) => new(stream, Options);

    internal static void WriteLine(Stream stream, Action<Utf8JsonWriter> write)
    {
        using (var writer = Writer(stream))
        {
            write(writer);
        }

        stream.WriteByte((byte)'\n');
    }

    /// <summary>LLaVA's turns: the picture stands before the first question.</summary>
    internal static void Conversation(Utf8JsonWriter writer, ExportedScene scene)
    {
        writer.WriteStartArray("conversations");
        for (var at = 0; at < scene.Questions.Count; at++)
        {
            Turn(writer, "human", (at == 0 ? "<image>\n" : "") + scene.Questions[at].Text);
            Turn(writer, "gpt", scene.Questions[at].Answer);
        }

        writer.WriteEndArray();
    }

    /// <summary>What stands where.</summary>
    internal static void Truth(Utf8JsonWriter writer, ExportedScene exported)
    {
        var scene = exported.Scene;
        writer.WriteStartObject();
        writer.WriteString("id", scene.Id);
        writer.WriteString("image", exported.ImageName);
        writer.WriteString("split", SceneWorld.NameOf(scene.Split));
        writer.WriteStartArray("items");
        foreach (var item in scene.Items)
        {
            var what = scene.World.Items[item.Item];
            writer.WriteStartObject();
            writer.WriteString("name", what.Name);
            writer.WriteString("category", what.Category);
            writer.WriteString("colour", what.Colour);
            writer.WriteString("position", ScenePositions.Names[item.Cell]);
            writer.WriteStartArray("box"); // left, top, width, height, as COCO has it
            var (left, top, width, height) = SceneRenderer.BoxOf(scene, item);
            writer.WriteNumberValue(left);
            writer.WriteNumberValue(top);
            writer.WriteNumberValue(width);
            writer.WriteNumberValue(height);
            writer.WriteEndArray();
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
        writer.WriteEndObject();
    }

    private static void Turn(Utf8JsonWriter writer, string from, string value)
    {
        writer.WriteStartObject();
        writer.WriteString("from", from);
        writer.WriteString("value", value);
        writer.WriteEndObject();
    }
}
