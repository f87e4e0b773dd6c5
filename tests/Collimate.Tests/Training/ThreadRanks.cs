using Collimate.Torch;
using Collimate.Training;

namespace Collimate.Tests.Training;

/// <summary>Threads that meet at a barrier instead of processes that send messages.</summary>
internal sealed class ThreadRanks(int rank, Barrier meeting, object?[] desk) : IRankGroup
{
    public int Rank => rank;

    public int Count => desk.Length;

    public void SumGradients(IReadOnlyList<Tensor> parameters)
    {
        var all = Exchange(parameters.Select(p => p.Grad?.ToArray<float>()).ToArray());
        for (var k = 0; k < parameters.Count; k++)
        {
            var parts = all.Select(one => one[k]).OfType<float[]>().ToArray();
            if (parts.Length > 0)
            {
                using var sum = Tensor.From([.. Enumerable.Range(0, parts[0].Length).Select(at => parts.Sum(part => part[at]))], parameters[k].Shape);
                parameters[k].Grad = sum;
            }
        }
    }

    public void Sum(Span<double> values)
    {
        var all = Exchange(values.ToArray());
        for (var k = 0; k < values.Length; k++)
        {
            values[k] = all.Sum(one => one[k]);
        }
    }

    public IReadOnlyList<Tensor> Gather(Tensor tensor)
    {
        long[] shape = [.. tensor.Shape];
        return tensor.Type == ScalarType.Int64
            ? [.. Exchange(tensor.ToArray<long>()).Select(values => Tensor.From(values, shape))]
            : [.. Exchange(tensor.ToArray<float>()).Select(values => Tensor.From(values, shape))];
    }

    private T[] Exchange<T>(T mine)
    {
        desk[rank] = mine;
        meeting.SignalAndWait();
        var all = desk.Cast<T>().ToArray();
        meeting.SignalAndWait();
        return all;
    }
}
