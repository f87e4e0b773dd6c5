using System.Diagnostics.CodeAnalysis;
using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;

namespace Collimate.Torch.Interop;

/// <summary>Turns the status of a native call into the exception that belongs to it.</summary>
internal static class NativeStatus
{
    internal const int ManagedError = -2;

    /// <summary>The handle itself, or the native error as an exception where it is null.</summary>
    internal static nint Check(nint handle, string doing)
    {
        if (handle == 0)
        {
            Throw(-1, doing);
        }

        return handle;
    }

    internal static void Check(int status, string doing)
    {
        if (status < 0)
        {
            Throw(status, doing);
        }
    }

    [DoesNotReturn]
    internal static void Throw(int status, string doing)
    {
        if (status == ManagedError)
        {
            var handle = GCHandle.FromIntPtr(NativeMethods.ct_take_managed_error());
            var exception = (Exception)handle.Target!;
            handle.Free();
            ExceptionDispatchInfo.Throw(exception);
        }

        throw new TorchException($"{Message()}\n  while {doing}");
    }

    internal static string Message() => Marshal.PtrToStringUTF8(NativeMethods.ct_last_error()) ?? "";
}
