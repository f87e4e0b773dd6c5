namespace Collimate.Torch.Distributed;

/// <summary>How a <see cref="ProcessGroup"/> waits and where it listens.</summary>
public sealed record ProcessGroupOptions
{
    /// <summary>How long the ranks wait for each other: when they meet, and in each collective.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>This rank's own name or address, at which its peers can reach it; empty for what the machine's name resolves to.</summary>
    /// <remarks>The default serves processes of one machine and is not seen from outside.</remarks>
    public string Address { get; init; } = "127.0.0.1";
}
