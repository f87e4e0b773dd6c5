using System.Diagnostics;
using System.Runtime.InteropServices;
using Collimate.Torch;

namespace Collimate.Benchmarks;

/// <summary>What a figure depends on beside the code: machine, versions, commit.</summary>
internal static unsafe class Surroundings
{
    public static string Cpu => Line("/proc/cpuinfo", "model name") ?? RuntimeInformation.ProcessArchitecture.ToString();

    public static string Machine =>
        $"{Cpu}, {Environment.ProcessorCount} cores, {(long.Parse((Line("/proc/meminfo", "MemTotal") ?? "0 kB").Split(' ')[0]) + (1 << 19)) >> 20} GiB, {RuntimeInformation.OSDescription}";

    /// <summary>Processes that wanted a core over the last minute; near 0 before a run that has the machine to itself.</summary>
    public static string Load => File.ReadAllText("/proc/loadavg").Split(' ')[0];

    public static string Versions => $".NET {Environment.Version}, libtorch {TorchRuntime.Version}, BLAS core {BlasCore}";

    /// <summary>The kernels that OpenBLAS chose; the environment can force others, several times slower.</summary>
    public static string BlasCore
    {
        get
        {
            _ = TorchRuntime.Threads; // loads libtorch, and OpenBLAS with it
            return NativeLibrary.TryLoad("libopenblas.so.0", out var library) && NativeLibrary.TryGetExport(library, "openblas_get_corename", out var name)
                ? Marshal.PtrToStringUTF8(((delegate* unmanaged<nint>)name)()) ?? "unknown"
                : "not OpenBLAS";
        }
    }

    /// <summary>The repository that this program was built in.</summary>
    public static string Repository
    {
        get
        {
            for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            {
                if (File.Exists(Path.Combine(folder.FullName, "Collimate.slnx")))
                {
                    return folder.FullName;
                }
            }

            throw new ArgumentException($"no folder above {AppContext.BaseDirectory} holds Collimate.slnx; start this from a build inside the repository");
        }
    }

    public static string Commit
    {
        get
        {
            var commit = Output("git", "-C", Repository, "rev-parse", "--short", "HEAD").Trim();
            var changed = Output("git", "-C", Repository, "status", "--porcelain", "--untracked-files=no", "--", "src", "native", "benchmarks/peers", "benchmarks/Collimate.Benchmarks").Trim();
            return commit.Length == 0 ? "unknown" : changed.Length == 0 ? commit : $"{commit} and uncommitted changes";
        }
    }

    /// <summary>The largest resident size this process has had, in bytes.</summary>
    public static long PeakResident => long.Parse(Line("/proc/self/status", "VmHWM")!.Split(' ')[0]) << 10;

    /// <summary>What a program writes; nothing where it cannot be started or fails.</summary>
    public static string Output(string program, params string[] words)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(program, words) { RedirectStandardOutput = true, RedirectStandardError = true })!;
            var errors = process.StandardError.ReadToEndAsync();
            var text = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            if (process.ExitCode != 0)
            {
                Console.Error.WriteLine($"{program} {string.Join(' ', words)}: exit code {process.ExitCode}\n{errors.Result}");
            }

            return process.ExitCode == 0 ? text : "";
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return "";
        }
    }

    private static string? Line(string file, string key) =>
        File.ReadLines(file).FirstOrDefault(line => line.StartsWith(key, StringComparison.Ordinal))?.Split(':')[1].Trim();
}
