using System.Text.Json.Nodes;
using Collimate.Torch;
using Collimate.Torch.Layers;
using Collimate.Torch.Serialization;

namespace Collimate.Models;

/// <summary>
/// A model on disk in Hugging Face's layout: a folder with <c>config.json</c> and <c>model.safetensors</c>. Weights are mapped into memory, not
/// read, wherever the model wants them as the file has them.
/// </summary>
internal static class CheckpointFolder
{
    public const string WeightsName = "model.safetensors";

    private const long SpareElements = 1 << 20;
    private const long SpareTensors = 1000;

    // Constants that some versions of Transformers stored beside the weights; they follow from the configuration.
    private static readonly string[] DerivedNames = [".position_ids", ".rotary_emb.inv_freq"];

    /// <summary>Where a folder's configuration lies.</summary>
    public static string ConfigFile(string folder) => Path.Combine(folder, "config.json");

    /// <summary>Makes a model and fills it from a folder's weights: every parameter must be there, in the shape that the configuration says, and nothing else.</summary>
    /// <param name="make">Makes the model from the folder's configuration; no weights are drawn meanwhile, and what it may allocate is bounded by what the weights hold.</param>
    /// <param name="folder">The folder.</param>
    /// <param name="redundant">Names that may stand in the file although the model does not hold them, such as the head of a tied decoder.</param>
    /// <returns>The model; it is released where the weights do not fit</returns>
    /// <exception cref="CheckpointException">A file is absent or damaged, or names or shapes do not fit; the message lists them.</exception>
    public static T Filled<T>(Func<T> make, string folder, params IReadOnlyList<string> redundant)
        where T : Module => Filled(make, folder, ScalarType.Float32, name => name, redundant);

    /// <summary>The same with weights of a chosen type.</summary>
    /// <param name="make">Makes the model from the folder's configuration.</param>
    /// <param name="folder">The folder.</param>
    /// <param name="type">The type of the weights; as the file stores them where null. Where file and model agree, the weights are the mapped file.</param>
    /// <param name="redundant">Names that may stand in the file although the model does not hold them.</param>
    public static T Filled<T>(Func<T> make, string folder, ScalarType? type, params IReadOnlyList<string> redundant)
        where T : Module => Filled(make, folder, type, name => name, redundant);

    /// <summary>The same for a file whose names are not the model's own.</summary>
    /// <param name="make">Makes the model from the folder's configuration.</param>
    /// <param name="folder">The folder.</param>
    /// <param name="rename">The model's name for a name of the file.</param>
    /// <param name="redundant">Names, of the model's kind, that may stand in the file although the model does not hold them.</param>
    public static T Filled<T>(Func<T> make, string folder, Func<string, string> rename, IReadOnlyList<string> redundant)
        where T : Module => Filled(make, folder, ScalarType.Float32, rename, redundant);

    /// <summary>The same with weights of a chosen type, for a file whose names are not the model's own.</summary>
    public static T Filled<T>(Func<T> make, string folder, ScalarType? type, Func<string, string> rename, IReadOnlyList<string> redundant)
        where T : Module
    {
        using var reader = SafetensorsReader.OpenFolder(folder);
        using var deferred = Initialization.Defer();
        var model = Made(make, reader, ConfigFile(folder));
        try
        {
            Fill(model, reader, folder, type, rename, redundant);
            return model;
        }
        catch
        {
            model.Dispose();
            throw;
        }
    }

    /// <summary>Makes a model for weights that are there already. Twice what they hold may be asked for, so that a model which does not fit them is still compared with them name by name.</summary>
    /// <param name="make">Makes the model.</param>
    /// <param name="reader">The weights.</param>
    /// <param name="configFile">Where the model's shape was read, for messages.</param>
    /// <exception cref="CheckpointException">The model would be far larger than its weights, or cannot be made at all.</exception>
    public static T Made<T>(Func<T> make, SafetensorsReader reader, string configFile)
        where T : Module
    {
        try
        {
            using var budget = AllocationBudget.Begin(checked((2 * reader.ElementCount) + SpareElements), (4L * reader.Names.Count) + SpareTensors);
            return make();
        }
        catch (AllocationBudgetException failure)
        {
            throw new CheckpointException(
                $"{configFile}: describes a model with {failure.Demand}, but its weights are {reader.Names.Count} tensors of {reader.ElementCount} numbers. Use the configuration file that belongs to these weights.", failure);
        }
        catch (Exception failure) when (failure is ArgumentException or ArithmeticException or TorchException or InvalidOperationException or OutOfMemoryException)
        {
            throw new CheckpointException($"{configFile}: describes a model that cannot be made ({failure.Message.TrimEnd('.')}). Use the configuration file that belongs to these weights.", failure);
        }
    }

    /// <summary>Writes a model's configuration and weights; each file appears only when it is complete.</summary>
    public static void Save(Module model, JsonObject config, string folder)
    {
        Directory.CreateDirectory(folder);
        using var scope = new TensorScope();
        SafetensorsWriter.Write(Path.Combine(folder, WeightsName), model.StateDict(), new Dictionary<string, string> { ["format"] = "pt" });
        ConfigSection.Save(config, ConfigFile(folder));
    }

    private static void Fill(Module model, SafetensorsReader reader, string folder, ScalarType? type, Func<string, string> rename, IReadOnlyList<string> redundant)
    {
        using var scope = new TensorScope();
        var state = new Dictionary<string, Tensor>();
        foreach (var name in reader.Names)
        {
            var ours = rename(name);
            if (!redundant.Contains(ours) && !Array.Exists(DerivedNames, ours.EndsWith) && !state.TryAdd(ours, reader.Read(name)))
            {
                throw CheckpointException.At(folder, name, $"it beside another tensor that is called '{ours}' too", "every tensor once", "Use files that were written by one version of one program.");
            }
        }

        model.AdoptStateDict(state, type, strict: true, origin: folder);
    }
}
