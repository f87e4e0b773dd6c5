namespace Collimate.Cli.Commands;

/// <summary>A model's folder and what requests call it.</summary>
/// <param name="Name">What requests call it.</param>
/// <param name="Folder">The folder.</param>
internal sealed record NamedFolder(string Name, string Folder)
{
    /// <summary>Reads <c>NAME=FOLDER</c>, or a folder whose own name it takes.</summary>
    public static NamedFolder Parse(string word)
    {
        // A folder may have '=' in its name; then it is there.
        var split = Directory.Exists(word) ? -1 : word.IndexOf('=', StringComparison.Ordinal);
        return split > 0 ? new(word[..split], word[(split + 1)..]) : new(InspectedModel.NameOf(word), word);
    }

    /// <summary>Refuses names that two folders have.</summary>
    /// <exception cref="UsageException">There is such a name.</exception>
    public static void CheckNames(IReadOnlyList<NamedFolder> folders)
    {
        if (folders.GroupBy(folder => folder.Name).FirstOrDefault(alike => alike.Count() > 1) is { Key: var name })
        {
            throw new UsageException($"two models are called '{name}'; give one another name, as NAME=FOLDER");
        }
    }
}
