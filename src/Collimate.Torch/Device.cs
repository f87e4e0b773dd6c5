namespace Collimate.Torch;

/// <summary>The kind of device a tensor lives on; the numbers are libtorch's own.</summary>
public enum DeviceType
{
    /// <summary>Main memory.</summary>
    Cpu = 0,
    /// <summary>An NVIDIA GPU (or an AMD GPU under ROCm builds).</summary>
    Cuda = 1,
}

/// <summary>Where a tensor lives.</summary>
/// <param name="Type">The kind of device.</param>
/// <param name="Index">Which of them.</param>
public readonly record struct Device(DeviceType Type, int Index = 0)
{
    /// <summary>Main memory.</summary>
    public static Device Cpu => default;

    /// <summary>A GPU.</summary>
    public static Device Cuda(int index = 0) => new(DeviceType.Cuda, index);

    /// <summary>Reads <c>cpu</c>, <c>cuda</c> or <c>cuda:1</c>.</summary>
    /// <exception cref="FormatException">The text is none of these.</exception>
    public static Device Parse(string text)
    {
        var parts = text.Split(':');
        return parts switch
        {
            ["cpu"] => Cpu,
            ["cuda"] => Cuda(),
            ["cuda", var n] when int.TryParse(n, out var index) && index >= 0 => Cuda(index),
            _ => throw new FormatException($"'{text}' is not a device; expected cpu, cuda or cuda:N"),
        };
    }

    /// <inheritdoc/>
    public override string ToString() => Type == DeviceType.Cpu ? "cpu" : $"cuda:{Index}";

    internal long Packed => ((long)Type << 32) | (uint)Index;

    internal static Device Unpack(long packed) => new((DeviceType)(packed >> 32), (int)packed);
}
