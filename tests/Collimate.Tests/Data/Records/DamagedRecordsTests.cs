using System.Text;
using Collimate.Data;
using Collimate.Data.Captions;
using Collimate.Data.Interleaved;
using Collimate.Data.LlavaJson;
using Collimate.Data.PathVqa;
using Collimate.Data.Vsft;

namespace Collimate.Tests.Data.Records;

/// <summary>Damaged files of records: whatever is changed in them, they are read or refused by name, and nothing else happens.</summary>
public sealed class DamagedRecordsTests : IDisposable
{
    private const int Mutations = 10_000;

    private static readonly byte[][] Insertions =
    [
        [0xFF], [0xC3], [0xED, 0xA0, 0x80], "\\ud800"u8.ToArray(), "\r\n"u8.ToArray(), [0xEF, 0xBB, 0xBF], "\""u8.ToArray(), "["u8.ToArray(), "}"u8.ToArray(),
        "\0"u8.ToArray(), "1e999"u8.ToArray(), "null"u8.ToArray(), "<image>"u8.ToArray(), Encoding.UTF8.GetBytes(new string('[', 80)),
    ];

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("interleaved")]
    [InlineData("path_vqa.jsonl")]
    [InlineData("path_vqa.csv")]
    [InlineData("path_vqa.json")]
    [InlineData("llava_json")]
    [InlineData("vsft")]
    [InlineData("vsft.json")]
    [InlineData("karpathy")]
    [InlineData("coco_captions")]
    public void Open_ManyMutations_AreReadOrRefusedWithTheFilesName(string kind)
    {
        var (path, open) = Make(kind);
        var sound = File.ReadAllBytes(path);
        Assert.True(open(false).Count > 0);
        var random = new Random(20260 + kind.Length);
        var refused = 0;
        for (var k = 0; k < Mutations; k++)
        {
            var mutated = Mutate(sound, random);
            File.WriteAllBytes(path, mutated);
            try
            {
                var source = open(k % 2 == 0);
                for (var place = 0L; place < Math.Min(4, source.Count!.Value); place++)
                {
                    source.At(place);
                }
            }
            catch (DataException failure)
            {
                Assert.Contains(folder.Path, failure.Message, StringComparison.Ordinal);
                refused++;
            }
            catch (Exception other)
            {
                Assert.Fail($"mutation {k} of {kind}: {other}\n{Convert.ToBase64String(mutated)}");
            }
        }

        Assert.InRange(refused, Mutations / 20, Mutations - 1);
    }

    private (string Path, Func<bool, ISampleSource> Open) Make(string kind)
    {
        const string Rows = "image,question,answer\r\na.png,\"what, now?\",yes\r\na,\"so\n\"\"so\"\"\",2\r\n";
        switch (kind)
        {
            case "interleaved":
                var documents = HandMadeData.Documents(folder.Path, 3);
                return (documents, lenient => new InterleavedSource(new() { Path = documents, Shuffle = false }, lenient));
            case "path_vqa.csv":
                HandMadeData.WritePicture(folder["a.png"], 1);
                var table = HandMadeData.WriteText(folder["q.csv"], Rows);
                return (table, lenient => new PathVqaSource(new() { Path = table, Shuffle = false }, lenient));
            case "path_vqa.jsonl" or "path_vqa.json":
                var lines = HandMadeData.Questions(folder.Path, 3);
                var whole = HandMadeData.WriteText(folder["q.json"], $"[{string.Join(',', File.ReadAllLines(lines))}]");
                var questions = kind == "path_vqa.json" ? whole : lines;
                return (questions, lenient => new PathVqaSource(new() { Path = questions, Shuffle = false }, lenient));
            case "llava_json":
                var llava = HandMadeData.Llava(folder.Path, 3);
                return (llava, lenient => new LlavaJsonSource(new() { Path = llava, Shuffle = false }, lenient));
            case "vsft" or "vsft.json":
                var messages = HandMadeData.Messages(folder.Path, 3);
                var array = HandMadeData.WriteText(folder["messages.json"], $"[{string.Join(',', File.ReadAllLines(messages))}]");
                var records = kind == "vsft" ? messages : array;
                return (records, lenient => new VsftSource(new() { Path = records, Shuffle = false }, lenient));
            case "karpathy":
                var karpathy = HandMadeData.Karpathy(folder.Path, 3);
                return (karpathy, lenient => new KarpathySource(new() { Path = karpathy, Shuffle = false }, lenient));
            default:
                var coco = HandMadeData.Coco(folder.Path, 3);
                return (coco, lenient => new CocoCaptionsSource(new() { Path = coco, Shuffle = false, Captions = CaptionUse.All }, lenient));
        }
    }

    private static byte[] Mutate(byte[] sound, Random random)
    {
        var bytes = sound.ToList();
        for (var times = random.Next(1, 4); times > 0 && bytes.Count > 0; times--)
        {
            var at = random.Next(bytes.Count);
            switch (random.Next(5))
            {
                case 0:
                    bytes[at] = (byte)random.Next(256);
                    break;
                case 1:
                    bytes.RemoveRange(at, Math.Min(bytes.Count - at, random.Next(1, 20)));
                    break;
                case 2:
                    bytes.InsertRange(at, Insertions[random.Next(Insertions.Length)]);
                    break;
                case 3:
                    bytes.InsertRange(random.Next(bytes.Count), bytes.Slice(at, Math.Min(bytes.Count - at, random.Next(1, 40))));
                    break;
                default:
                    bytes.RemoveRange(at, random.Next(8) == 0 ? bytes.Count - at : 1);
                    break;
            }
        }

        return [.. bytes];
    }
}
