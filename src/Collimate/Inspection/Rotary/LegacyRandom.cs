namespace Collimate.Inspection.Rotary;

/// <summary>NumPy's legacy generator, bit for bit: the Mersenne Twister MT19937 with the polar method for normal numbers, as <c>numpy.random.seed(n)</c> sets it up.</summary>
/// <remarks>Matsumoto and Nishimura (1998); <c>numpy.random.RandomState</c>, whose streams never change.</remarks>
public sealed class LegacyRandom
{
    private const int Size = 624;
    private const int Shift = 397;

    private readonly uint[] state = new uint[Size];
    private int next = Size;
    private double? spare;

    /// <param name="seed">The seed.</param>
    public LegacyRandom(uint seed)
    {
        state[0] = seed;
        for (var k = 1; k < Size; k++)
        {
            state[k] = unchecked((1812433253u * (state[k - 1] ^ (state[k - 1] >> 30))) + (uint)k);
        }
    }

    /// <summary>32 random bits.</summary>
    public uint NextUInt32()
    {
        if (next == Size)
        {
            Refill();
        }

        var bits = state[next++];
        bits ^= bits >> 11;
        bits ^= (bits << 7) & 0x9d2c5680;
        bits ^= (bits << 15) & 0xefc60000;
        return bits ^ (bits >> 18);
    }

    /// <summary>A number in [0, 1) with 53 random bits: <c>random_sample()</c>.</summary>
    public double NextDouble()
    {
        var (high, low) = (NextUInt32() >> 5, NextUInt32() >> 6);
        return ((high * 67108864.0) + low) / 9007199254740992.0;
    }

    /// <summary>A standard normal number: <c>randn()</c>.</summary>
    public double NextNormal()
    {
        if (spare is { } kept)
        {
            spare = null;
            return kept;
        }

        double x, y, square;
        do
        {
            (x, y) = ((2 * NextDouble()) - 1, (2 * NextDouble()) - 1);
            square = (x * x) + (y * y);
        }
        while (square is >= 1 or 0);

        var factor = Math.Sqrt(-2 * Math.Log(square) / square);
        spare = factor * x;
        return factor * y;
    }

    /// <summary>Several standard normal numbers: <c>randn(count)</c>.</summary>
    public double[] Normals(int count)
    {
        var numbers = new double[count];
        for (var k = 0; k < count; k++)
        {
            numbers[k] = NextNormal();
        }

        return numbers;
    }

    private void Refill()
    {
        for (var k = 0; k < Size; k++)
        {
            var joined = (state[k] & 0x80000000) | (state[(k + 1) % Size] & 0x7fffffff);
            state[k] = state[(k + Shift) % Size] ^ (joined >> 1) ^ ((joined & 1) * 0x9908b0df);
        }

        next = 0;
    }
}
