using System.Runtime.InteropServices;
using Collimate.Torch.Interop;

namespace Collimate.Torch;

/// <summary>The libtorch this process runs on: its version, its threads, its devices.</summary>
/// <remarks>
/// libgomp's barriers and OpenBLAS's own pool both spin while they wait, and on a machine that is shared each alone can make a step
/// several times slower. So both are calmed through the environment before libtorch is loaded, BLAS gets one thread, and the tensor
/// library's threads are set explicitly. Variables that the user has set are left as they are.
/// </remarks>
public static class TorchRuntime
{
    private static readonly Lazy<string> LoadedVersion = new(() => Marshal.PtrToStringUTF8(NativeMethods.ct_torch_version())!);

    /// <summary>The version of the loaded libtorch, such as <c>1.13.1</c>.</summary>
    public static string Version => LoadedVersion.Value;

    /// <summary>How many GPUs this libtorch can use.</summary>
    public static int CudaDevices => NativeMethods.ct_cuda_devices();

    /// <summary>Threads inside one operator. Set it once, at start, on the main thread: later threads begin with the last value set.</summary>
    public static int Threads
    {
        get => NativeMethods.ct_threads();
        set => NativeMethods.ct_set_threads(value);
    }

    /// <summary>Gives the whole machine to matrix products: <paramref name="count"/> BLAS threads and one tensor thread.</summary>
    /// <remarks>The fastest setting on an idle machine and the slowest on a shared one; never let both pools be above one.</remarks>
    /// <returns>Whether the linked BLAS understood.</returns>
    public static bool UseExclusively(int count)
    {
        Threads = 1;
        return NativeMethods.ct_set_blas_threads(count) == 0;
    }

    /// <summary>Seeds the default generator of a device.</summary>
    public static void Seed(ulong seed, Device device = default) =>
        NativeStatus.Check(NativeMethods.ct_seed(device.Packed, seed), "seeding the default generator");

    internal static void RegisterLibrary() =>
        NativeLibraries.Register(typeof(TorchRuntime).Assembly, NativeMethods.Library, CalmTheThreadPools, Greet);

    // .NET's own SetEnvironmentVariable does not reach getenv.
    private static void CalmTheThreadPools()
    {
        _ = NativeMethods.setenv("OMP_WAIT_POLICY", "PASSIVE", overwrite: 0);
        _ = NativeMethods.setenv("OPENBLAS_NUM_THREADS", "1", overwrite: 0);
    }

    private static unsafe void Greet(nint library)
    {
        var version = ((delegate* unmanaged<int>)NativeLibrary.GetExport(library, nameof(NativeMethods.ct_abi_version)))();
        if (version != NativeMethods.AbiVersion)
        {
            throw new DllNotFoundException(
                $"The native engine library speaks version {version} of its interface, this assembly version {NativeMethods.AbiVersion}. " +
                "Rebuild it: run ./collimate or ./test once.");
        }

        ((delegate* unmanaged<int, void>)NativeLibrary.GetExport(library, nameof(NativeMethods.ct_set_threads)))(1);
    }
}
