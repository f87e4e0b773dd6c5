using Collimate.Torch.Serialization;
using FsCheck;
using FsCheck.Fluent;
using static Collimate.Torch.Tests.Serialization.HandMadeFile;

namespace Collimate.Torch.Tests.Serialization;

public sealed class DamagedSafetensorsTests : IDisposable
{
    private readonly HandMadeFile files = new();

    public void Dispose() => files.Dispose();

    /// <summary>Every way in which the format's own description lets a file be refused: what is wrong, header, bytes of data, what the message must say.</summary>
    public static TheoryData<string, string, int, string> BadHeaders => new()
    {
        { "no JSON object", "[1, 2]", 0, "found a header that begins with byte 0x5b, expected '{'" },
        { "space before the object", " {}", 0, "begins with byte 0x20" },
        { "broken JSON", "{\"x\":", 0, "no valid JSON" },
        { "text after the object", "{} {}", 0, "no valid JSON" },
        { "too deep", "{\"x\":" + new string('[', 30) + new string(']', 30) + "}", 0, "no valid JSON" },
        { "half a surrogate pair", "{" + Entry("\\ud800", "U8", "[1]", 0, 1) + "}", 1, "no valid JSON" },
        { "a name twice", "{" + Entry("x", "U8", "[1]", 0, 1) + "," + Entry("x", "U8", "[1]", 1, 2) + "}", 2, "no valid JSON" },
        { "a key twice", "{\"x\":{\"dtype\":\"U8\",\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,1]}}", 1, "no valid JSON" },
        { "an unknown type", "{" + Entry("x", "F7", "[1]", 0, 1) + "}", 1, "tensor 'x': found the type F7, expected one of BOOL" },
        { "a type that is no text", "{\"x\":{\"dtype\":3,\"shape\":[1],\"data_offsets\":[0,1]}}", 1, "Number as dtype, expected String" },
        { "an absent key", "{\"x\":{\"dtype\":\"U8\",\"shape\":[1]}}", 1, "found the keys dtype, shape, expected exactly" },
        { "a key too many", "{\"x\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,1],\"y\":1}}", 1, "expected exactly dtype" },
        { "an entry that is no object", "{\"x\":7}", 0, "Number as its entry" },
        { "a shape that is no list", "{" + Entry("x", "U8", "1", 0, 1) + "}", 1, "Number as shape, expected Array" },
        { "a negative size", "{" + Entry("x", "U8", "[-1]", 0, 1) + "}", 1, "found -1 in shape" },
        { "a size with a fraction", "{" + Entry("x", "U8", "[1.5]", 0, 1) + "}", 1, "found 1.5 in shape" },
        { "a size beyond 64 bits", "{" + Entry("x", "U8", "[99999999999999999999]", 0, 1) + "}", 1, "99999999999999999999 in shape" },
        { "sizes whose product overflows", "{" + Entry("x", "F32", "[4294967296, 4294967296, 4]", 0, 1) + "}", 1, "one that fits into a file" },
        { "sizes whose product overflows beside a zero", "{" + Entry("x", "F32", "[0, 4294967296, 4294967296, 4]", 0, 0) + "}", 0, "one that fits into a file" },
        { "a name without end", "{" + Entry(new string('n', 100_000), "U8", "[2]", 0, 1) + "}", 1, "nnn…'" },
        { "a type without end", "{" + Entry("x", new string('T', 100_000), "[1]", 0, 1) + "}", 1, "TTT…" },
        { "a key without end", "{\"x\":{\"" + new string('k', 100_000) + "\":1}}", 1, "kkk…" },
        { "too many dimensions", "{" + Entry("x", "U8", "[" + string.Join(',', Enumerable.Repeat(1, 100_000)) + "]", 0, 1) + "}", 1, "100000 dimensions" },
        { "a shape of other bytes", "{" + Entry("x", "F32", "[2]", 0, 4) + "}", 4, "data_offsets that span 4 bytes, expected the 8 that F32[2] takes" },
        { "offsets backwards", "{" + Entry("x", "U8", "[1]", 1, 0) + "}", 1, "data_offsets [1, 0], expected [begin, end]" },
        { "three offsets", "{\"x\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,1,2]}}", 1, "[0, 1, 2]" },
        { "a negative offset", "{" + Entry("x", "U8", "[1]", -1, 0) + "}", 1, "found -1 in data_offsets" },
        { "data beyond the end", "{" + Entry("x", "U8", "[9]", 0, 9) + "}", 4, "found 4 bytes of data, expected the 9" },
        { "a hole between tensors", "{" + Entry("x", "U8", "[1]", 0, 1) + "," + Entry("y", "U8", "[1]", 2, 3) + "}", 3, "tensor 'y': found a beginning at byte 2" },
        { "a hole at the beginning", "{" + Entry("x", "U8", "[1]", 1, 2) + "}", 2, "a beginning at byte 1" },
        { "tensors that overlap", "{" + Entry("x", "U8", "[2]", 0, 2) + "," + Entry("y", "U8", "[2]", 1, 3) + "}", 3, "tensor 'y': found a beginning at byte 1" },
        { "something appended", "{" + Entry("x", "U8", "[1]", 0, 1) + "}", 2, "found 2 bytes of data, expected the 1" },
        { "metadata that is no object", "{\"__metadata__\":[]}", 0, "Array as __metadata__" },
        { "metadata that is no text", "{\"__metadata__\":{\"a\":1}}", 0, "Number as __metadata__.a, expected String" },
    };

    [Theory]
    [MemberData(nameof(BadHeaders))]
    public void Open_OfABadHeader_SaysWhatIsWrong(string what, string header, int dataLength, string expected)
    {
        var path = files.Write(Bytes(header, dataLength));
        var failure = Assert.Throws<CheckpointException>(() => SafetensorsReader.Open(path));
        Assert.True(failure.Message.Contains(expected, StringComparison.Ordinal), $"{what}: {failure.Message}");
        Assert.StartsWith(path, failure.Message, StringComparison.Ordinal);
        Assert.Equal(path, failure.Place);
        Assert.True(failure.Message.Length < 1000);
    }

    [Theory]
    [InlineData(0UL)]
    [InlineData(3UL)]
    [InlineData(100_000_001UL)]
    [InlineData(ulong.MaxValue)]
    [InlineData((ulong)long.MaxValue)]
    public void Open_OfAHeaderOfAnImpossibleLength_Throws(ulong length) =>
        AssertRefused(Bytes("{}"u8.ToArray(), 0, length));

    [Fact]
    public void Open_OfBytesThatAreNoUtf8_Throws() =>
        AssertRefused(Bytes([.. "{\""u8, 0xff, .. "\":1}"u8], 0));

    [Fact]
    public void Open_OfAnEmptyHeader_HoldsNothing()
    {
        using var reader = SafetensorsReader.Open(files.Write(Bytes("{}   ", 0)));
        Assert.Empty(reader.Names);
    }

    [Fact]
    public void Open_OfWhatIsNotAFile_SaysHowToMend()
    {
        Assert.Contains("no such file", Assert.Throws<CheckpointException>(() => SafetensorsReader.Open(files["absent"])).Message, StringComparison.Ordinal);
        Assert.Contains("no such file", Assert.Throws<CheckpointException>(() => SafetensorsReader.OpenFolder(files["absent"])).Message, StringComparison.Ordinal);
        Assert.Contains("cannot be read", Assert.Throws<CheckpointException>(() => SafetensorsReader.Open(files.Folder)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Open_OfAFileCutAnywhere_Throws()
    {
        var whole = Sound();
        for (var length = 0; length < whole.Length; length++)
        {
            AssertRefused(whole[..length]);
        }
    }

    [Fact]
    public void Open_OfAnyMutation_GivesTensorsOrACheckpointException()
    {
        var whole = Sound();
        var edits = Gen.Elements(0, 1, 2)
            .SelectMany(kind => Gen.Choose(0, whole.Length - 1).SelectMany(at => Gen.Choose(0, 255).Select(value => (Kind: kind, At: at, Value: (byte)value))))
            .ListOf(3);
        Prop.ForAll(Arb.From(edits), list => OpensOrRefuses(list.Aggregate(whole, Apply))).Check(Properties.Hold.WithMaxTest(2000));
    }

    [Fact]
    public void Open_OfAnyTextAsHeader_GivesTensorsOrACheckpointException() =>
        Prop.ForAll(ArbMap.Default.ArbFor<NonNull<string>>(), text => OpensOrRefuses(Bytes("{" + text.Get + "}", 4)))
            .Check(Properties.Hold.WithMaxTest(500));

    private static byte[] Sound() => Bytes(
        $"{{\"__metadata__\":{{\"format\":\"pt\"}},{Entry("weight", "F32", "[2,3]", 0, 24)},{Entry("flag", "BOOL", "[]", 24, 25)},{Entry("none", "I64", "[0]", 25, 25)}}}", 25);

    private static byte[] Apply(byte[] bytes, (int Kind, int At, byte Value) edit)
    {
        var at = Math.Min(edit.At, bytes.Length - 1);
        return edit.Kind switch
        {
            0 => [.. bytes[..at], edit.Value, .. bytes[(at + 1)..]],
            1 => [.. bytes[..at], edit.Value, .. bytes[at..]],
            _ => bytes.Length > 1 ? [.. bytes[..at], .. bytes[(at + 1)..]] : bytes,
        };
    }

    private bool OpensOrRefuses(byte[] bytes)
    {
        using var scope = new TensorScope();
        try
        {
            using var reader = SafetensorsReader.Open(files.Write(bytes));
            foreach (var tensor in reader.ReadAll().Values)
            {
                tensor.To(ScalarType.Float32).Sum().Item(); // reads every byte
            }

            return true;
        }
        catch (CheckpointException)
        {
            return true;
        }
    }

    private void AssertRefused(byte[] bytes)
    {
        var path = files.Write(bytes);
        Assert.StartsWith(path, Assert.Throws<CheckpointException>(() => SafetensorsReader.Open(path)).Message, StringComparison.Ordinal);
    }
}
