using System.Net;
using System.Net.Sockets;
using Collimate.Torch.Distributed;
using Collimate.Training;

namespace Collimate.Tests.Training;

/// <summary>What launchers say through environment variables, and what is said where they contradict themselves.</summary>
public sealed class RankEnvironmentTests
{
    [Fact]
    public void Read_WithoutVariables_IsAlone() => Assert.Null(Read());

    [Fact]
    public void Read_WorldOfOne_IsAlone() => Assert.Null(Read("RANK=0", "WORLD_SIZE=1"));

    [Fact]
    public void Read_AsTorchrunSays_KnowsItsPlace()
    {
        var place = Read("RANK=5", "WORLD_SIZE=8", "LOCAL_RANK=1", "LOCAL_WORLD_SIZE=4", "MASTER_ADDR=node0", "MASTER_PORT=29500", "TORCHELASTIC_USE_AGENT_STORE=True", "TORCHELASTIC_RESTART_COUNT=2")!;
        Assert.Equal((5, 8, 1, 4), (place.Rank, place.WorldSize, place.LocalRank, place.LocalWorldSize));
        Assert.Equal(("node0", 29500, true, 2), (place.MasterAddress, place.MasterPort, place.LauncherHosts, place.Restart));
    }

    [Fact]
    public void Read_WithAMeetingFile_NeedsNoPort()
    {
        var place = Read("RANK=1", "WORLD_SIZE=2", "LOCAL_WORLD_SIZE=2", "COLLIMATE_MEETING=/shared/meeting", "COLLIMATE_RANK_TIMEOUT=30")!;
        Assert.Equal("/shared/meeting", place.MeetingFile);
        Assert.Equal(TimeSpan.FromSeconds(30), place.Timeout);
        Assert.Equal("127.0.0.1", place.OwnAddress());
    }

    [Theory]
    [InlineData("WORLD_SIZE, the number of processes, is not set", "RANK=0")]
    [InlineData("RANK, a number below WORLD_SIZE=2, is not set", "WORLD_SIZE=2")]
    [InlineData("RANK=2; expected a number below WORLD_SIZE=2, from 0 to 1", "RANK=2", "WORLD_SIZE=2")]
    [InlineData("WORLD_SIZE=two; expected the number of processes, at least 1", "RANK=0", "WORLD_SIZE=two")]
    [InlineData("WORLD_SIZE=0", "RANK=0", "WORLD_SIZE=0")]
    [InlineData("MASTER_ADDR, the name or address of rank 0's machine, is not set", "RANK=0", "WORLD_SIZE=2")]
    [InlineData("MASTER_PORT, a free port of rank 0's machine, is not set", "RANK=0", "WORLD_SIZE=2", "MASTER_ADDR=localhost")]
    [InlineData("MASTER_PORT=99999", "RANK=0", "WORLD_SIZE=2", "MASTER_ADDR=localhost", "MASTER_PORT=99999")]
    [InlineData("LOCAL_RANK=-1", "RANK=0", "WORLD_SIZE=2", "MASTER_ADDR=localhost", "MASTER_PORT=1", "LOCAL_RANK=-1")]
    [InlineData("COLLIMATE_RANK_TIMEOUT=0", "RANK=0", "WORLD_SIZE=2", "MASTER_ADDR=localhost", "MASTER_PORT=1", "COLLIMATE_RANK_TIMEOUT=0")]
    public void Read_Contradictory_NamesVariableAndRemedy(string expected, params string[] variables)
    {
        var message = Assert.Throws<RunException>(() => Read(variables)).Message;
        Assert.Contains(expected, message, StringComparison.Ordinal);
        Assert.Contains("--nproc", message, StringComparison.Ordinal);
    }

    [Fact]
    public void Meet_PortInUse_NamesIt()
    {
        using var other = new TcpListener(IPAddress.IPv6Any, 0) { Server = { DualMode = true } };
        other.Start();
        var port = ((IPEndPoint)other.LocalEndpoint).Port;
        var place = Read("RANK=0", "WORLD_SIZE=2", "MASTER_ADDR=localhost", $"MASTER_PORT={port}")!;
        Assert.Contains($"cannot open port {port} (MASTER_PORT)", Assert.Throws<RunException>(() => place.Meet(CancellationToken.None)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void OwnAddress_UnknownInterface_ListsThoseThatThereAre()
    {
        var place = Read("RANK=0", "WORLD_SIZE=2", "MASTER_ADDR=localhost", "MASTER_PORT=1", "GLOO_SOCKET_IFNAME=nosuch0")!;
        Assert.Contains("GLOO_SOCKET_IFNAME=nosuch0", Assert.Throws<RunException>(place.OwnAddress).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void OwnAddress_MasterOnThisMachine_IsLoopback() =>
        Assert.Equal("127.0.0.1", Read("RANK=0", "WORLD_SIZE=2", "MASTER_ADDR=127.0.0.1", "MASTER_PORT=29500")!.OwnAddress());

    [Fact]
    public void Join_NobodyThere_IsAFailureOfTheGroup() =>
        Assert.Throws<ProcessGroupException>(() => ProcessRankGroup.Join(
            Read("RANK=1", "WORLD_SIZE=2", "MASTER_ADDR=127.0.0.1", "MASTER_PORT=1", "COLLIMATE_RANK_TIMEOUT=1")!, CancellationToken.None));

    private static RankEnvironment? Read(params string[] variables)
    {
        var known = variables.Select(each => each.Split('=', 2)).ToDictionary(pair => pair[0], pair => pair[1]);
        return RankEnvironment.Read(name => known.GetValueOrDefault(name));
    }
}
