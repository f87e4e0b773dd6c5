namespace Collimate.Torch.Distributed;

/// <summary>Where the processes of a group meet, and which of them this one is.</summary>
/// <param name="Rank">This process's number, from 0.</param>
/// <param name="WorldSize">How many processes there are.</param>
public sealed record ProcessGroupOptions(int Rank, int WorldSize)
{
    /// <summary>The host of process 0, which serves the meeting place.</summary>
    public string Host { get; init; } = "127.0.0.1";

    /// <summary>The port of process 0.</summary>
    public int Port { get; init; } = 29500;

    /// <summary>A file on a disk that all processes share: the meeting place instead of host and port. It must not exist before the first process starts.</summary>
    public string? File { get; init; }

    /// <summary>The address of this machine that the other processes reach; found through the machine's name where null and <see cref="Host"/> is not the loopback.</summary>
    public string? Address { get; init; }

    /// <summary>How long to wait for processes that do not come or do not answer.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>Reads the variables that launchers such as <c>torchrun</c> set: <c>RANK</c>, <c>WORLD_SIZE</c>, <c>MASTER_ADDR</c>, <c>MASTER_PORT</c>.</summary>
    /// <returns>The options, or null where <c>WORLD_SIZE</c> is not set.</returns>
    /// <exception cref="DistributedException">A variable is missing or is not a number.</exception>
    public static ProcessGroupOptions? FromEnvironment()
    {
        if (Environment.GetEnvironmentVariable("WORLD_SIZE") is null)
        {
            return null;
        }

        return new ProcessGroupOptions(Number("RANK"), Number("WORLD_SIZE"))
        {
            Host = Environment.GetEnvironmentVariable("MASTER_ADDR") ?? "127.0.0.1",
            Port = Environment.GetEnvironmentVariable("MASTER_PORT") is null ? 29500 : Number("MASTER_PORT"),
        };
    }

    internal void Validate()
    {
        if (WorldSize < 1 || Rank < 0 || Rank >= WorldSize)
        {
            throw new DistributedException($"rank {Rank} of {WorldSize} processes is not possible: ranks go from 0 to the number of processes less one.");
        }

        if (File is null && Port is < 0 or > 65535 || (File is null && Port == 0 && Rank > 0))
        {
            throw new DistributedException($"port {Port} is not one that rank {Rank} can reach; give all processes the same port from 1 to 65535.");
        }

        if (Timeout <= TimeSpan.Zero)
        {
            throw new DistributedException($"a time limit of {Timeout} leaves no time to meet.");
        }
    }

    private static int Number(string variable) =>
        Environment.GetEnvironmentVariable(variable) is { } text && int.TryParse(text, System.Globalization.CultureInfo.InvariantCulture, out var number)
            ? number
            : throw new DistributedException($"the environment variable {variable} is '{Environment.GetEnvironmentVariable(variable)}' where a whole number is expected, because WORLD_SIZE is set.");
}
