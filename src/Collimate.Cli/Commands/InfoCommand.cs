using System.CommandLine;
using System.Diagnostics;
using System.Reflection;
using System.Runtime.InteropServices;
using Collimate.Cli.Display;
using Collimate.Inspection.Checkpoints;
using Collimate.Recipes;
using Collimate.Torch;

namespace Collimate.Cli.Commands;

/// <summary><c>collimate info</c>: what a checkpoint holds and needs, or what this installation is made of and what is missing.</summary>
internal static class InfoCommand
{
    private static readonly string[] EngineLibraries = ["libcollimate_torch", "libtorch_cpu", "libopenblas", "libmkl_rt"];
    private static readonly string[] ImageLibraries = ["libcollimate_image", "libvips"];

    /// <summary>Makes the command.</summary>
    public static Command Create()
    {
        var json = CommandActions.JsonOption();
        var folder = new Argument<string?>("folder") { Description = "A checkpoint or run: its parts, sizes and the memory it takes; without it, this installation.", Arity = ArgumentArity.ZeroOrOne };
        var command = new Command("info", "Show what a checkpoint holds and needs; or versions, devices, threads and the native libraries in use.") { folder, json };
        folder.Validators.Add(result =>
        {
            // An optional argument would swallow a misspelt option.
            if (result.Tokens is [{ Value: ['-', ..] word }])
            {
                result.AddError($"unknown option '{word}'{Spelling.Suggest(word, [.. command.Options.Select(option => option.Name)])}");
            }
        });
        return command.Runs((parse, io, _) =>
        {
            if (parse.GetValue(folder) is { } checkpoint)
            {
                return Describe(CheckpointInspector.Inspect(checkpoint), parse.GetValue(json), io);
            }

            var report = Collect();
            if (parse.GetValue(json))
            {
                io.WriteJson(report);
            }
            else
            {
                Write(report, io.Output);
            }

            // Pictures can be left out of a build; without the engine nothing works.
            return report.Engine.Error is null ? ExitCode.Success : ExitCode.Failed;
        });
    }

    private static int Describe(CheckpointInfo info, bool asJson, CommandIo io)
    {
        if (asJson)
        {
            io.WriteJson(info);
        }
        else
        {
            CheckpointReport.Write(info, io);
        }

        return ExitCode.Success;
    }

    private static InfoReport Collect()
    {
        var engine = Probe(() => new EngineInfo
        {
            Libtorch = TorchRuntime.Version,
            Threads = TorchRuntime.Threads,
            Devices = [Device.Cpu.ToString(), .. Enumerable.Range(0, TorchRuntime.CudaDevices).Select(index => Device.Cuda(index).ToString())],
            Libraries = Loaded(EngineLibraries),
        }, message => new EngineInfo { Error = message });
        var images = Probe(() =>
        {
            NativeLibraries.Load("collimate_image");
            return new LibraryInfo { Libraries = Loaded(ImageLibraries) };
        }, message => new LibraryInfo { Error = message });
        return new InfoReport(
            typeof(CollimateException).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "unknown",
            RuntimeInformation.FrameworkDescription,
            $"{RuntimeInformation.OSDescription} ({RuntimeInformation.RuntimeIdentifier})",
            Environment.ProcessorCount,
            GC.GetGCMemoryInfo().TotalAvailableMemoryBytes,
            engine,
            images);
    }

    private static T Probe<T>(Func<T> read, Func<string, T> failed)
    {
        try
        {
            return read();
        }
        catch (Exception failure) when (UserErrors.IsMissingLibrary(failure))
        {
            return failed(UserErrors.Describe(failure).Message);
        }
    }

    // The loader knows which of several installed copies is really in use.
    private static SortedDictionary<string, string> Loaded(string[] names)
    {
        using var process = Process.GetCurrentProcess();
        var found = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (ProcessModule module in process.Modules)
        {
            if (Array.Find(names, name => module.ModuleName.StartsWith(name, StringComparison.Ordinal)) is { } name)
            {
                found.TryAdd(name, module.FileName);
            }
        }

        return found;
    }

    private static void Write(InfoReport report, TextWriter output)
    {
        const int column = 20;
        void Line(string name, string value) => output.WriteLine($"{name.PadRight(column)}{value.Replace("\n", "\n" + new string(' ', column))}");

        Line("collimate", report.Version);
        Line(".NET", report.Runtime);
        Line("system", report.System);
        Line("processors", $"{report.Processors}");
        Line("memory", $"{report.MemoryBytes / (double)(1L << 30):0.0} GiB");
        Line("libtorch", report.Engine.Error ?? $"{report.Engine.Libtorch}");
        if (report.Engine.Error is null)
        {
            Line("devices", string.Join(", ", report.Engine.Devices ?? []));
            Line("threads", $"{report.Engine.Threads}");
        }

        Line("pictures", report.Images.Error ?? "ready");
        foreach (var (name, path) in (report.Engine.Libraries ?? []).Concat(report.Images.Libraries ?? []))
        {
            Line(name, path);
        }
    }

    private sealed record EngineInfo
    {
        public string? Libtorch { get; init; }

        public int? Threads { get; init; }

        public string[]? Devices { get; init; }

        public SortedDictionary<string, string>? Libraries { get; init; }

        public string? Error { get; init; }
    }

    private sealed record LibraryInfo
    {
        public SortedDictionary<string, string>? Libraries { get; init; }

        public string? Error { get; init; }
    }

    private sealed record InfoReport(
        string Version, string Runtime, string System, int Processors, long MemoryBytes, EngineInfo Engine, LibraryInfo Images);
}
