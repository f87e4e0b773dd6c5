using Collimate.Torch.Serialization;

namespace Collimate.Torch.Tests.Serialization;

public sealed class ShardedCheckpointTests : IDisposable
{
    private readonly TensorScope scope = new();
    private readonly TemporaryFolder folder = new();

    public ShardedCheckpointTests()
    {
        SafetensorsWriter.Write(folder["model-1.safetensors"], new Dictionary<string, Tensor> { ["a"] = Tensor.Ones([2]), ["b"] = Tensor.Zeros([1]) });
        SafetensorsWriter.Write(folder["model-2.safetensors"], new Dictionary<string, Tensor> { ["c"] = Tensor.Full([3], 7) });
    }

    public void Dispose()
    {
        scope.Dispose();
        folder.Dispose();
    }

    [Fact]
    public void OpenFolder_OfShards_FindsEveryTensor()
    {
        WriteIndex("""{"metadata":{"total_size":24},"weight_map":{"a":"model-1.safetensors","b":"model-1.safetensors","c":"model-2.safetensors"}}""");
        using var reader = SafetensorsReader.OpenFolder(folder.Root);
        Assert.Equal(["a", "b", "c"], reader.Names);
        Assert.Equal(21, reader.Read("c").Sum().Item());
    }

    [Fact]
    public void OpenFolder_OfOneFile_ReadsIt()
    {
        File.Copy(folder["model-2.safetensors"], folder["model.safetensors"]);
        using var reader = SafetensorsReader.OpenFolder(folder.Root);
        Assert.Equal(["c"], reader.Names);
    }

    [Theory]
    [InlineData("""{"weight_map":{"a":"model-1.safetensors","b":"model-2.safetensors"}}""", "'b' is not in model-2.safetensors")]
    [InlineData("""{"weight_map":{"a":"model-1.safetensors","z":"model-1.safetensors"}}""", "'z' is not in model-1.safetensors")]
    [InlineData("""{"weight_map":{"a":"../model-1.safetensors"}}""", "not the name of a file beside")]
    [InlineData("""{"weight_map":{"a":"/etc/passwd"}}""", "not the name of a file beside")]
    [InlineData("""{"weight_map":{"a":".."}}""", "not the name of a file beside")]
    [InlineData("""{"weight_map":{"a":null}}""", "not the name of a file beside")]
    [InlineData("""{"weight_map":{"a":1}}""", "not the name of a file beside")]
    [InlineData("""{"weight_map":{"a":"absent.safetensors"}}""", "no such file")]
    [InlineData("""{"weight_map":[]}""", "no object 'weight_map'")]
    [InlineData("""{}""", "no object 'weight_map'")]
    [InlineData("""[]""", "no object 'weight_map'")]
    [InlineData("""{"weight_map":{"\ud800":"model-1.safetensors"}}""", "is not an index of shards")]
    [InlineData("""{""", "is not an index of shards")]
    public void OpenFolder_OfABadIndex_SaysWhatIsWrong(string index, string expected)
    {
        WriteIndex(index);
        Assert.Contains(expected, Assert.Throws<CheckpointException>(() => SafetensorsReader.OpenFolder(folder.Root)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void OpenFolder_OfATensorInTwoShards_NamesBoth()
    {
        SafetensorsWriter.Write(folder["model-3.safetensors"], new Dictionary<string, Tensor> { ["a"] = Tensor.Ones([2]), ["d"] = Tensor.Ones([2]) });
        WriteIndex("""{"weight_map":{"a":"model-1.safetensors","d":"model-3.safetensors"}}""");
        var failure = Assert.Throws<CheckpointException>(() => SafetensorsReader.OpenFolder(folder.Root));
        Assert.Contains("model-1.safetensors", failure.Message, StringComparison.Ordinal);
        Assert.Contains("model-3.safetensors", failure.Message, StringComparison.Ordinal);
    }

    private void WriteIndex(string json) => File.WriteAllText(folder["model.safetensors.index.json"], json);
}
