using Collimate.Torch.Serialization;

namespace Collimate.Torch.Tests.Serialization;

public sealed class ShardedCheckpointTests : IDisposable
{
    private const string First = "model-00001-of-00002.safetensors";
    private const string Second = "model-00002-of-00002.safetensors";

    private readonly TensorScope scope = new();
    private readonly HandMadeFile files = new();

    public ShardedCheckpointTests()
    {
        SafetensorsWriter.Write(files[First], new Dictionary<string, Tensor> { ["a"] = Tensor.Full([2], 1), ["b"] = Tensor.Full([2], 2) });
        SafetensorsWriter.Write(files[Second], new Dictionary<string, Tensor> { ["c"] = Tensor.Full([2], 3) });
    }

    public void Dispose()
    {
        scope.Dispose();
        files.Dispose();
    }

    [Fact]
    public void OpenFolder_WithAnIndex_ReadsAcrossShards()
    {
        WriteIndex($$"""{"metadata":{"total_size":24},"weight_map":{"a":"{{First}}","b":"{{First}}","c":"{{Second}}"} }""");
        using var reader = SafetensorsReader.OpenFolder(files.Folder);
        Assert.Equal(["a", "b", "c"], reader.Names);
        Assert.Equal([3f, 3f], reader.ReadAll()["c"].ToArray<float>());
    }

    [Fact]
    public void OpenFolder_WithoutAnIndex_ReadsTheSingleFile()
    {
        File.Move(files[First], files["model.safetensors"]);
        using var reader = SafetensorsReader.OpenFolder(files.Folder);
        Assert.Equal(["a", "b"], reader.Names);
    }

    [Fact]
    public void OpenFolder_WhoseShardIsAbsent_NamesIt()
    {
        WriteIndex($$"""{"weight_map":{"a":"{{First}}","c":"{{Second}}"} }""");
        File.Delete(files[Second]);
        Assert.Contains(Second, Refused().Message, StringComparison.Ordinal);
    }

    [Fact]
    public void OpenFolder_WhoseShardsHoldATensorTwice_NamesBoth()
    {
        SafetensorsWriter.Write(files[Second], new Dictionary<string, Tensor> { ["a"] = Tensor.Ones([2]), ["c"] = Tensor.Ones([2]) });
        WriteIndex($$"""{"weight_map":{"a":"{{First}}","c":"{{Second}}"} }""");
        var message = Refused().Message;
        Assert.Contains(First, message, StringComparison.Ordinal);
        Assert.Contains(Second, message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(Second)]
    [InlineData(First, "absent")]
    public void OpenFolder_WhoseIndexDisagreesWithTheShards_NamesTheTensor(string shard, string tensor = "a")
    {
        WriteIndex($$"""{"weight_map":{"{{tensor}}":"{{shard}}","b":"{{First}}","c":"{{Second}}"} }""");
        Assert.Equal(tensor, Refused().TensorName);
    }

    [Theory]
    [InlineData("not JSON")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("""{"weight_map":[]}""")]
    [InlineData("""{"weight_map":{"a":null}}""")]
    [InlineData("""{"weight_map":{"a":7}}""")]
    [InlineData("""{"weight_map":{"a":""}}""")]
    [InlineData("""{"weight_map":{"a":".."}}""")]
    [InlineData("""{"weight_map":{"a":"../model-00001-of-00002.safetensors"}}""")]
    [InlineData("""{"weight_map":{"a":"/etc/passwd"}}""")]
    [InlineData("""{"weight_map":{"a":"x\u0000y"}}""")]
    [InlineData("""{"weight_map":{"a":"\ud800"}}""")]
    [InlineData("""{"weight_map":{"a":"x","a":"y"}}""")]
    public void OpenFolder_WithABadIndex_NamesIt(string index)
    {
        WriteIndex(index);
        Assert.Contains("model.safetensors.index.json", Refused().Message, StringComparison.Ordinal);
    }

    private CheckpointException Refused() => Assert.Throws<CheckpointException>(() => SafetensorsReader.OpenFolder(files.Folder));

    private void WriteIndex(string text) => File.WriteAllText(files["model.safetensors.index.json"], text);
}
