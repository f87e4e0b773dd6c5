namespace Collimate.Generation.Processors;

/// <summary>Divides all scores by a temperature: below 1 sharpens the distribution, above 1 flattens it.</summary>
public sealed class TemperatureProcessor : ILogitsProcessor
{
    private readonly float temperature;

    /// <param name="temperature">Above 0.</param>
    public TemperatureProcessor(double temperature)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(temperature);
        this.temperature = (float)temperature;
    }

    /// <inheritdoc/>
    public void Process(ReadOnlySpan<int> tokens, Span<float> scores)
    {
        foreach (ref var score in scores)
        {
            score /= temperature;
        }
    }
}
