using System.Reflection;
using System.Runtime.InteropServices;

namespace Collimate.Torch;

/// <summary>Finds the native libraries that the set-up built, and says where it looked when it cannot.</summary>
public static class NativeLibraries
{
    /// <summary>The environment variable that names the folder of the native libraries.</summary>
    public const string FolderVariable = "COLLIMATE_NATIVE";

    /// <summary>Makes <c>[LibraryImport(name)]</c> in <paramref name="assembly"/> load <paramref name="name"/> from the project's native folder.</summary>
    /// <param name="assembly">The assembly whose imports are resolved.</param>
    /// <param name="name">The library's bare name, such as <c>collimate_torch</c>.</param>
    /// <param name="beforeLoad">Runs once, just before the library is loaded.</param>
    /// <param name="afterLoad">Runs once with the loader's handle, before the first call: the place for a version handshake.</param>
    public static void Register(Assembly assembly, string name, Action? beforeLoad = null, Action<nint>? afterLoad = null)
    {
        nint handle = 0;
        var gate = new Lock();
        NativeLibrary.SetDllImportResolver(assembly, (wanted, _, _) =>
        {
            if (wanted != name)
            {
                return 0;
            }

            lock (gate)
            {
                if (handle == 0)
                {
                    beforeLoad?.Invoke();
                    handle = Load(name);
                    afterLoad?.Invoke(handle);
                }

                return handle;
            }
        });
    }

    /// <summary>Loads a native library of this project.</summary>
    /// <param name="name">The library's bare name, such as <c>collimate_torch</c>.</param>
    /// <returns>The loader's handle.</returns>
    /// <exception cref="DllNotFoundException">No candidate could be loaded; the message lists each with the loader's own words.</exception>
    public static nint Load(string name)
    {
        var attempts = new List<string>();
        foreach (var folder in CandidateFolders())
        {
            var path = Path.Combine(folder, $"lib{name}.so");
            if (!File.Exists(path))
            {
                attempts.Add($"  {path}: no such file");
                continue;
            }

            try
            {
                return NativeLibrary.Load(path);
            }
            catch (Exception failure) when (failure is DllNotFoundException or BadImageFormatException)
            {
                attempts.Add($"  {path}: {failure.Message}");
            }
        }

        throw new DllNotFoundException(
            $"The native library '{name}' could not be loaded. Build it by running ./collimate or ./test once, " +
            $"or set {FolderVariable} to the folder that holds it. Tried:\n{string.Join('\n', attempts)}");
    }

    private static IEnumerable<string> CandidateFolders()
    {
        if (Environment.GetEnvironmentVariable(FolderVariable) is { Length: > 0 } chosen)
        {
            yield return chosen;
        }

        yield return AppContext.BaseDirectory;
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            foreach (var place in (string[])["artifacts/native", "artifacts/native-build"])
            {
                var path = Path.Combine(folder.FullName, place);
                if (Directory.Exists(path))
                {
                    yield return path;
                }
            }
        }
    }
}
