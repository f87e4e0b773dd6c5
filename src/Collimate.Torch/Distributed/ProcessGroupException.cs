namespace Collimate.Torch.Distributed;

/// <summary>Processes could not meet, disagreed on what to do together, or lost one of their number; the message names the ranks where they are known.</summary>
/// <param name="message">The whole message.</param>
/// <param name="inner">What led to it.</param>
public sealed class ProcessGroupException(string message, Exception? inner = null) : Exception(message, inner);
