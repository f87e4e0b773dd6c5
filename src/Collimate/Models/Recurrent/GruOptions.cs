namespace Collimate.Models.Recurrent;

/// <summary>The shape of a <see cref="Gru"/>.</summary>
public sealed record GruOptions
{
    /// <summary>Width of the vectors it reads.</summary>
    public required int InputSize { get; init; }

    /// <summary>Width of its state in one direction.</summary>
    public required int HiddenSize { get; init; }

    /// <summary>How many layers; each reads what the one below wrote.</summary>
    public int LayerCount { get; init; } = 1;

    /// <summary>Whether every layer reads from both ends.</summary>
    public bool IsBidirectional { get; init; }

    /// <summary>Whether biases are added.</summary>
    public bool HasBias { get; init; } = true;

    /// <summary>How many directions a layer reads in.</summary>
    public int DirectionCount => IsBidirectional ? 2 : 1;

    /// <summary>Checks every value against its range.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A size is below 1.</exception>
    public void Validate()
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(InputSize);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(HiddenSize);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(LayerCount);
    }
}
