namespace Collimate.Torch.Serialization;

/// <summary>A checkpoint's file is absent, damaged, or does not fit; the message names file, tensor, what was found, what was expected and how to mend it.</summary>
/// <param name="message">The whole message.</param>
/// <param name="inner">What led to it.</param>
public sealed class CheckpointException(string message, Exception? inner = null) : Exception(message, inner);
