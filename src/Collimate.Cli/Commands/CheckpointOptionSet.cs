using System.CommandLine;
using Collimate.Cli.Display;
using Collimate.Torch;

namespace Collimate.Cli.Commands;

/// <summary>The option of every command that reads a checkpoint: whether one that does not fit its configuration is refused.</summary>
internal static class CheckpointOptionSet
{
    /// <summary>The option <c>--strict</c>.</summary>
    public static Option<bool> StrictOption() => new("--strict")
    {
        Description = "Whether weights that do not fit the configuration are an error; --strict=false takes over what fits and lists the rest.", HelpName = "true|false", DefaultValueFactory = _ => true,
    };

    /// <summary>Reads a checkpoint as the command line says, and lists what was left out.</summary>
    /// <param name="strict">The value of <c>--strict</c>.</param>
    /// <param name="io">Where the table goes: to the error stream, beside the results.</param>
    /// <param name="load">Reads it.</param>
    public static T Load<T>(bool strict, CommandIo io, Func<T> load)
    {
        if (strict)
        {
            return load();
        }

        using var lenient = LenientLoading.Begin();
        var loaded = load();
        if (lenient.Ignored.Count > 0)
        {
            var table = new TextTable("ignored", "tensor", "in the file", "in the model");
            foreach (var difference in lenient.Ignored)
            {
                table.Row($"{difference.Kind}".ToLowerInvariant(), difference.Name, difference.Found ?? "", difference.Expected ?? "");
            }

            io.Error.Write(table.ToString());
            io.Error.WriteLine($"{lenient.Ignored.Count} tensors were not taken over; those that are missing or of another shape keep random values.");
        }

        return loaded;
    }
}
