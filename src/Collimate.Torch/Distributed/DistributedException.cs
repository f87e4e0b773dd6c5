namespace Collimate.Torch.Distributed;

/// <summary>Processes that should work together do not: one is missing, left, or does something else; the message names it.</summary>
/// <param name="message">What happened, and what to do.</param>
/// <param name="inner">What led to it.</param>
public sealed class DistributedException(string message, Exception? inner = null) : Exception(message, inner);
