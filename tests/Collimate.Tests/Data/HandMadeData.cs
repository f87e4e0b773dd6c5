using System.Formats.Tar;
using System.Text;
using System.Text.Json;
using Collimate.Imaging;

namespace Collimate.Tests.Data;

/// <summary>Small data sets of every format, written by hand.</summary>
internal static class HandMadeData
{
    /// <summary>A picture of one colour that follows from its number.</summary>
    public static byte[] Picture(int number) =>
        ImageCodec.Encode(Image.Filled(3, 2, (byte)number, (byte)(number >> 8), 7), ImageFormat.Png);

    /// <summary>Writes a picture and its folders.</summary>
    public static string WritePicture(string path, int number)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllBytes(path, Picture(number));
        return path;
    }

    /// <summary>Writes text without a byte order mark.</summary>
    public static string WriteText(string path, string text)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false));
        return path;
    }

    /// <summary>A file of Karpathy's form with its pictures; picture k has k % 3 + 1 captions.</summary>
    public static string Karpathy(string folder, int count, Func<int, string>? split = null)
    {
        var images = Enumerable.Range(0, count).Select(k => new
        {
            filepath = "val2014",
            sentids = new[] { k },
            filename = $"{k}.png",
            imgid = k,
            split = split?.Invoke(k) ?? "train",
            sentences = Enumerable.Range(0, (k % 3) + 1).Select(c => new { tokens = new[] { "a" }, raw = $" caption {c} of {k} " }),
        });
        for (var k = 0; k < count; k++)
        {
            WritePicture(Path.Combine(folder, "val2014", $"{k}.png"), k);
        }

        return WriteText(Path.Combine(folder, "dataset_coco.json"), JsonSerializer.Serialize(new { images, dataset = "coco" }));
    }

    /// <summary>A file of COCO's form with its pictures, the captions before the pictures; picture k has k % 3 + 1 captions.</summary>
    public static string Coco(string folder, int count)
    {
        var captions = Enumerable.Range(0, count).SelectMany(k => Enumerable.Range(0, (k % 3) + 1).Select(c => new { image_id = 100 + k, id = (k * 10) + c, caption = $"caption {c} of {k}" }));
        var images = Enumerable.Range(0, count).Select(k => new { id = 100 + k, file_name = $"{k}.png", height = 2, width = 3 });
        for (var k = 0; k < count; k++)
        {
            WritePicture(Path.Combine(folder, $"{k}.png"), k);
        }

        return WriteText(Path.Combine(folder, "captions.json"), JsonSerializer.Serialize(
            new { info = new { year = 2017 }, licenses = new[] { new { url = "x" } }, annotations = captions.Reverse(), type = "captions", images }));
    }

    /// <summary>Questions about pictures, a JSON object a line.</summary>
    public static string Questions(string folder, int count)
    {
        for (var k = 0; k < count; k++)
        {
            WritePicture(Path.Combine(folder, "images", "train", $"train_{k:D4}.png"), k);
        }

        return WriteText(Path.Combine(folder, "train.jsonl"), string.Concat(Enumerable.Range(0, count).Select(k =>
            JsonSerializer.Serialize(new { image = $"train_{k:D4}", question = $"what is {k}?", answer = $"answer {k}" }) + "\n")));
    }

    /// <summary>Documents of a text, a picture and another text, a line each.</summary>
    public static string Documents(string folder, int count)
    {
        WritePicture(Path.Combine(folder, "a.png"), 1);
        return WriteText(Path.Combine(folder, "documents.jsonl"), string.Concat(Enumerable.Range(0, count).Select(k =>
            $$"""{"id": "{{k}}", "parts": [{"text": "before {{k}}"}, {"image": "a.png"}, {"text": "after {{k}}"}]}""" + "\n")));
    }

    /// <summary>A LLaVA JSON file.</summary>
    public static string Llava(string folder, int count) => WriteText(Path.Combine(folder, "llava.json"), JsonSerializer.Serialize(Enumerable.Range(0, count).Select(k =>
        new { id = $"{k}", conversations = new[] { new { from = "human", value = $"question {k}" }, new { from = "gpt", value = $"answer {k}" } } })));

    /// <summary>Messages with typed content, a record a line; pictures stand in the file, or beside it for every other record.</summary>
    public static string Messages(string folder, int count)
    {
        WritePicture(Path.Combine(folder, "m.png"), 9);
        return WriteText(Path.Combine(folder, "messages.jsonl"), string.Concat(Enumerable.Range(0, count).Select(k => JsonSerializer.Serialize(new
        {
            messages = new object[]
            {
                new { role = "user", content = new object[] { new { type = "text", text = $"what is {k}?\n", index = (int?)null }, new { type = "image", text = (string?)null, index = (int?)0 } } },
                new { role = "assistant", content = new object[] { new { type = "text", text = $"answer {k}", index = (int?)null } } },
            },
            images = new object[] { k % 2 == 0 ? new { bytes = Convert.ToBase64String(Picture(k)), path = (string?)null } : "m.png" },
        }) + "\n")));
    }

    /// <summary>Shards of so many samples each, with a picture and a caption; gives the pattern that names them.</summary>
    public static string Shards(string folder, params int[] counts)
    {
        var number = 0;
        foreach (var (shard, count) in counts.Index())
        {
            var members = new List<(string, byte[])>();
            for (var k = 0; k < count; k++, number++)
            {
                members.Add(($"{number:D5}.png", Picture(number)));
                members.Add(number % 2 == 0
                    ? ($"{number:D5}.txt", Encoding.UTF8.GetBytes($"caption 0 of {number}"))
                    : ($"{number:D5}.json", JsonSerializer.SerializeToUtf8Bytes(new { captions = new[] { $"caption 0 of {number}", $"caption 1 of {number}" } })));
            }

            WriteTar(Path.Combine(folder, $"shard-{shard:D3}.tar"), [.. members]);
        }

        return Path.Combine(folder, $"shard-{{000..{counts.Length - 1:D3}}}.tar");
    }

    /// <summary>Writes an archive.</summary>
    public static string WriteTar(string path, params (string Name, byte[] Data)[] members)
    {
        File.WriteAllBytes(path, Tar(TarEntryFormat.Ustar, members));
        return path;
    }

    /// <summary>An archive's bytes.</summary>
    public static byte[] Tar(TarEntryFormat format, params (string Name, byte[] Data)[] members)
    {
        var bytes = new MemoryStream();
        using (var writer = new TarWriter(bytes, format, leaveOpen: true))
        {
            foreach (var (name, data) in members)
            {
                TarEntry entry = format switch
                {
                    TarEntryFormat.Gnu => new GnuTarEntry(TarEntryType.RegularFile, name),
                    TarEntryFormat.Pax => new PaxTarEntry(TarEntryType.RegularFile, name),
                    TarEntryFormat.V7 => new V7TarEntry(TarEntryType.V7RegularFile, name),
                    _ => new UstarTarEntry(TarEntryType.RegularFile, name),
                };
                entry.DataStream = new MemoryStream(data);
                writer.WriteEntry(entry);
            }
        }

        return members.Length > 0 ? bytes.ToArray() : new byte[1024]; // the writer of an empty archive leaves its end out
    }
}
