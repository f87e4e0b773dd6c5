namespace Collimate.Torch;

/// <summary>libtorch refused or failed; the message is its own, followed by the operator's schema and the shapes it was given.</summary>
/// <param name="message">What happened, and while doing what.</param>
public sealed class TorchException(string message) : Exception(message);
