using Collimate.Models.Llava;
using Collimate.Torch;
using Collimate.Torch.Serialization;

namespace Collimate.Adapters;

/// <summary>An adapter on disk as the PEFT library has it: a folder with <c>adapter_config.json</c> and <c>adapter_model.safetensors</c>.</summary>
public static class PeftFolder
{
    /// <summary>The weights' file name.</summary>
    public const string WeightsName = "adapter_model.safetensors";

    /// <summary>The name that PEFT gives an adapter whose user gave none.</summary>
    public const string DefaultName = "default";

    private const string Prefix = "base_model.model.";
    private const string NewerMagnitude = AdapterPlan.MagnitudeSuffix + ".weight";
    private const int MostLines = 20;

    /// <summary>Whether a folder holds an adapter.</summary>
    public static bool IsOne(string folder) => File.Exists(Path.Combine(folder, PeftConfig.FileName));

    /// <summary>Writes an adapter. The configuration comes last, so that a folder without it is known to be incomplete.</summary>
    /// <param name="set">The model's adapters.</param>
    /// <param name="name">Which of them.</param>
    /// <param name="folder">The folder; made where absent.</param>
    /// <param name="type">The type in which numbers are stored; the adapter's own where null.</param>
    /// <exception cref="AdapterException">There is none of that name.</exception>
    public static void Save(AdapterSet set, string name, string folder, ScalarType? type = null)
    {
        using var scope = new TensorScope();
        var state = set.StateOf(name).ToDictionary(entry => Prefix + entry.Name, entry => type is { } wanted ? entry.Value.To(wanted) : entry.Value);
        Directory.CreateDirectory(folder);
        SafetensorsWriter.Write(Path.Combine(folder, WeightsName), state, new Dictionary<string, string> { ["format"] = "pt" });
        PeftConfig.Write(set.ConfigOf(name), set.PathsOf(name), Path.Combine(folder, PeftConfig.FileName));
    }

    /// <summary>Reads an adapter and puts it on a model, where it is active at once.</summary>
    /// <param name="model">The model, with the weights that the adapter was trained on.</param>
    /// <param name="folder">The adapter's folder.</param>
    /// <param name="name">What to call it.</param>
    /// <returns>The model's adapters.</returns>
    /// <exception cref="CheckpointException">A file is absent or damaged, or the adapter does not fit the model; the model is as it was then.</exception>
    /// <exception cref="AdapterException">The model has an adapter of that name.</exception>
    public static AdapterSet Load(Module model, string folder, string name = DefaultName)
    {
        var file = Path.Combine(folder, PeftConfig.FileName);
        var config = PeftConfig.Read(file);
        using var scope = new TensorScope();
        AdapterPlan plan;
        try
        {
            plan = AdapterPlan.Make(model, config, everyName: false);
        }
        catch (AdapterException misfit)
        {
            throw new CheckpointException($"{file}: {misfit.Message}", misfit) { Place = file };
        }

        var state = Read(Path.Combine(folder, WeightsName), plan.Tensors().ToDictionary(entry => entry.Name, entry => entry.Shape, StringComparer.Ordinal));
        var set = AdapterSet.Of(model);
        set.Add(name, plan, generator: null);
        Fill(set, name, state);
        return set;
    }

    /// <summary>Gives an adapter that is on the model the values of a folder.</summary>
    /// <param name="set">The model's adapters.</param>
    /// <param name="name">Which of them.</param>
    /// <param name="folder">A folder of an adapter of the same shape.</param>
    /// <exception cref="CheckpointException">The file is absent or damaged, or its tensors differ from the adapter's; nothing has been changed then.</exception>
    public static void LoadInto(AdapterSet set, string name, string folder)
    {
        using var scope = new TensorScope();
        var expected = set.StateOf(name).ToDictionary(entry => entry.Name, entry => entry.Value.Shape, StringComparer.Ordinal);
        Fill(set, name, Read(Path.Combine(folder, WeightsName), expected));
    }

    private static void Fill(AdapterSet set, string name, IReadOnlyDictionary<string, Tensor> state)
    {
        using var _ = GradMode.Disable();
        foreach (var (entry, target) in set.StateOf(name))
        {
            target.CopyFrom_(state[entry]);
        }
    }

    private static Dictionary<string, Tensor> Read(string file, Dictionary<string, long[]> expected)
    {
        using var reader = SafetensorsReader.Open(file);
        var state = new Dictionary<string, Tensor>(StringComparer.Ordinal);
        var problems = new List<string>();
        foreach (var name in reader.Names)
        {
            var value = reader.Read(name);
            var known = Ours(name, expected);
            if (known is null || !state.TryAdd(known, value))
            {
                problems.Add($"unexpected  {name} {value}");
            }
            else if (!value.Shape.SequenceEqual(expected[known]))
            {
                problems.Add($"shape       {name}: found {value}, expected [{string.Join(", ", expected[known])}]");
            }
            else if (!value.Type.IsFloatingPoint())
            {
                problems.Add($"type        {name}: found {value}, expected floating-point numbers");
            }
        }

        problems.AddRange(expected.Where(entry => !state.ContainsKey(entry.Key)).Select(entry => $"missing     {Prefix}{entry.Key} [{string.Join(", ", entry.Value)}]"));
        if (problems.Count == 0)
        {
            return state;
        }

        var rest = problems.Count > MostLines ? $"\n  … and {problems.Count - MostLines} more" : "";
        throw new CheckpointException(
            $"{file} does not fit the model and {PeftConfig.FileName} ({expected.Count} tensors are expected, {reader.Names.Count} were found, {problems.Count} differ):\n" +
            $"{string.Join('\n', problems.Take(MostLines).Select(line => $"  {line}"))}{rest}\nUse the model that the adapter was trained on.") { Place = file };
    }

    // Newer versions of the library move parts of LLaVA's models, and write the magnitude as a module's weight.
    private static string? Ours(string name, Dictionary<string, long[]> expected)
    {
        if (!name.StartsWith(Prefix, StringComparison.Ordinal))
        {
            return null;
        }

        var bare = name[Prefix.Length..];
        bare = bare.EndsWith(NewerMagnitude, StringComparison.Ordinal) ? bare[..^".weight".Length] : bare;
        var published = LlavaNames.Published(bare);
        return expected.ContainsKey(bare) ? bare : expected.ContainsKey(published) ? published : null;
    }
}
