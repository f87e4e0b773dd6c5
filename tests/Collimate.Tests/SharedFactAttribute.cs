namespace Collimate.Tests;

/// <summary>A test that reads reference files kept beside the project; skipped, saying so, where they are absent.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class SharedFactAttribute : FactAttribute
{
    /// <param name="relativePath">The file or folder needed, below the shared folder.</param>
    public SharedFactAttribute(string relativePath)
    {
        if (SharedFiles.Find(relativePath) is null)
        {
            Skip = $"needs {relativePath} in the shared reference folder beside the project";
        }
    }
}

/// <summary>Where the reference files lie that are not part of the project.</summary>
public static class SharedFiles
{
    /// <summary>The full path of a shared file or folder, or null where it is absent.</summary>
    public static string? Find(string relativePath)
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            var candidate = Path.Combine(folder.FullName, "shared", relativePath);
            if (Path.Exists(candidate))
            {
                return candidate;
            }
        }

        return null;
    }

    /// <summary>The full path of a shared file or folder that must exist.</summary>
    public static string Require(string relativePath) =>
        Find(relativePath) ?? throw new FileNotFoundException($"{relativePath} is absent from the shared folder");
}
