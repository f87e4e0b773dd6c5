namespace Collimate.Torch.Serialization;

/// <summary>A checkpoint's file is absent, damaged, or does not fit; the message names file, tensor, what was found, what was expected and how to mend it.</summary>
/// <param name="message">The whole message.</param>
/// <param name="inner">What led to it.</param>
public sealed class CheckpointException(string message, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>The file, folder or other place that is at fault, where one is known.</summary>
    public string? Place { get; init; }

    /// <summary>The tensor at fault, where it is one.</summary>
    public string? TensorName { get; init; }

    /// <summary>Puts the message together from its parts.</summary>
    /// <param name="place">The file, folder or other place.</param>
    /// <param name="tensor">The tensor, where it is one.</param>
    /// <param name="found">What is there.</param>
    /// <param name="expected">What should be there; null where <paramref name="found"/> says it.</param>
    /// <param name="mend">What to do, as a sentence.</param>
    /// <param name="inner">What led to it.</param>
    public static CheckpointException At(string place, string? tensor, string found, string? expected, string mend, Exception? inner = null)
    {
        var subject = tensor is null ? place : $"{place}: tensor '{tensor}'";
        var wanted = expected is null ? "" : $", expected {expected}";
        return new CheckpointException($"{subject}: found {found}{wanted}. {mend}", inner) { Place = place, TensorName = tensor };
    }
}
