namespace Collimate.Planning;

/// <summary>What a plan has to keep to.</summary>
/// <param name="Budget">The most that a process may hold, in bytes.</param>
/// <param name="Origin">Where that bound comes from, in words.</param>
/// <param name="Processes">How many processes share every batch.</param>
public sealed record PlanTerms(long Budget, string Origin, int Processes = 1)
{
    /// <summary>The terms of this machine.</summary>
    /// <param name="memory">The bound that was asked for, in bytes; null for what is available.</param>
    /// <param name="processes">How many processes share every batch.</param>
    /// <param name="here">How many of them are on this machine.</param>
    public static PlanTerms Here(long? memory, int processes = 1, int here = 1) => new(
        memory ?? (MachineMemory.Available + MachineMemory.Resident) / here, // what this process holds already is its own to use
        memory is not null ? "--memory" : here > 1 ? $"a share of what is available to {here} processes on this machine" : "what is available on this machine",
        processes);
}
