using System.Security.Cryptography;
using Collimate.Torch.Serialization;
using FsCheck;
using FsCheck.Fluent;

namespace Collimate.Torch.Tests.Serialization;

public sealed class SafetensorsRoundTripTests : IDisposable
{
    private readonly TensorScope scope = new();
    private readonly TemporaryFolder folder = new();

    public void Dispose()
    {
        scope.Dispose();
        folder.Dispose();
    }

    public static TheoryData<ScalarType> Types => [.. Enum.GetValues<ScalarType>()];

    [Theory]
    [MemberData(nameof(Types))]
    public void Write_ThenRead_KeepsTypeShapeAndBits(ScalarType type)
    {
        var values = Tensor.Arange(24).Reshape([2, 3, 4]).To(type);
        SafetensorsWriter.Write(folder["a"], new Dictionary<string, Tensor> { ["x"] = values });
        using var reader = SafetensorsReader.Open(folder["a"]);
        var read = reader.Read("x");
        Assert.Equal(type, read.Type);
        Assert.Equal([2, 3, 4], read.Shape);
        Assert.Equal([2, 3, 4], reader.Describe("x").Shape);
        Assert.Equal(type, reader.Describe("x").Type);
        Assert.True(read.Eq(values).All().ItemBool());
    }

    [Fact]
    public void Write_ThenRead_OfArbitraryNamesAndShapes_KeepsEverything()
    {
        var types = Enum.GetValues<ScalarType>();
        var part =
            from name in ArbMap.Default.GeneratorFor<NonNull<string>>().Where(n => n.Get != "__metadata__" && !n.Get.Any(char.IsSurrogate))
            from shape in Gen.Choose(0, 4).Select(n => (long)n).ArrayOf().Where(s => s.Length <= 4)
            from type in Gen.Elements(types)
            select (Name: name.Get, Shape: shape, Type: type);
        Check.QuickThrowOnFailure(Prop.ForAll(part.ArrayOf().ToArbitrary(), parts =>
        {
            using var inner = new TensorScope();
            var tensors = parts.DistinctBy(p => p.Name).ToDictionary(p => p.Name, p => (Tensor.RandomUniform(p.Shape) * 100).To(p.Type));
            SafetensorsWriter.Write(folder["b"], tensors, new Dictionary<string, string> { ["größe"] = "ü\n\"" });
            using var reader = SafetensorsReader.Open(folder["b"]);
            Assert.Equal("ü\n\"", reader.Metadata["größe"]);
            Assert.Equal(tensors.Keys.Order(StringComparer.Ordinal), reader.Names);
            foreach (var (name, tensor) in tensors)
            {
                var read = reader.Read(name);
                Assert.Equal(tensor.Type, read.Type);
                Assert.Equal(tensor.Shape, read.Shape);
                Assert.True(read.Eq(tensor).All().ItemBool());
                Assert.Equal(0, read.DataPointer % read.Type.Size());
            }
        }));
    }

    [Fact]
    public void Write_OfEqualValuesInAnotherOrder_GivesEqualBytes()
    {
        var (a, b, c) = (Tensor.Ones([3]), Tensor.Zeros([2], ScalarType.Int64), Tensor.Ones([5], ScalarType.UInt8));
        SafetensorsWriter.Write(folder["1"], new Dictionary<string, Tensor> { ["a"] = a, ["b"] = b, ["c"] = c }, new Dictionary<string, string> { ["x"] = "1", ["y"] = "2" });
        SafetensorsWriter.Write(folder["2"], new Dictionary<string, Tensor> { ["c"] = c, ["a"] = a, ["b"] = b }, new Dictionary<string, string> { ["y"] = "2", ["x"] = "1" });
        Assert.Equal(SHA256.HashData(File.ReadAllBytes(folder["1"])), SHA256.HashData(File.ReadAllBytes(folder["2"])));
        var header = BitConverter.ToInt64(File.ReadAllBytes(folder["1"]));
        Assert.Equal(0, (8 + header) % 64);
    }

    [Fact]
    public void Write_OfAViewThatIsNotContiguous_WritesItsElements()
    {
        var view = Tensor.Arange(6).Reshape([2, 3]).Transpose(0, 1);
        SafetensorsWriter.Write(folder["a"], new Dictionary<string, Tensor> { ["x"] = view });
        using var reader = SafetensorsReader.Open(folder["a"]);
        Assert.Equal([0L, 3, 1, 4, 2, 5], reader.Read("x").ToArray<long>());
    }

    [Fact]
    public void Read_ThenChangedInPlace_LeavesTheFileAsItWas()
    {
        SafetensorsWriter.Write(folder["a"], new Dictionary<string, Tensor> { ["x"] = Tensor.Ones([1000]) });
        var before = File.ReadAllBytes(folder["a"]);
        using var reader = SafetensorsReader.Open(folder["a"]);
        var read = reader.Read("x");
        read.Mul_(5);
        Assert.Equal(5000, read.Sum().Item());
        Assert.Equal(before, File.ReadAllBytes(folder["a"]));
        Assert.Equal(5000, reader.Read("x").Sum().Item()); // one map: what the reader gives shares memory
    }

    [Fact]
    public void Read_AfterTheReaderAndTheFileAreGone_StaysValid()
    {
        SafetensorsWriter.Write(folder["a"], new Dictionary<string, Tensor> { ["x"] = Tensor.Arange(10000), ["y"] = Tensor.Ones([3]) });
        Tensor view;
        using (var reader = SafetensorsReader.Open(folder["a"]))
        {
            using var whole = reader.Read("x");
            view = whole.Slice(0, 5000, 5003);
        }

        File.Delete(folder["a"]);
        GC.Collect();
        GC.WaitForPendingFinalizers();
        Assert.Equal([5000L, 5001, 5002], view.ToArray<long>());
    }

    [Fact]
    public void Read_FromAFileThatIsReplaced_KeepsTheOldValues()
    {
        SafetensorsWriter.Write(folder["a"], new Dictionary<string, Tensor> { ["x"] = Tensor.Ones([4]) });
        using var reader = SafetensorsReader.Open(folder["a"]);
        var read = reader.Read("x");
        SafetensorsWriter.Write(folder["a"], new Dictionary<string, Tensor> { ["x"] = read + 1 });
        Assert.Equal(4, read.Sum().Item());
        using var again = SafetensorsReader.Open(folder["a"]);
        Assert.Equal(8, again.Read("x").Sum().Item());
    }

    [Fact]
    public void Read_OfDataThatAreNotAligned_CopiesThem()
    {
        const string header = """{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"x":{"dtype":"I32","shape":[1],"data_offsets":[1,5]}}""";
        File.WriteAllBytes(folder["a"], SafetensorsBytes.Make(header, 5));
        using var reader = SafetensorsReader.Open(folder["a"]);
        Assert.Equal(0x05040302, reader.Read("x").ItemInt64());
    }

    [Fact]
    public void Write_ThatFails_LeavesTheOldFileAndNothingElse()
    {
        SafetensorsWriter.Write(folder["a"], new Dictionary<string, Tensor> { ["x"] = Tensor.Ones([4]) });
        var before = File.ReadAllBytes(folder["a"]);
        var released = Tensor.Ones([4]);
        released.Dispose();
        Assert.ThrowsAny<Exception>(() => SafetensorsWriter.Write(folder["a"], new Dictionary<string, Tensor> { ["x"] = released }));
        Assert.Throws<ArgumentException>(() => SafetensorsWriter.Write(folder["a"], new Dictionary<string, Tensor> { ["__metadata__"] = Tensor.Ones([4]) }));
        Assert.Throws<InvalidTimeZoneException>(() => DurableFile.Write(folder["a"], stream =>
        {
            stream.Write(new byte[100]);
            throw new InvalidTimeZoneException();
        }));
        Assert.Equal(before, File.ReadAllBytes(folder["a"]));
        Assert.Equal([folder["a"]], Directory.GetFiles(folder.Root));
    }

    [Fact]
    public void Write_IntoAFolderThatIsNotThere_Fails() =>
        Assert.ThrowsAny<IOException>(() => SafetensorsWriter.Write(Path.Combine(folder["no"], "a"), new Dictionary<string, Tensor>()));
}
