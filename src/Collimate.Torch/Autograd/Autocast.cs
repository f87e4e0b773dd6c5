using Collimate.Torch.Interop;

namespace Collimate.Torch;

/// <summary>Runs matrix products in a narrower type while the rest stays in single precision. PyTorch: <c>torch.autocast</c>.</summary>
/// <remarks>Weights are cast once per region and the copies kept until it ends, so never change a weight inside one: open a region per forward pass.</remarks>
public static class Autocast
{
    /// <summary>Opens a region that ends when the returned value is disposed.</summary>
    /// <param name="type">The narrower type.</param>
    /// <param name="device">The device whose operators are affected.</param>
    public static Region Enable(ScalarType type = ScalarType.BFloat16, DeviceType device = DeviceType.Cpu)
    {
        NativeStatus.Check(NativeMethods.ct_autocast((int)device, 1, (int)type), "opening an autocast region");
        return new Region(device, type, opened: true);
    }

    /// <summary>Opens a region only where a type is named.</summary>
    public static Region EnableIf(ScalarType? type, DeviceType device = DeviceType.Cpu) => type is { } narrow ? Enable(narrow, device) : default;

    /// <summary>A stretch of code under autocast. It cannot leave the thread.</summary>
    public readonly ref struct Region
    {
        private readonly DeviceType device;
        private readonly ScalarType type;
        private readonly bool opened;

        internal Region(DeviceType device, ScalarType type, bool opened)
        {
            this.device = device;
            this.type = type;
            this.opened = opened;
        }

        /// <summary>Ends the region.</summary>
        public void Dispose()
        {
            if (opened)
            {
                NativeStatus.Check(NativeMethods.ct_autocast((int)device, 0, (int)type), "closing an autocast region");
            }
        }
    }
}
