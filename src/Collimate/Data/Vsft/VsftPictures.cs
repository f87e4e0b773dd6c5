using System.Text.Json;
using Collimate.Data.Conversations;
using Collimate.Data.Records;

namespace Collimate.Data.Vsft;

/// <summary>The list <c>images</c> of a record: paths, or pictures that stand in the file itself.</summary>
internal sealed class VsftPictures
{
    private const string Expected = "expected a path, {\"path\": …}, {\"bytes\": \"BASE64\"} or \"data:image/png;base64,…\"";

    private readonly List<ImageSource> sources = [];

    private VsftPictures()
    {
    }

    /// <summary>How many there are.</summary>
    internal int Count => sources.Count;

    /// <summary>A picture by its number.</summary>
    internal ImageSource At(int index) => sources[index];

    /// <summary>Reads the list; pictures themselves are decoded when they are needed.</summary>
    /// <param name="record">The record.</param>
    /// <param name="where">What messages call it.</param>
    /// <param name="folder">Where paths start from.</param>
    /// <exception cref="DataException">An entry is none of the forms.</exception>
    internal static VsftPictures Read(JsonElement record, string where, string folder)
    {
        var pictures = new VsftPictures();
        if (record.ValueKind != JsonValueKind.Object || !record.TryGetProperty("images", out var images) || images.ValueKind == JsonValueKind.Null)
        {
            return pictures;
        }

        if (images.ValueKind != JsonValueKind.Array)
        {
            throw new DataException(where, $"images is {RecordText.Shown(images)}; expected a list. Leave the key out where there is no picture", DataFault.Pictures);
        }

        foreach (var (k, entry) in images.EnumerateArray().Index())
        {
            pictures.sources.Add(One(entry, $"{where}, picture {k}", folder));
        }

        return pictures;
    }

    private static ImageSource One(JsonElement entry, string where, string folder)
    {
        switch (entry.ValueKind)
        {
            case JsonValueKind.String:
                return Text(entry.GetString()!, where, folder);
            // Libraries write both keys, one of them null.
            case JsonValueKind.Object when entry.TryGetProperty("bytes", out var bytes) && bytes.ValueKind != JsonValueKind.Null:
                return bytes.ValueKind == JsonValueKind.String ? Decoded(bytes.GetString()!, where) : throw new DataException(
                    where, $"bytes is {RecordText.Shown(bytes)}; expected the picture's file as a Base64 text", DataFault.Pictures);
            case JsonValueKind.Object when RecordText.Text(entry, "path") is { Length: > 0 } path:
                return ImageSource.FromFile(Path.Combine(folder, path));
            default:
                throw new DataException(where, $"it is {RecordText.Shown(entry)}; {Expected}", DataFault.Pictures);
        }
    }

    private static ImageSource Text(string text, string where, string folder)
    {
        if (!text.StartsWith("data:", StringComparison.Ordinal))
        {
            return text.Length > 0 ? ImageSource.FromFile(Path.Combine(folder, text)) : throw new DataException(where, $"it is an empty text; {Expected}", DataFault.Pictures);
        }

        var comma = text.IndexOf(',', StringComparison.Ordinal);
        return comma > 0 && text.AsSpan(0, comma).EndsWith(";base64") ? Decoded(text[(comma + 1)..], where) : throw new DataException(
            where, $"it begins with 'data:' but is not Base64; {Expected}", DataFault.Pictures);
    }

    private static ImageSource Decoded(string text, string where)
    {
        try
        {
            return ImageSource.FromBytes(Convert.FromBase64String(text), where);
        }
        catch (FormatException)
        {
            throw new DataException(where, $"its bytes are not Base64 ({text.Length} characters, beginning with '{text[..Math.Min(20, text.Length)]}'); {Expected}", DataFault.Pictures);
        }
    }
}
