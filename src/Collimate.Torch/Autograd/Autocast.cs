using Collimate.Torch.Interop;

namespace Collimate.Torch;

/// <summary>Runs matrix products in a narrower type while the rest stays in single precision. PyTorch: <c>torch.autocast</c>.</summary>
/// <remarks>Weights are cast once per region and the copies kept until it ends, so never change a weight inside one: open a region per forward pass.</remarks>
public static class Autocast
{
    private const int Off = -1;

    /// <summary>Opens a region that ends when the returned value is disposed.</summary>
    /// <param name="type">The narrower type.</param>
    /// <param name="device">The device whose operators are affected.</param>
    public static Region Enable(ScalarType type = ScalarType.BFloat16, DeviceType device = DeviceType.Cpu)
    {
        NativeStatus.Check(NativeMethods.ct_autocast_enter((int)device, (int)type, out var before), "opening an autocast region");
        return new Region(device, before, opened: true);
    }

    /// <summary>Opens a region only where a type is named.</summary>
    public static Region EnableIf(ScalarType? type, DeviceType device = DeviceType.Cpu) => type is { } narrow ? Enable(narrow, device) : default;

    /// <summary>A region in which nothing is narrowed, whatever holds around it. PyTorch: <c>torch.autocast(..., enabled=False)</c>.</summary>
    /// <param name="device">The device whose operators are affected.</param>
    public static Region Suspend(DeviceType device = DeviceType.Cpu) => Enable((ScalarType)Off, device);

    /// <summary>The type that products are narrowed to on this thread; null where they are not.</summary>
    /// <param name="device">The device whose operators are affected.</param>
    public static ScalarType? TypeOn(DeviceType device) => NativeMethods.ct_autocast_type((int)device) is >= 0 and var type ? (ScalarType)type : null;

    /// <summary>Until the returned value is disposed, casts of weights are not kept for further uses.</summary>
    internal static UncachedRegion WithoutCache() => new(wasOn: NativeMethods.ct_autocast_cache(0) != 0);

    /// <summary>A stretch of code in which no cast of a weight outlives its use. It cannot leave the thread.</summary>
    internal readonly ref struct UncachedRegion(bool wasOn)
    {
        /// <summary>Ends the stretch.</summary>
        public void Dispose() => _ = NativeMethods.ct_autocast_cache(wasOn ? 1 : 0);
    }

    /// <summary>A stretch of code under autocast. It cannot leave the thread.</summary>
    public readonly ref struct Region
    {
        private readonly DeviceType device;
        private readonly int before;
        private readonly bool opened;

        internal Region(DeviceType device, int before, bool opened)
        {
            this.device = device;
            this.before = before;
            this.opened = opened;
        }

        /// <summary>Ends the region; what held before it holds again.</summary>
        public void Dispose()
        {
            if (opened)
            {
                NativeStatus.Check(NativeMethods.ct_autocast_leave((int)device, before), "closing an autocast region");
            }
        }
    }
}
