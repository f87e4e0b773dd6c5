using System.Text;
using Collimate.Torch.Serialization;
using FsCheck;
using FsCheck.Fluent;

namespace Collimate.Torch.Tests.Serialization;

public sealed class BadSafetensorsTests : IDisposable
{
    private readonly TensorScope scope = new();
    private readonly TemporaryFolder folder = new();

    public void Dispose()
    {
        scope.Dispose();
        folder.Dispose();
    }

    public static TheoryData<string, string, int, string> Headers => new()
    {
        { "no object", "[]", 0, "begin with '{'" },
        { "leading space", " {}", 0, "begin with '{'" },
        { "not closed", "{", 0, "not valid JSON" },
        { "two names alike", """{"x":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"x":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}""", 1, "not valid JSON" },
        { "two names alike by escapes", """{"x":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"\u0078":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}""", 1, "not valid JSON" },
        { "deep", new string('{', 1) + "\"x\":" + new string('[', 5000) + new string(']', 5000) + "}", 0, "not valid JSON" },
        { "half a surrogate as name", """{"\ud800":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}""", 1, "not valid Unicode" },
        { "half a surrogate as note", """{"__metadata__":{"a":"\udc00"}}""", 0, "not valid Unicode" },
        { "note that is no text", """{"__metadata__":{"a":1}}""", 0, "'__metadata__.a' holds Number" },
        { "notes that are no object", """{"__metadata__":[]}""", 0, "'__metadata__' holds Array" },
        { "tensor that is no object", """{"x":1}""", 0, "'x' holds Number" },
        { "no type", """{"x":{"shape":[1],"data_offsets":[0,1]}}""", 1, "exactly dtype, shape and data_offsets" },
        { "one field more", """{"x":{"dtype":"U8","shape":[1],"data_offsets":[0,1],"y":1}}""", 1, "exactly dtype, shape and data_offsets" },
        { "unknown type", """{"x":{"dtype":"F8_E4M3","shape":[1],"data_offsets":[0,1]}}""", 1, "F8_E4M3" },
        { "negative size", """{"x":{"dtype":"U8","shape":[-1],"data_offsets":[0,1]}}""", 1, "has -1 where" },
        { "broken size", """{"x":{"dtype":"U8","shape":[1.5],"data_offsets":[0,1]}}""", 1, "has 1.5 where" },
        { "size beyond 64 bits", """{"x":{"dtype":"U8","shape":[18446744073709551616],"data_offsets":[0,1]}}""", 1, "18446744073709551616 where" },
        { "product beyond 64 bits", """{"x":{"dtype":"F32","shape":[4611686018427387904,4],"data_offsets":[0,1]}}""", 1, "larger than any file" },
        { "product beyond 64 bits beside a zero", """{"x":{"dtype":"F32","shape":[0,4611686018427387904,4],"data_offsets":[0,0]}}""", 0, "larger than any file" },
        { "too many dimensions", """{"x":{"dtype":"U8","shape":[""" + string.Join(",", Enumerable.Repeat(1, 65)) + """],"data_offsets":[0,1]}}""", 1, "65 dimensions" },
        { "size and span differ", """{"x":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}""", 4, "needs 8 bytes, its data_offsets span 4" },
        { "one offset", """{"x":{"dtype":"U8","shape":[1],"data_offsets":[0]}}""", 1, "not [begin, end]" },
        { "end before begin", """{"x":{"dtype":"U8","shape":[1],"data_offsets":[1,0]}}""", 1, "not [begin, end]" },
        { "hole at the start", """{"x":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}}""", 2, "begins at byte 1 of the data, expected 0" },
        { "hole between", """{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"b":{"dtype":"U8","shape":[1],"data_offsets":[2,3]}}""", 3, "'b' begins at byte 2 of the data, expected 1" },
        { "overlap", """{"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},"b":{"dtype":"U8","shape":[2],"data_offsets":[1,3]}}""", 3, "'b' begins at byte 1 of the data, expected 2" },
        { "data missing", """{"x":{"dtype":"U8","shape":[9],"data_offsets":[0,9]}}""", 5, "need 9 bytes of data, the file holds 5" },
        { "data appended", """{"x":{"dtype":"U8","shape":[2],"data_offsets":[0,2]}}""", 5, "need 2 bytes of data, the file holds 5" },
    };

    [Theory]
    [MemberData(nameof(Headers))]
    public void Open_OfAHeaderThatBreaksARule_NamesFileAndRule(string name, string header, int dataLength, string expected)
    {
        File.WriteAllBytes(folder["bad.safetensors"], SafetensorsBytes.Make(header, dataLength));
        var failure = Assert.Throws<CheckpointException>(() => SafetensorsReader.Open(folder["bad.safetensors"]));
        Assert.Contains(expected, failure.Message, StringComparison.Ordinal);
        Assert.Contains("bad.safetensors", failure.Message, StringComparison.Ordinal);
        Assert.True(failure.Message.Length < 1000, $"{name}: a message of {failure.Message.Length} characters");
    }

    [Theory]
    [InlineData(new byte[0], "it has 0 bytes")]
    [InlineData(new byte[] { 1, 0, 0 }, "it has 3 bytes")]
    [InlineData(new byte[] { 0, 0, 0, 0, 0, 0, 0, 0 }, "said to take 0 bytes")]
    [InlineData(new byte[] { 9, 0, 0, 0, 0, 0, 0, 0, (byte)'{', (byte)'}' }, "not downloaded or copied completely")]
    [InlineData(new byte[] { 255, 255, 255, 255, 255, 255, 255, 255, (byte)'{', (byte)'}' }, "at most 100000000")]
    [InlineData(new byte[] { 255, 255, 255, 255, 255, 255, 255, 127, (byte)'{', (byte)'}' }, "at most 100000000")]
    public void Open_OfAWrongLength_SaysSo(byte[] bytes, string expected)
    {
        File.WriteAllBytes(folder["bad"], bytes);
        Assert.Contains(expected, Assert.Throws<CheckpointException>(() => SafetensorsReader.Open(folder["bad"])).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Open_OfInvalidUtf8_IsRefused()
    {
        var header = Encoding.UTF8.GetBytes("""{"xx":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}""");
        header[2] = 0xC3; // the first half of a two-byte character
        File.WriteAllBytes(folder["bad"], SafetensorsBytes.Make(header, 1));
        Assert.Contains("not valid JSON", Assert.Throws<CheckpointException>(() => SafetensorsReader.Open(folder["bad"])).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Open_OfNothing_OfAFolder_SaysSo()
    {
        Assert.Contains("no such file", Assert.Throws<CheckpointException>(() => SafetensorsReader.Open(folder["absent"])).Message, StringComparison.Ordinal);
        Assert.Contains("no such file", Assert.Throws<CheckpointException>(() => SafetensorsReader.OpenFolder(folder["absent"])).Message, StringComparison.Ordinal);
        Assert.Contains("folder", Assert.Throws<CheckpointException>(() => SafetensorsReader.Open(folder.Root)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_OfAnAbsentName_NamesIt()
    {
        SafetensorsWriter.Write(folder["a"], new Dictionary<string, Tensor> { ["x"] = Tensor.Ones([1]) });
        var reader = SafetensorsReader.Open(folder["a"]);
        Assert.False(reader.Contains("y"));
        Assert.Contains("no tensor 'y'", Assert.Throws<CheckpointException>(() => reader.Read("y")).Message, StringComparison.Ordinal);
        reader.Dispose();
        Assert.Contains("disposed", Assert.Throws<CheckpointException>(() => reader.Read("x")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Open_OfEveryTruncation_IsRefused()
    {
        SafetensorsWriter.Write(folder["a"], new Dictionary<string, Tensor> { ["x"] = Tensor.Ones([3]), ["y"] = Tensor.Zeros([2], ScalarType.Int64) });
        var whole = File.ReadAllBytes(folder["a"]);
        for (var length = 0; length < whole.Length; length++)
        {
            File.WriteAllBytes(folder["cut"], whole[..length]);
            Assert.Throws<CheckpointException>(() => SafetensorsReader.Open(folder["cut"]));
        }
    }

    // A file that some bytes were changed in either reads as it says, or is refused: never another exception, and never a crash.
    [Fact]
    public void Open_OfMutatedFiles_OnlyThrowsCheckpointExceptions()
    {
        SafetensorsWriter.Write(
            folder["a"],
            new Dictionary<string, Tensor> { ["layer.weight"] = Tensor.Ones([3, 2]), ["b"] = Tensor.Zeros([2], ScalarType.Int64), ["é"] = Tensor.Ones([0, 5], ScalarType.Bool) },
            new Dictionary<string, string> { ["format"] = "pt" });
        var whole = File.ReadAllBytes(folder["a"]);
        var headerLength = 8 + (int)BitConverter.ToInt64(whole);
        byte[] telling = [.. "{}[]\":,0129-.eE\\u\0 \u007f"u8, 0x80, 0xC3, 0xFF];
        var change =
            from place in Gen.Frequency((6, Gen.Choose(8, headerLength - 1)), (1, Gen.Choose(0, 7)), (1, Gen.Choose(0, whole.Length - 1)))
            from value in Gen.OneOf(Gen.Elements(telling), Gen.Choose(0, 255).Select(v => (byte)v))
            from kind in Gen.Choose(0, 2) // replace, insert, remove
            select (place, value, kind);
        var accepted = 0;
        var refused = 0;
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(3000), Prop.ForAll(change.NonEmptyListOf().Select(l => l.Take(3).ToArray()).ToArbitrary(), changes =>
        {
            var bytes = whole.ToList();
            foreach (var (place, value, kind) in changes)
            {
                var at = Math.Min(place, bytes.Count - 1);
                switch (kind)
                {
                    case 0: bytes[at] = value; break;
                    case 1: bytes.Insert(at, value); break;
                    default: bytes.RemoveAt(at); break;
                }
            }

            File.WriteAllBytes(folder["m"], [.. bytes]);
            try
            {
                using var inner = new TensorScope();
                using var reader = SafetensorsReader.Open(folder["m"]);
                foreach (var (name, tensor) in reader.ReadAll())
                {
                    Assert.Equal(reader.Describe(name).Shape, tensor.Shape);
                    _ = tensor.Clone();
                }

                accepted++;
            }
            catch (CheckpointException)
            {
                refused++;
            }
        }));
        Assert.True(accepted > 0 && refused > 0, $"{accepted} accepted, {refused} refused: the mutations are too weak or too strong");
    }
}
