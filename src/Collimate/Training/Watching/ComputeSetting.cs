using Collimate.Torch;

namespace Collimate.Training.Watching;

/// <summary>What a training computes with.</summary>
/// <param name="Device">The device.</param>
/// <param name="Precision">The type of matrix products; null for single precision.</param>
/// <param name="Threads">Worker threads of a process.</param>
/// <param name="Processes">Processes that share every batch.</param>
public sealed record ComputeSetting(Device Device, ScalarType? Precision, int Threads, int Processes = 1);
