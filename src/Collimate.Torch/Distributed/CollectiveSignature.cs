using System.Globalization;

namespace Collimate.Torch.Distributed;

/// <summary>The collectives that a group knows.</summary>
internal enum Collective
{
    Barrier = 0,
    AllReduce = 1,
    Broadcast = 2,
    AllGather = 3,
}

/// <summary>What a rank is about to do, as numbers of a fixed count: the ranks exchange it before each collective and go on only where all are the same.</summary>
/// <remarks>Gloo ends the process whose peer sends a message of another size than it expects, so a disagreement has to be found before.</remarks>
internal readonly struct CollectiveSignature
{
    /// <summary>How many numbers are exchanged.</summary>
    internal const int Length = 16;

    private const int FirstDimension = 6;
    private const int DimensionsShown = Length - FirstDimension;

    private readonly long[] numbers;

    private CollectiveSignature(long[] numbers) => this.numbers = numbers;

    internal static CollectiveSignature Of(long sequence, Collective collective, int detail, Tensor? tensor)
    {
        var numbers = new long[Length];
        var shape = tensor?.Shape ?? [];
        numbers[0] = sequence;
        numbers[1] = (long)collective;
        numbers[2] = detail;
        numbers[3] = tensor is null ? -1 : (long)tensor.Type;
        numbers[4] = shape.Length;
        // Tells shapes apart beyond the dimensions that are listed.
        numbers[5] = shape.Aggregate(17L, (hash, size) => unchecked((hash * 1_000_003) ^ size));
        shape.AsSpan(0, Math.Min(shape.Length, DimensionsShown)).CopyTo(numbers.AsSpan(FirstDimension));
        return new(numbers);
    }

    internal static CollectiveSignature From(long[] numbers) => new(numbers);

    internal long[] ToArray() => numbers;

    internal bool Equals(CollectiveSignature other) => numbers.AsSpan().SequenceEqual(other.numbers);

    public override string ToString()
    {
        var collective = (Collective)numbers[1];
        var what = collective switch
        {
            Collective.AllReduce => $"{collective} ({(Reduction)numbers[2]})",
            Collective.Broadcast => $"{collective} from rank {numbers[2]}",
            _ => $"{collective}",
        };
        if (numbers[3] >= 0)
        {
            var listed = numbers.Skip(FirstDimension).Take((int)Math.Clamp(numbers[4], 0, DimensionsShown)).Select(size => size.ToString(CultureInfo.InvariantCulture));
            what += $" of {(ScalarType)numbers[3]}[{string.Join(", ", listed)}{(numbers[4] > DimensionsShown ? ", …" : "")}]";
        }

        return $"{what}, as its collective number {numbers[0]}";
    }
}
