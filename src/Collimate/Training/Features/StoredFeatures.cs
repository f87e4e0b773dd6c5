using Collimate.Torch;

namespace Collimate.Training.Features;

/// <summary>What a vision tower said of some pictures, as bytes.</summary>
/// <param name="Bytes">All pictures, row-major.</param>
/// <param name="Type">The type of the numbers, as the tower computed them.</param>
/// <param name="Images">How many pictures.</param>
/// <param name="Tokens">Features a picture.</param>
/// <param name="Width">Numbers a feature.</param>
public sealed record StoredFeatures(byte[] Bytes, ScalarType Type, int Images, int Tokens, int Width)
{
    /// <summary>The features on a device, <c>[images, tokens, width]</c>.</summary>
    public unsafe Tensor ToTensor(Device device)
    {
        using var scope = new TensorScope();
        var made = Tensor.Empty([Images, Tokens, Width], Type);
        Bytes.CopyTo(new Span<byte>((byte*)made.DataPointer, Bytes.Length));
        GC.KeepAlive(made);
        return scope.Escape(device.Type == DeviceType.Cpu ? made : made.To(device));
    }

    /// <summary>The bytes of each picture of a tower's answer.</summary>
    /// <param name="patches"><c>[images, tokens, width]</c>, on any device.</param>
    internal static unsafe IEnumerable<byte[]> Split(Tensor patches)
    {
        using var scope = new TensorScope();
        using var noGradient = GradMode.Disable();
        var plain = patches.Detach().To(Device.Cpu).Contiguous();
        var images = (int)plain.Size(0);
        var each = checked((int)(plain.ElementCount / Math.Max(1, images) * plain.Type.Size()));
        var parts = new byte[images][];
        for (var k = 0; k < images; k++)
        {
            parts[k] = new ReadOnlySpan<byte>((byte*)plain.DataPointer + ((long)k * each), each).ToArray();
        }

        GC.KeepAlive(plain);
        return parts;
    }
}
