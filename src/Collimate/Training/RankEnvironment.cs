using System.Globalization;
using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using Collimate.Torch.Distributed;

namespace Collimate.Training;

/// <summary>A process's place among those that train together, as <c>torchrun</c> and other launchers tell it through environment variables.</summary>
/// <param name="Rank">This process's number, from 0.</param>
/// <param name="WorldSize">How many processes there are.</param>
/// <param name="LocalRank">Its number among those of its machine.</param>
/// <param name="LocalWorldSize">How many processes its machine has.</param>
public sealed record RankEnvironment(int Rank, int WorldSize, int LocalRank, int LocalWorldSize)
{
    /// <summary>A file in which the ranks meet instead of at a port; as good where all see one disk, and closed to everybody else.</summary>
    public const string MeetingVariable = "COLLIMATE_MEETING";

    /// <summary>How many seconds the ranks wait for each other.</summary>
    public const string TimeoutVariable = "COLLIMATE_RANK_TIMEOUT";

    private const double DefaultSeconds = 600;
    private const string Remedy = "Start all ranks with a launcher such as torchrun, or on one machine with: collimate train --nproc N";

    /// <summary>The name or address of rank 0's machine; null where the ranks meet in a file.</summary>
    public string? MasterAddress { get; init; }

    /// <summary>The port that rank 0, or its launcher, opens.</summary>
    public int MasterPort { get; init; }

    /// <summary>The file in which the ranks meet; null for the port.</summary>
    public string? MeetingFile { get; init; }

    /// <summary>Whether the launcher has opened the port, so that rank 0 joins like the others.</summary>
    public bool LauncherHosts { get; init; }

    /// <summary>How often the launcher has started the ranks anew; they meet under other names each time.</summary>
    public int Restart { get; init; }

    /// <summary>How long the ranks wait for each other.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(DefaultSeconds);

    /// <summary>The network interface by which the others reach this rank; null to find out.</summary>
    public string? Interface { get; init; }

    /// <summary>Reads the variables; null where this process is alone.</summary>
    /// <param name="variable">Looks a variable up; the process's environment where null.</param>
    /// <exception cref="RunException">Some are missing or are not what they should be.</exception>
    public static RankEnvironment? Read(Func<string, string?>? variable = null)
    {
        variable ??= Environment.GetEnvironmentVariable;
        string? Text(string name) => variable(name) is { Length: > 0 } text ? text.Trim() : null;
        if (Text("RANK") is null && Text("WORLD_SIZE") is null)
        {
            return null;
        }

        var world = Whole("WORLD_SIZE", Text("WORLD_SIZE"), 1, int.MaxValue, "the number of processes");
        var rank = Whole("RANK", Text("RANK"), 0, world - 1, $"a number below WORLD_SIZE={world}");
        if (world == 1)
        {
            return null;
        }

        var meeting = Text(MeetingVariable);
        var localWorld = Text("LOCAL_WORLD_SIZE") is { } local ? Whole("LOCAL_WORLD_SIZE", local, 1, world, $"a number up to WORLD_SIZE={world}") : 1;
        return new RankEnvironment(rank, world, Text("LOCAL_RANK") is { } number ? Whole("LOCAL_RANK", number, 0, int.MaxValue, "this process's number on its machine") : 0, localWorld)
        {
            MeetingFile = meeting,
            MasterAddress = meeting is not null ? null : Text("MASTER_ADDR") ?? throw Missing("MASTER_ADDR", "the name or address of rank 0's machine"),
            MasterPort = meeting is not null ? 0 : Whole("MASTER_PORT", Text("MASTER_PORT"), 1, ushort.MaxValue, "a free port of rank 0's machine"),
            LauncherHosts = Text("TORCHELASTIC_USE_AGENT_STORE") is "True" or "1",
            Restart = Text("TORCHELASTIC_RESTART_COUNT") is { } restart ? Whole("TORCHELASTIC_RESTART_COUNT", restart, 0, int.MaxValue, "how often the launcher has started anew") : 0,
            Timeout = TimeSpan.FromSeconds(Text(TimeoutVariable) is { } limit ? Whole(TimeoutVariable, limit, 1, 1_000_000, "seconds") : DefaultSeconds),
            Interface = Text("GLOO_SOCKET_IFNAME"),
        };
    }

    /// <summary>Goes to where the ranks meet.</summary>
    /// <exception cref="RunException">Rank 0 cannot open the port.</exception>
    /// <exception cref="ProcessGroupException">Nobody is there in time.</exception>
    internal Rendezvous Meet(CancellationToken cancellation)
    {
        if (MeetingFile is not null)
        {
            return Rendezvous.InFile(MeetingFile, WorldSize);
        }

        if (Rank > 0 || LauncherHosts)
        {
            var joined = Rendezvous.Join(MasterAddress!, MasterPort, Timeout, cancellation);
            return LauncherHosts ? joined.Below($"collimate/start/{Restart}") : joined;
        }

        try
        {
            return Rendezvous.Host(MasterPort);
        }
        catch (ProcessGroupException failure)
        {
            throw new RunException(
                $"Rank 0 cannot open port {MasterPort} (MASTER_PORT) for the other ranks: another program has it, or another run. Set MASTER_PORT to a free port on every rank.", failure);
        }
    }

    /// <summary>The address at which the others reach this rank.</summary>
    /// <exception cref="RunException">The named interface has none.</exception>
    internal string OwnAddress()
    {
        if (MeetingFile is not null && Interface is null)
        {
            // With a file alone nobody tells whether the ranks share a machine.
            return LocalWorldSize == WorldSize ? "127.0.0.1" : AnyOuter() ?? "127.0.0.1";
        }

        if (Interface is not null)
        {
            return AddressesOf(Interface).FirstOrDefault() ?? throw new RunException(
                $"GLOO_SOCKET_IFNAME={Interface}: this machine has no network interface of that name with an address. There are: " +
                $"{string.Join(", ", NetworkInterface.GetAllNetworkInterfaces().Select(each => each.Name))}.");
        }

        try
        {
            using var probe = new UdpClient(MasterAddress!, MasterPort); // sends nothing; the kernel chooses the way
            var address = ((IPEndPoint)probe.Client.LocalEndPoint!).Address;
            var leavesTheMachine = LocalWorldSize < WorldSize && MasterAddress is not ("localhost" or "127.0.0.1" or "::1");
            // Many machines name themselves by a loopback address, which the other machines cannot reach.
            return IPAddress.IsLoopback(address) && leavesTheMachine ? AnyOuter() ?? address.ToString() : address.ToString();
        }
        catch (SocketException failure)
        {
            throw new RunException($"MASTER_ADDR={MasterAddress}: there is no way to that machine ({failure.Message}). Set MASTER_ADDR to a name or address of rank 0's machine that every rank can reach.", failure);
        }
    }

    private static string? AnyOuter() => NetworkInterface.GetAllNetworkInterfaces()
        .Where(each => each.OperationalStatus == OperationalStatus.Up && each.NetworkInterfaceType != NetworkInterfaceType.Loopback)
        .SelectMany(each => AddressesOf(each.Name)).FirstOrDefault();

    private static IEnumerable<string> AddressesOf(string name) => NetworkInterface.GetAllNetworkInterfaces()
        .Where(each => each.Name == name)
        .SelectMany(each => each.GetIPProperties().UnicastAddresses)
        .Where(each => each.Address is { AddressFamily: AddressFamily.InterNetwork } or { AddressFamily: AddressFamily.InterNetworkV6, IsIPv6LinkLocal: false })
        .OrderBy(each => each.Address.AddressFamily == AddressFamily.InterNetwork ? 0 : 1)
        .Select(each => each.Address.ToString());

    private static int Whole(string name, string? text, int least, int most, string meaning)
    {
        if (text is null)
        {
            throw Missing(name, meaning);
        }

        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= least && number <= most
            ? number
            : throw new RunException($"The environment says {name}={text}; expected {meaning}{(most < int.MaxValue ? $", from {least} to {most}" : $", at least {least}")}. {Remedy}");
    }

    private static RunException Missing(string name, string meaning) => new(
        $"The environment says that several processes train together (RANK or WORLD_SIZE is set), but {name}, {meaning}, is not set. {Remedy}\n" +
        "To train in this process alone, unset RANK and WORLD_SIZE.");
}
