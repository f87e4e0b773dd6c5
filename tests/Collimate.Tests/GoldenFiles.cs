namespace Collimate.Tests;

/// <summary>Where the reference numbers of <c>tests/Golden</c> lie.</summary>
public static class GoldenFiles
{
    /// <summary>The full path of a file or folder of reference numbers.</summary>
    /// <param name="relativePath">Its path below <c>tests/Golden</c>.</param>
    /// <exception cref="FileNotFoundException">There is none of that name.</exception>
    public static string Require(string relativePath)
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            var candidate = Path.Combine(folder.FullName, "tests", "Golden", relativePath);
            if (Path.Exists(candidate))
            {
                return candidate;
            }
        }

        throw new FileNotFoundException($"tests/Golden/{relativePath} is absent; run the tests from a checkout of the repository");
    }
}
