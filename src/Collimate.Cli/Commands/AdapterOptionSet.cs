using System.CommandLine;
using Collimate.Adapters;
using Collimate.Recipes.Schema;
using Collimate.Torch;

namespace Collimate.Cli.Commands;

/// <summary>The options of commands that take a model with adapters.</summary>
internal static class AdapterOptionSet
{
    /// <summary>The option <c>--adapter</c>.</summary>
    public static Option<string?> AdapterOption() => new("--adapter")
    {
        Description = $"A LoRA or DoRA adapter for the model, in PEFT's format: a folder with adapter_config.json and {PeftFolder.WeightsName}.", HelpName = "DIR",
    };

    /// <summary>The option <c>--merge</c>.</summary>
    public static Option<bool> MergeOption() => new("--merge") { Description = "Write the adapters into the weights, so that the result needs none." };

    /// <summary>Puts an adapter, where one is named, on a model.</summary>
    /// <param name="folder">The value of <c>--adapter</c>.</param>
    /// <param name="model">The model; released where the adapter does not fit.</param>
    public static void Load(string? folder, Module model)
    {
        if (folder is null)
        {
            return;
        }

        try
        {
            var taken = AdapterSet.Find(model)?.Names ?? [];
            PeftFolder.Load(model, folder, taken.Contains(PeftFolder.DefaultName) ? $"from-the-command-line-{taken.Count}" : PeftFolder.DefaultName);
        }
        catch
        {
            model.Dispose();
            throw;
        }
    }

    /// <summary>Merges a model's adapters, where it has any and that is asked for.</summary>
    /// <param name="merge">The value of <c>--merge</c>.</param>
    /// <param name="model">The model.</param>
    public static void Merge(bool merge, Module model)
    {
        if (merge)
        {
            AdapterSet.Find(model)?.MergeForGood();
        }
    }

    /// <summary>Writes the adapters of a model beside its exported weights.</summary>
    /// <param name="model">The model.</param>
    /// <param name="folder">The exported folder.</param>
    /// <returns>What to say about it.</returns>
    public static string WriteBeside(Module model, string folder)
    {
        if (AdapterSet.Find(model) is not { Names.Count: > 0 } set)
        {
            return "";
        }

        AdapterParts.Save(model, folder);
        return $", its adapters ({string.Join(", ", set.Names)}) in {Path.Combine(folder, AdapterParts.FolderName)}";
    }
}
