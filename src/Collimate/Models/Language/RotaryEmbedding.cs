using Collimate.Torch;

namespace Collimate.Models.Language;

/// <summary>
/// Rotary position embedding in Hugging Face's arrangement: coordinate i of a head turns together with coordinate i + d/2, by the angle
/// position / scaling · theta^(-2i/d).
/// </summary>
public sealed class RotaryEmbedding
{
    private readonly float[] frequencies;

    /// <summary>Prepares the frequencies.</summary>
    /// <param name="headSize">Width of a head, d; even.</param>
    /// <param name="theta">Base of the frequencies.</param>
    /// <param name="scaling">What positions are divided by (linear scaling); 1 leaves them alone.</param>
    public RotaryEmbedding(int headSize, double theta, double scaling = 1)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(headSize % 2, 0);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(scaling);
        frequencies = [.. Enumerable.Range(0, headSize / 2).Select(i => 1 / MathF.Pow((float)theta, 2f * i / headSize))];
        Scaling = scaling;
    }

    /// <summary>What positions are divided by.</summary>
    public double Scaling { get; }

    /// <summary>Cosine and sine of every position's angles.</summary>
    /// <param name="positions">Whole numbers <c>[batch, positions]</c>, in any order.</param>
    /// <returns>32-bit floats <c>[batch, positions, headSize / 2]</c> each</returns>
    public RotaryAngles Angles(Tensor positions)
    {
        using var noGradient = GradMode.Disable();
        var placed = positions.To(ScalarType.Float32).Unsqueeze(-1);           // [batch, positions, 1]
        var scaled = Scaling == 1 ? placed : placed / Scaling;
        var angles = scaled * Tensor.From<float>(frequencies, [frequencies.Length], positions.Device);
        return new RotaryAngles(angles.Cos(), angles.Sin());
    }
}
