using System.Text.Json;

namespace Collimate.Benchmarks;

/// <summary>Captions as many as COCO's validation split has, made of real ones: in each, two words are exchanged for others, so that no caption stands twice and vocabulary and runs of words vary as they do there.</summary>
internal sealed class CaptionFiles : IDisposable
{
    private CaptionFiles(string folder) => Folder = folder;

    public string Folder { get; }

    /// <summary>The model's captions, <c>[{"image_id", "caption"}]</c>.</summary>
    public string Results => Path.Combine(Folder, "results.json");

    /// <summary>The people's captions, <c>{"annotations": [...]}</c>.</summary>
    public string Annotations => Path.Combine(Folder, "annotations.json");

    /// <summary>The same line by line, as a tokenizer in another process is handed them.</summary>
    public string Lines(bool isResults) => Path.Combine(Folder, isResults ? "results.txt" : "annotations.txt");

    /// <summary>Makes the files of captions by image.</summary>
    /// <param name="source">A folder with candidates.json and references.json.</param>
    /// <param name="images">How many images.</param>
    /// <param name="references">How many references of each.</param>
    public static CaptionFiles Make(string source, int images, int references)
    {
        var candidates = Read<string>(source, "candidates.json");
        var people = Read<string[]>(source, "references.json");
        string[] ids = [.. candidates.Keys.Order(StringComparer.Ordinal)];
        string[] words = [.. people.Values.SelectMany(captions => captions).SelectMany(caption => caption.Split(' ')).Where(word => word.All(char.IsAsciiLetter)).Select(word => word.ToLowerInvariant()).Distinct().Order(StringComparer.Ordinal)];
        var random = new Random(1);
        string Varied(string caption)
        {
            var parts = caption.Split(' ');
            for (var k = 0; k < 2; k++)
            {
                var at = random.Next(parts.Length);
                parts[at] = parts[at].All(char.IsAsciiLetter) ? words[random.Next(words.Length)] : parts[at];
            }

            return string.Join(' ', parts);
        }

        string[] Own(int image) => people[ids[image % ids.Length]];
        var files = new CaptionFiles(Directory.CreateTempSubdirectory("collimate-captions-").FullName);
        var said = Enumerable.Range(0, images).Select(image => new { image_id = image, caption = Varied(candidates[ids[image % ids.Length]]) }).ToArray();
        var given = Enumerable.Range(0, images).SelectMany(image => Enumerable.Range(0, references).Select(k => new { image_id = image, caption = Varied(Own(image)[k % Own(image).Length]) })).ToArray();
        File.WriteAllText(files.Results, JsonSerializer.Serialize(said));
        File.WriteAllText(files.Annotations, JsonSerializer.Serialize(new { annotations = given }));
        File.WriteAllLines(files.Lines(isResults: true), said.Select(one => one.caption));
        File.WriteAllLines(files.Lines(isResults: false), given.Select(one => one.caption));
        return files;
    }

    public void Dispose() => Directory.Delete(Folder, recursive: true);

    private static Dictionary<string, T> Read<T>(string source, string name) => JsonSerializer.Deserialize<Dictionary<string, T>>(File.ReadAllBytes(Path.Combine(source, name)))!;
}
