using System.Text;
using System.Text.Json.Nodes;
using Collimate.Tests.Fuzzing;
using Collimate.Torch.Serialization;
using static Collimate.Torch.Tests.Serialization.HandMadeFile;

namespace Collimate.Torch.Tests.Serialization;

/// <summary>Tens of thousands of damaged files: each gives tensors whose every byte can be read, or one typed message.</summary>
public sealed class HostileSafetensorsTests : IDisposable
{
    private const int Rounds = 10_000;
    private const string Header =
        """{"__metadata__":{"format":"pt","note":"x"},"weight":{"dtype":"F32","shape":[2,3],"data_offsets":[0,24]},"half":{"dtype":"F16","shape":[4],"data_offsets":[24,32]},"flag":{"dtype":"BOOL","shape":[],"data_offsets":[32,33]},"none":{"dtype":"I64","shape":[0,5],"data_offsets":[33,33]}}""";

    private readonly HandMadeFile files = new();

    public void Dispose() => files.Dispose();

    [Fact]
    public void Open_EditedHeaders_GivesTensorsOrACheckpointException()
    {
        var random = new Random(1);
        var opened = 0;
        for (var round = 0; round < Rounds; round++)
        {
            var header = Mutations.Json(Header, random);
            opened += Opens(Bytes(header, random.Next(4) == 0 ? random.Next(64) : 33), header) ? 1 : 0;
        }

        Assert.InRange(opened, 1, Rounds - 1); // some edits are harmless, most are not
    }

    [Fact]
    public void Open_DamagedBytes_GivesTensorsOrACheckpointException()
    {
        var random = new Random(2);
        var whole = Bytes(Header, 33);
        var opened = 0;
        for (var round = 0; round < Rounds; round++)
        {
            opened += Opens(Mutations.Bytes(whole, random), $"round {round}") ? 1 : 0;
        }

        Assert.InRange(opened, 1, Rounds - 1);
    }

    [Fact]
    public void Open_SizesMovedTogether_NeverReadsBeyondTheFile()
    {
        var random = new Random(3);
        long[] edges = [0, 1, 2, 33, 64, int.MaxValue, (long)int.MaxValue + 1, uint.MaxValue, 1L << 40, 1L << 62, long.MaxValue - 1, long.MaxValue];
        for (var round = 0; round < Rounds; round++)
        {
            var header = JsonNode.Parse(Header)!;
            foreach (var name in (string[])["weight", "half", "flag", "none"])
            {
                if (random.Next(2) == 0)
                {
                    header[name]!["shape"] = new JsonArray([.. Enumerable.Range(0, random.Next(5)).Select(_ => (JsonNode)edges[random.Next(edges.Length)])]);
                    header[name]!["data_offsets"] = new JsonArray(edges[random.Next(edges.Length)], edges[random.Next(edges.Length)]);
                }
            }

            Opens(Bytes(header.ToJsonString(), random.Next(100)), header.ToJsonString());
        }
    }

    [Fact]
    public void OpenFolder_DamagedIndexes_GivesTensorsOrACheckpointException()
    {
        const string first = "model-00001-of-00002.safetensors", second = "model-00002-of-00002.safetensors";
        files.Write(Bytes("{" + Entry("a", "U8", "[2]", 0, 2) + "," + Entry("b", "F32", "[1]", 2, 6) + "}", 6), first);
        files.Write(Bytes("{" + Entry("c", "U8", "[1]", 0, 1) + "}", 1), second);
        var index = $$$"""{"metadata":{"total_size":7},"weight_map":{"a":"{{{first}}}","b":"{{{first}}}","c":"{{{second}}}"}}""";
        var random = new Random(4);
        var opened = 0;
        for (var round = 0; round < Rounds; round++)
        {
            var damaged = Mutations.JsonOrBytes(index, random);
            files.Write(damaged, "model.safetensors.index.json");
            opened += Reads(() => SafetensorsReader.OpenFolder(files.Folder), Encoding.UTF8.GetString(damaged)) ? 1 : 0;
        }

        Assert.InRange(opened, 1, Rounds - 1);
    }

    private bool Opens(byte[] bytes, string what)
    {
        var path = files.Write(bytes);
        return Reads(() => SafetensorsReader.Open(path), what);
    }

    private static bool Reads(Func<SafetensorsReader> open, string what)
    {
        using var scope = new TensorScope();
        try
        {
            using var reader = open();
            Assert.InRange(reader.ElementCount, 0, 100);
            foreach (var tensor in reader.ReadAll().Values)
            {
                tensor.To(ScalarType.Float32).Sum().Item(); // touches every byte
            }

            return true;
        }
        catch (CheckpointException refusal)
        {
            Assert.InRange(refusal.Message.Length, 1, 10_000);
            return false;
        }
        catch (Exception failure) when (failure is not Xunit.Sdk.XunitException)
        {
            throw new InvalidOperationException(what, failure);
        }
    }
}
