using Collimate.Torch.Interop;

namespace Collimate.Torch;

/// <summary>Whether operations of this thread are recorded for differentiation. PyTorch: <c>torch.no_grad</c>, <c>torch.enable_grad</c>.</summary>
public static class GradMode
{
    /// <summary>Whether this thread records.</summary>
    public static bool IsEnabled => NativeMethods.ct_grad_mode(-1) != 0;

    /// <summary>Stops recording until the returned value is disposed.</summary>
    public static Region Disable() => new(NativeMethods.ct_grad_mode(0));

    /// <summary>Records until the returned value is disposed.</summary>
    public static Region Enable() => new(NativeMethods.ct_grad_mode(1));

    /// <summary>A stretch of code; its end brings the former mode back. It cannot leave the thread.</summary>
    public readonly ref struct Region
    {
        private readonly int before;

        internal Region(int before) => this.before = before;

        /// <summary>Brings the former mode back.</summary>
        public void Dispose() => NativeMethods.ct_grad_mode(before);
    }
}
