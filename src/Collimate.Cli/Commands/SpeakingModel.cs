using System.CommandLine;
using Collimate.Cli.Display;
using Collimate.Recipes.Schema;
using Collimate.Torch;

namespace Collimate.Cli.Commands;

/// <summary>Reads the model that <c>ask</c> and <c>chat</c> speak with.</summary>
internal static class SpeakingModel
{
    /// <summary>The option <c>--precision</c>.</summary>
    public static Option<string> PrecisionOption()
    {
        var option = new Option<string>("--precision")
        {
            Description = "The type that the model computes in: fp32, or bf16 for half the memory.", HelpName = "TYPE", DefaultValueFactory = _ => "fp32",
        };
        option.AcceptOnlyFromAmong("fp32", "bf16");
        return option;
    }

    /// <summary>Reads a model.</summary>
    /// <param name="folder">Its folder.</param>
    /// <param name="precision">The value of <c>--precision</c>.</param>
    /// <param name="strict">The value of <c>--strict</c>.</param>
    /// <param name="io">Where what was left out is listed.</param>
    /// <param name="adapter">The value of <c>--adapter</c>.</param>
    public static BuiltModel Load(string folder, string? precision, bool strict, CommandIo io, string? adapter = null)
    {
        var built = CheckpointOptionSet.Load(strict, io, () => ModelFolder.Load(folder));
        AdapterOptionSet.Load(adapter, built.Model);
        AdapterOptionSet.Merge(true, built.Model); // it will not be trained, and answers faster so
        built.Model.Fusion.MergeInto(built.Model.Language);
        if (precision == "bf16")
        {
            built.Model.To(ScalarType.BFloat16);
        }

        return built;
    }
}
