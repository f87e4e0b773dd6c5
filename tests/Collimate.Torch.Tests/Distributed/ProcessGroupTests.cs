using Collimate.Torch.Distributed;

namespace Collimate.Torch.Tests.Distributed;

public class ProcessGroupTests
{
    private static readonly string[] Expected =
    [
        "sum: 3 30",
        "maximum: 1 1 2 3 4 5",
        "average: 1 1",
        "repeated: 99 99",
        "broadcast: 14 14 14",
        "gathered: 0 0 1 1",
        "done",
    ];

    [Fact]
    public void Collectives_BetweenTwoProcessesOverTcp_GiveBothTheSame()
    {
        using var workers = new WorkerProcesses();
        var port = WorkerProcesses.FreePort();
        workers.Start("collectives", 1, 2, port); // the client first: it must wait for its server
        workers.Start("collectives", 0, 2, port);
        AssertEqualResults(workers);
    }

    [Fact]
    public void Collectives_BetweenTwoProcessesOverAFile_GiveBothTheSame()
    {
        var place = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
        try
        {
            using var workers = new WorkerProcesses();
            workers.Start("collectives", 0, 2, place);
            workers.Start("collectives", 1, 2, place);
            AssertEqualResults(workers);
        }
        finally
        {
            File.Delete(place);
        }
    }

    [Fact]
    public void AllReduce_OfDifferentShapes_EndsBothWithAMessageInsteadOfACrash()
    {
        using var workers = new WorkerProcesses();
        var port = WorkerProcesses.FreePort();
        workers.Start("shapes", 0, 2, port);
        workers.Start("shapes", 1, 2, port);
        for (var rank = 0; rank < 2; rank++)
        {
            var (code, _, errors) = workers.Finish(rank);
            Assert.Equal(3, code);
            Assert.Contains("Float32[12]", errors, StringComparison.Ordinal);
            Assert.Contains("Float32[10]", errors, StringComparison.Ordinal);
            Assert.Contains($"rank {1 - rank} does", errors, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Collectives_OfDifferentKinds_SayWhoDoesWhat()
    {
        using var workers = new WorkerProcesses();
        var port = WorkerProcesses.FreePort();
        workers.Start("order", 0, 2, port);
        workers.Start("order", 1, 2, port);
        var (code, _, errors) = workers.Finish(0);
        Assert.Equal(3, code);
        Assert.Contains("rank 0 does collective 1: barrier, but rank 1 does collective 1: all-reduce Sum of Float32[4]", errors, StringComparison.Ordinal);
    }

    [Fact]
    public void AllReduce_WhenTheOtherProcessIsKilled_Fails()
    {
        using var workers = new WorkerProcesses();
        var port = WorkerProcesses.FreePort();
        workers.Start("leave", 0, 2, port);
        workers.Start("leave", 1, 2, port);
        var (code, output, errors) = workers.Finish(0);
        Assert.Equal(3, code);
        Assert.Contains("rank 1 has ended or does not answer", errors, StringComparison.Ordinal);
        Assert.DoesNotContain("done", output, StringComparison.Ordinal);
    }

    [Fact]
    public void Barrier_WhenCancelled_ReturnsAndLeavesTheGroupUnusable()
    {
        using var workers = new WorkerProcesses();
        var port = WorkerProcesses.FreePort();
        workers.Start("cancel", 0, 2, port);
        workers.Start("cancel", 1, 2, port);
        var (code, output, errors) = workers.Finish(0);
        Assert.Equal(3, code);
        Assert.Contains("cancelled", output, StringComparison.Ordinal);
        Assert.Contains("cannot be used any more, because its barrier was cancelled", errors, StringComparison.Ordinal);
    }

    [Fact]
    public void Join_WithoutAllProcesses_NamesTheMissing()
    {
        var options = new ProcessGroupOptions(0, 3) { Port = int.Parse(WorkerProcesses.FreePort()), Timeout = TimeSpan.FromSeconds(1) };
        var failure = Assert.Throws<DistributedException>(() => ProcessGroup.Join(options));
        Assert.Contains("rank 1, 2 of 3 processes", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Join_WithoutAServer_SaysWhereItLooked()
    {
        var options = new ProcessGroupOptions(1, 2) { Port = int.Parse(WorkerProcesses.FreePort()), Timeout = TimeSpan.FromSeconds(0.5) };
        var failure = Assert.Throws<DistributedException>(() => ProcessGroup.Join(options));
        Assert.Contains($"rank 0 did not answer at 127.0.0.1:{options.Port}", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Join_WhenCancelled_StopsWaiting()
    {
        using var source = new CancellationTokenSource(TimeSpan.FromMilliseconds(200));
        var port = int.Parse(WorkerProcesses.FreePort());
        Assert.ThrowsAny<OperationCanceledException>(() => ProcessGroup.Join(new ProcessGroupOptions(1, 2) { Port = port }, source.Token));
        using var again = new CancellationTokenSource(TimeSpan.FromMilliseconds(200));
        Assert.ThrowsAny<OperationCanceledException>(() => ProcessGroup.Join(new ProcessGroupOptions(0, 2) { Port = port }, again.Token));
    }

    [Theory]
    [InlineData(-1, 2)]
    [InlineData(2, 2)]
    [InlineData(0, 0)]
    public void Join_WithAnImpossibleRank_IsRefused(int rank, int world) =>
        Assert.Throws<DistributedException>(() => ProcessGroup.Join(new ProcessGroupOptions(rank, world)));

    [Fact]
    public void Collectives_InAGroupOfOne_KeepTheValues()
    {
        using var scope = new TensorScope();
        using var group = ProcessGroup.Join(new ProcessGroupOptions(0, 1));
        var tensor = Tensor.From([1f, 2f], [2]);
        group.AllReduce(tensor);
        group.AllReduce(tensor, ReduceOperation.Average);
        group.Broadcast(tensor);
        group.Barrier();
        Assert.Equal([1f, 2f], tensor.ToArray<float>());
        Assert.Equal([1f, 2f], Assert.Single(group.AllGather(tensor)).ToArray<float>());
    }

    [Fact]
    public void AllReduce_AfterDispose_SaysSo()
    {
        var group = ProcessGroup.Join(new ProcessGroupOptions(0, 1));
        group.Dispose();
        group.Dispose();
        Assert.Throws<ObjectDisposedException>(() => group.Barrier());
    }

    private static void AssertEqualResults(WorkerProcesses workers)
    {
        for (var index = 0; index < 2; index++)
        {
            var (code, output, errors) = workers.Finish(index);
            Assert.True(code == 0, errors);
            Assert.Equal(Expected, output.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries));
        }
    }
}
