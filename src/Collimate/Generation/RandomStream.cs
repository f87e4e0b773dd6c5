namespace Collimate.Generation;

/// <summary>
/// Random numbers that depend on a seed and a stream number and on nothing else: SplitMix64 (Steele, Lea and Flood 2014). Rows of a batch
/// draw from streams of their own, so that none can disturb another.
/// </summary>
internal struct RandomStream
{
    private const ulong Step = 0x9E3779B97F4A7C15;
    private ulong state;

    public RandomStream(ulong seed, ulong stream) => state = Mix(Mix(seed + Step) ^ (stream * 0xD1B54A32D192ED03));

    /// <summary>A number from 0 up to, and not including, 1.</summary>
    public double NextDouble() => (Mix(state += Step) >> 11) * (1.0 / (1UL << 53));

    private static ulong Mix(ulong z)
    {
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }
}
