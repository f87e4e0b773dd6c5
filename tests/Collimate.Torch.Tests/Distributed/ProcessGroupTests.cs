using System.Globalization;
using Collimate.Torch.Distributed;

namespace Collimate.Torch.Tests.Distributed;

public sealed class ProcessGroupTests
{
    private static readonly ProcessGroupOptions Impatient = new() { Timeout = TimeSpan.FromSeconds(1) };

    [Fact]
    public void AllReduce_OfTwoProcesses_EqualsTheSum()
    {
        string[] expected =
        [
            "sum Float32: Float32 1 3 5 7 9 11", "sum Float64: Float64 1 3 5 7 9 11", "sum Float16: Float16 1 3 5 7 9 11", "sum BFloat16: BFloat16 1 3 5 7 9 11",
            "sum Int64: Int64 1 3 5 7 9 11", "sum Int32: Int32 1 3 5 7 9 11", "sum UInt8: UInt8 1 3 5 7 9 11",
            "mean of columns: Float32 0 4.5 1.5 6 3 7.5", "sum of leaves: Float32 2 2", "sum of nothing: Float32 ", "end",
        ];
        using var workers = new WorkerGroup("all-reduce", 2);
        Assert.Equal(expected, workers.ReadAll(0));
        Assert.Equal(expected, workers.ReadAll(1));
    }

    [Fact]
    public void BroadcastAndAllGather_ThroughAFile_GiveEveryRankTheSame()
    {
        var folder = Directory.CreateTempSubdirectory();
        try
        {
            string[] expected = ["broadcast: BFloat16 10 11 12", "broadcast flags: Int64 0 0", "gathered: Int16 5 5", "gathered: Int16 6 6", "gathered: Int16 7 7", "end"];
            using var workers = new WorkerGroup("hand-round", 3, Path.Combine(folder.FullName, "meeting"));
            for (var rank = 0; rank < 3; rank++)
            {
                Assert.Equal(expected, workers.ReadAll(rank));
            }
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public void Barrier_WhereOneRankIsLate_HoldsTheOther()
    {
        using var workers = new WorkerGroup("barrier", 2);
        Assert.Equal("ready", workers.ReadLine(0));
        Assert.Equal("ready", workers.ReadLine(1));
        Assert.StartsWith("entered", workers.ReadLine(1), StringComparison.Ordinal);
        workers.Tell(0);
        var entered = Stamp(workers.ReadLine(0), "entered");
        Assert.True(Stamp(workers.ReadLine(1), "left") >= entered, "rank 1 left the barrier before rank 0 had come");
        Assert.Equal("end", workers.ReadAll(1)[^1]);
    }

    [Fact]
    public void Collectives_WithMismatchedTensors_ThrowOnBothSidesAndLeaveTheGroupUsable()
    {
        using var workers = new WorkerGroup("mismatch", 2);
        for (var rank = 0; rank < 2; rank++)
        {
            var lines = workers.ReadAll(rank);
            Assert.Equal(0, workers.ExitCode(rank));
            Assert.All(lines[..3], line => Assert.StartsWith("ProcessGroupException", line, StringComparison.Ordinal));
            Assert.Contains("rank 0: AllReduce (Sum) of Float32[10]", lines[0], StringComparison.Ordinal);
            Assert.Contains("rank 1: AllReduce (Sum) of Float32[12]", lines[0], StringComparison.Ordinal);
            Assert.Contains("rank 1: AllReduce (Sum) of Float64[4]", lines[1], StringComparison.Ordinal);
            Assert.Contains("rank 1: AllGather of Float32[3, 2]", lines[2], StringComparison.Ordinal);
            Assert.Equal(["after: Float32 2 2", "end"], lines[3..]);
        }
    }

    [Fact]
    public void Collectives_OfDifferentKinds_ThrowOnBothSides()
    {
        using var workers = new WorkerGroup("different-calls", 2);
        for (var rank = 0; rank < 2; rank++)
        {
            var lines = workers.ReadAll(rank);
            Assert.Contains("rank 0: Barrier", lines[0], StringComparison.Ordinal);
            Assert.Contains("rank 1: Broadcast from rank 1 of Float32[7]", lines[0], StringComparison.Ordinal);
            Assert.Contains("rank 0: Broadcast from rank 0 of Float32[7]", lines[1], StringComparison.Ordinal);
            Assert.Equal("end", lines[2]);
        }
    }

    [Theory]
    [InlineData(1, 0, "Rank 1 did not answer")]
    [InlineData(0, 1, "Rank 0, which keeps the meeting point, is gone")]
    public void AllReduce_WhosePeerIsKilled_FailsAndNamesIt(int victim, int survivor, string expected)
    {
        using var workers = new WorkerGroup("steps", 2);
        Assert.Equal("ready", workers.ReadLine(0));
        Assert.Equal("ready", workers.ReadLine(1));
        workers.Kill(victim);
        var lines = workers.ReadAll(survivor);
        Assert.StartsWith("ProcessGroupException", lines[^1], StringComparison.Ordinal);
        Assert.Contains(expected, lines[^1], StringComparison.Ordinal);
        Assert.Equal(3, workers.ExitCode(survivor));
    }

    [Fact]
    public void Barrier_WhosePeerFallsSilent_FailsAfterTheTimeLimitAndNamesIt()
    {
        using var workers = new WorkerGroup("silent", 2, timeoutSeconds: 10);
        Assert.Equal("ready", workers.ReadLine(1));
        Assert.Contains("Rank 1 did not answer", workers.ReadAll(0)[^1], StringComparison.Ordinal);
    }

    [Fact]
    public void AllReduce_Cancelled_ThrowsAndThePeerIsToldLater()
    {
        using var workers = new WorkerGroup("cancel", 2, timeoutSeconds: 10);
        var first = workers.ReadAll(0);
        Assert.StartsWith("OperationCanceledException", first[1], StringComparison.Ordinal);
        Assert.StartsWith("ProcessGroupException: The group is of no more use", first[2], StringComparison.Ordinal);
        workers.Tell(1);
        Assert.Equal("ready", workers.ReadLine(1));
        Assert.StartsWith("ProcessGroupException", workers.ReadLine(1), StringComparison.Ordinal);
    }

    [Fact]
    public void Barrier_WhosePeerHasLeft_SaysSo()
    {
        using var workers = new WorkerGroup("leave", 2);
        Assert.Contains("Rank 1 left the group.", workers.ReadAll(0)[0], StringComparison.Ordinal);
    }

    [Fact]
    public void GradientExchange_HoweverTheyAreSent_GivesEveryRankTheSums()
    {
        // first = [1 1], second = [2 2 2], third = [3 3 3 3]; the loss is x·Σfirst·Σsecond·Σthird with x of 1 and 2, each gradient of two passes.
        // Nested, it is x·Σfirst·(Σthird)² + x·Σsecond.
        string[] expected =
        [
            "listening, 3 of 3 early: 432 432 | 144 144 144 | 72 72 72 72",
            "at the end, 0 of 3 early: 432 432 | 144 144 144 | 72 72 72 72",
            "on one rank, ",
            "on none, 1 of 3 early: 48 48 | none | 8 8 8 8",
            "nested, ",
            "nested again, 0 of 3 early: 864 864 | 6 6 6 | 288 288 288 288",
            "end",
        ];
        using var workers = new WorkerGroup("gradients", 2);
        var all = Enumerable.Range(0, 2).Select(workers.ReadAll).ToArray();
        foreach (var lines in all)
        {
            Assert.Equal(expected.Length, lines.Length);
            Assert.All(expected.Zip(lines), pair => Assert.StartsWith(pair.First, pair.Second, StringComparison.Ordinal));
            Assert.EndsWith(": 288 288 | 96 96 96 | 50 50 50 50", lines[2], StringComparison.Ordinal);
            Assert.EndsWith(": 864 864 | 6 6 6 | 288 288 288 288", lines[4], StringComparison.Ordinal);
        }

        Assert.StartsWith("on one rank, 1 of 3", all[0][2], StringComparison.Ordinal);
        Assert.StartsWith("on one rank, 3 of 3", all[1][2], StringComparison.Ordinal);
    }

    [Fact]
    public void GradientExchange_ParameterOutOfTheLosssReach_HoldsUpNothingAfterTheFirstStep()
    {
        using var workers = new WorkerGroup("unused-gradient", 2);
        string[] expected =
        [
            "unused, 0 of 3 early: 24 24 | 8 8 8 | none", "unused, 3 of 3 early: 24 24 | 8 8 8 | none", "used, 3 of 3 early: 288 288 | 96 96 96 | 48 48 48 48", "end",
        ];
        Assert.Equal(expected, workers.ReadAll(0));
        Assert.Equal(expected, workers.ReadAll(1));
    }

    [Fact]
    public void GradientExchange_OfDifferentParameters_ThrowsOnBothSides()
    {
        using var workers = new WorkerGroup("different-parameters", 2);
        for (var rank = 0; rank < 2; rank++)
        {
            var lines = workers.ReadAll(rank);
            Assert.Contains("parameters of different shapes", lines[0], StringComparison.Ordinal);
            Assert.Equal("end", lines[1]);
        }
    }

    [Fact]
    public void Create_WithoutAllRanks_NamesTheMissing()
    {
        var failure = Assert.Throws<ProcessGroupException>(() => ProcessGroup.Create(Rendezvous.Host(), 0, 3, Impatient));
        Assert.Contains("Ranks 1, 2 of 3 did not come", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Create_Cancelled_Throws()
    {
        using var cancellation = new CancellationTokenSource(TimeSpan.FromMilliseconds(100));
        Assert.ThrowsAny<OperationCanceledException>(() => ProcessGroup.Create(Rendezvous.Host(), 0, 2, cancellationToken: cancellation.Token));
    }

    [Fact]
    public void Create_WithARankBeyondTheWorld_IsRefused() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => ProcessGroup.Create(Rendezvous.Host(), 2, 2, Impatient));

    [Fact]
    public void Create_ByAHostThatIsNotRankZero_IsRefused() =>
        Assert.Throws<ArgumentException>(() => ProcessGroup.Create(Rendezvous.Host(), 1, 2, Impatient));

    [Fact]
    public void Create_TwiceAsTheSameRank_IsRefused()
    {
        using var host = Rendezvous.Host();
        var second = Rendezvous.Join("127.0.0.1", host.Port);
        using var group = ProcessGroup.Create(host, 0, 1);
        var failure = Assert.Throws<ProcessGroupException>(() => ProcessGroup.Create(second, 0, 1));
        Assert.Contains("as rank 0", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Join_WhereNobodyListens_NamesThePlace()
    {
        int port;
        using (var host = Rendezvous.Host())
        {
            port = host.Port;
        }

        var failure = Assert.Throws<ProcessGroupException>(() => Rendezvous.Join("127.0.0.1", port, TimeSpan.FromSeconds(1)));
        Assert.Contains($"127.0.0.1:{port}", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void InFile_InAnAbsentFolder_SaysSo() =>
        Assert.Contains("does not exist", Assert.Throws<ProcessGroupException>(() => Rendezvous.InFile("/nowhere/meeting", 1)).Message, StringComparison.Ordinal);

    [Fact]
    public void Alone_EveryCollective_IsDoneAtOnce()
    {
        using var scope = new TensorScope();
        using var group = ProcessGroup.Alone();
        var tensor = Tensor.Full([2], 3);
        group.AllReduce(tensor, Reduction.Mean);
        group.Broadcast(tensor);
        group.Barrier();
        Assert.Equal([3f, 3f], Assert.Single(group.AllGather(tensor)).ToArray<float>());
        Assert.Throws<ArgumentException>(() => group.AllReduce(Tensor.Ones([1], ScalarType.Int64), Reduction.Mean));
        Assert.Throws<ArgumentOutOfRangeException>(() => group.Broadcast(tensor, root: 1));
    }

    [Fact]
    public void Use_AfterDispose_SaysSo()
    {
        var group = ProcessGroup.Alone();
        group.Dispose();
        group.Dispose();
        Assert.Throws<ObjectDisposedException>(() => group.Barrier());
    }

    private static long Stamp(string line, string word)
    {
        Assert.StartsWith(word, line, StringComparison.Ordinal);
        return long.Parse(line.Split(' ')[1], CultureInfo.InvariantCulture);
    }
}
