namespace Collimate.Verification;

/// <summary>A replay needs an input that the folder does not hold; what depends on it is reported as not computed.</summary>
internal sealed class MissingInputException(string name, string folder)
    : CollimateException($"{folder}: the input '{name}' is not recorded.")
{
    /// <summary>The input's name.</summary>
    public string InputName => name;
}
