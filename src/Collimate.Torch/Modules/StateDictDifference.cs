namespace Collimate.Torch;

/// <summary>One way in which a checkpoint's tensors and a module's differ.</summary>
/// <param name="Origin">Where the checkpoint comes from.</param>
/// <param name="Kind">What kind of difference it is.</param>
/// <param name="Name">The tensor.</param>
/// <param name="Found">Its type and shape in the checkpoint; null where it is not there.</param>
/// <param name="Expected">Its type and shape in the module; null where it is not there.</param>
public sealed record StateDictDifference(string Origin, StateDictDifferenceKind Kind, string Name, string? Found, string? Expected);

/// <summary>Kinds of <see cref="StateDictDifference"/>.</summary>
public enum StateDictDifferenceKind
{
    /// <summary>The module has it, the checkpoint does not.</summary>
    Missing,

    /// <summary>The checkpoint has it, the module does not.</summary>
    Unexpected,

    /// <summary>Both have it, in different shapes.</summary>
    Shape,
}
