using Collimate.Torch.Serialization;

namespace Collimate.Torch.Tests.Serialization;

public sealed class SafetensorsTests : IDisposable
{
    private readonly TensorScope scope = new();
    private readonly HandMadeFile files = new();

    public void Dispose()
    {
        scope.Dispose();
        files.Dispose();
    }

    [Fact]
    public void WriteAndRead_OfEveryType_GivesTheSameTensors()
    {
        var tensors = Everything();
        SafetensorsWriter.Write(files["all.safetensors"], tensors, new Dictionary<string, string> { ["format"] = "pt", ["note"] = "Größe \"x\"\n" });

        using var reader = SafetensorsReader.Open(files["all.safetensors"]);

        Assert.Equal(tensors.Keys.Order(StringComparer.Ordinal), reader.Names);
        Assert.Equal("Größe \"x\"\n", reader.Metadata["note"]);
        foreach (var (name, expected) in tensors)
        {
            var found = reader.Read(name);
            Assert.Equal(expected.Type, found.Type);
            Assert.Equal(expected.Shape, found.Shape);
            Assert.Equal(expected.To(ScalarType.Float64).Contiguous().ToArray<double>(), found.To(ScalarType.Float64).ToArray<double>());
        }
    }

    [Fact]
    public void Write_Twice_GivesTheSameBytesInAnyOrderOfEntries()
    {
        var tensors = Everything();
        SafetensorsWriter.Write(files["a"], tensors, new Dictionary<string, string> { ["x"] = "1", ["y"] = "2" });
        SafetensorsWriter.Write(files["b"], tensors.Reverse().ToDictionary(), new Dictionary<string, string> { ["y"] = "2", ["x"] = "1" });
        using (var reader = SafetensorsReader.Open(files["a"]))
        {
            SafetensorsWriter.Write(files["c"], reader.ReadAll(), reader.Metadata);
        }

        var bytes = File.ReadAllBytes(files["a"]);
        Assert.Equal(bytes, File.ReadAllBytes(files["b"]));
        Assert.Equal(bytes, File.ReadAllBytes(files["c"]));
        Assert.Equal(0, (8 + BitConverter.ToInt64(bytes)) % 64);
    }

    [Fact]
    public void Write_OverTheFileThatIsMapped_LeavesOpenTensorsAsTheyWere()
    {
        SafetensorsWriter.Write(files["a"], new Dictionary<string, Tensor> { ["x"] = Tensor.Ones([1000]) });
        using var reader = SafetensorsReader.Open(files["a"]);
        var old = reader.Read("x");
        SafetensorsWriter.Write(files["a"], new Dictionary<string, Tensor> { ["x"] = old * 2 });
        Assert.Equal(1000, old.Sum().Item());
        using var second = SafetensorsReader.Open(files["a"]);
        Assert.Equal(2000, second.Read("x").Sum().Item());
    }

    [Fact]
    public void Write_ThatFails_LeavesTheOldFileAndNothingElse()
    {
        SafetensorsWriter.Write(files["a"], new Dictionary<string, Tensor> { ["x"] = Tensor.Ones([3]) });
        var before = File.ReadAllBytes(files["a"]);
        var released = Tensor.Ones([3]);
        released.Dispose();
        Assert.Throws<ObjectDisposedException>(() => SafetensorsWriter.Write(files["a"], new Dictionary<string, Tensor> { ["x"] = released }));
        Assert.Throws<ArgumentException>(() => SafetensorsWriter.Write(files["a"], new Dictionary<string, Tensor> { ["__metadata__"] = Tensor.Ones([3]) }));
        Assert.ThrowsAny<IOException>(() => SafetensorsWriter.Write(files["absent/a"], new Dictionary<string, Tensor> { ["x"] = Tensor.Ones([3]) }));
        Assert.Equal(before, File.ReadAllBytes(files["a"]));
        Assert.Equal([files["a"]], Directory.GetFileSystemEntries(files.Folder));
    }

    [Fact]
    public void ReadTensor_ChangedInPlace_LeavesTheFileAlone()
    {
        SafetensorsWriter.Write(files["a"], new Dictionary<string, Tensor> { ["x"] = Tensor.Ones([5000]) });
        var before = File.ReadAllBytes(files["a"]);
        using var reader = SafetensorsReader.Open(files["a"]);
        var tensor = reader.Read("x");
        tensor.Mul_(3);
        Assert.Equal(15000, tensor.Sum().Item());
        Assert.Equal(before, File.ReadAllBytes(files["a"]));
    }

    [Fact]
    public void ReadTensor_AfterTheReaderIsGone_StillHoldsItsValues()
    {
        SafetensorsWriter.Write(files["a"], new Dictionary<string, Tensor> { ["x"] = Tensor.Arange(5000), ["y"] = Tensor.Ones([2]) });
        Tensor view;
        var reader = SafetensorsReader.Open(files["a"]);
        using (new TensorScope())
        {
            view = reader.Read("x").Slice(0, 10, 20).Keep();
        }

        reader.Dispose();
        reader.Dispose();
        Assert.Equal(145, view.Sum().ItemInt64());
        view.Dispose();
        Assert.Throws<ObjectDisposedException>(() => reader.Read("x"));
    }

    [Fact]
    public void Read_OfMisalignedData_Copies()
    {
        var header = $"{{{HandMadeFile.Entry("bytes", "U8", "[1]", 0, 1)},{HandMadeFile.Entry("x", "F32", "[2]", 1, 9)}}}";
        var bytes = HandMadeFile.Bytes(header, 9);
        BitConverter.TryWriteBytes(bytes.AsSpan(8 + header.Length + 1), 1.5f);
        BitConverter.TryWriteBytes(bytes.AsSpan(8 + header.Length + 5), -2f);
        using var reader = SafetensorsReader.Open(files.Write(bytes));
        Assert.Equal([1.5f, -2f], reader.Read("x").ToArray<float>());
    }

    [Fact]
    public void Read_OfAnAbsentTensor_NamesFileAndTensor()
    {
        SafetensorsWriter.Write(files["a"], new Dictionary<string, Tensor> { ["model.norm.weight"] = Tensor.Ones([1]) });
        using var reader = SafetensorsReader.Open(files["a"]);
        var failure = Assert.Throws<CheckpointException>(() => reader.Read("norm.weight"));
        Assert.Contains(files["a"], failure.Message, StringComparison.Ordinal);
        Assert.Contains("tensor 'norm.weight'", failure.Message, StringComparison.Ordinal);
        Assert.Contains("perhaps model.norm.weight", failure.Message, StringComparison.Ordinal);
    }

    private static Dictionary<string, Tensor> Everything()
    {
        var tensors = new Dictionary<string, Tensor>
        {
            ["scalar"] = Tensor.Scalar(2.5), ["empty"] = Tensor.Zeros([0, 3]), ["strided"] = Tensor.Arange(6).Reshape([2, 3]).Transpose(0, 1),
            ["ключ \"ä\""] = Tensor.Ones([3]), ["part"] = Tensor.Arange(10).Slice(0, 3, 9, 2),
        };
        foreach (var type in Enum.GetValues<ScalarType>())
        {
            tensors[$"of.{type}"] = (Tensor.Arange(5) - (type == ScalarType.UInt8 ? 0 : 2)).To(type);
        }

        return tensors;
    }
}
