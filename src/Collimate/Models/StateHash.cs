using System.Security.Cryptography;
using System.Text;
using Collimate.Torch;

namespace Collimate.Models;

/// <summary>Hashes weights: names, types, shapes and every byte.</summary>
internal static class StateHash
{
    private const int MostAtOnce = 1 << 30;

    /// <summary>Adds tensors to a hash.</summary>
    /// <param name="hash">The hash.</param>
    /// <param name="state">Names and values, in the order in which they count.</param>
    public static unsafe void Append(IncrementalHash hash, IEnumerable<(string Name, Tensor Value)> state)
    {
        foreach (var (name, value) in state)
        {
            using var scope = new TensorScope();
            hash.AppendData(Encoding.UTF8.GetBytes($"{name} {value.Type} {string.Join(' ', value.Shape)}"));
            var plain = value.Detach().To(Device.Cpu).Contiguous();
            var bytes = plain.ElementCount * plain.Type.Size();
            for (var at = 0L; at < bytes; at += MostAtOnce)
            {
                hash.AppendData(new ReadOnlySpan<byte>((byte*)plain.DataPointer + at, (int)Math.Min(MostAtOnce, bytes - at)));
            }

            GC.KeepAlive(plain);
        }
    }
}
