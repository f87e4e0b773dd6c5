using System.Text;

namespace Collimate.Benchmarks;

/// <summary>A page of figures with what they depend on, in <c>benchmarks/results</c>.</summary>
internal sealed class ResultFile(string title)
{
    private readonly StringBuilder body = new();
    private readonly string load = Surroundings.Load;

    /// <summary>Adds a line to the page and to the screen.</summary>
    public void Add(string line)
    {
        Console.WriteLine(line);
        body.Append(line).Append('\n');
    }

    /// <summary>Writes the page, whole or not at all.</summary>
    /// <param name="folder">Where; nothing is written where null.</param>
    /// <param name="what">The last part of its name.</param>
    /// <param name="command">What was typed.</param>
    /// <param name="limit">One sentence on what limits the figures.</param>
    public void Write(string? folder, string what, string command, string limit)
    {
        if (folder is null)
        {
            return;
        }

        Directory.CreateDirectory(folder);
        var path = Path.Combine(folder, $"{DateTime.UtcNow:yyyy-MM-dd}-{what}.md");
        var page = $"""
            # {title}

            - commit: {Surroundings.Commit}
            - machine: {Surroundings.Machine}
            - versions: {Surroundings.Versions}
            - load before the run: {load} (about 0 on an idle machine; what other work takes from one side it takes from both)
            - command: `{command}`

            {body.ToString().TrimEnd()}

            What limits it: {limit}

            """;
        using (var file = new FileStream(path + ".part", FileMode.Create))
        {
            file.Write(Encoding.UTF8.GetBytes(page));
            file.Flush(flushToDisk: true);
        }

        File.Move(path + ".part", path, overwrite: true);
        Console.WriteLine($"written to {path}");
    }
}
