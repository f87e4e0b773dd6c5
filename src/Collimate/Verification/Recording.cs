using Collimate.Models;
using Collimate.Torch;
using Collimate.Torch.Serialization;

namespace Collimate.Verification;

/// <summary>
/// A checkpoint folder with recorded numbers beside the weights: <c>inputs.safetensors</c>, <c>outputs.safetensors</c>, and where there
/// are any <c>grads.safetensors</c> and <c>expected.json</c>. What is recorded decides what is compared.
/// </summary>
public sealed class Recording : IDisposable
{
    private readonly SafetensorsReader inputs;
    private readonly SafetensorsReader outputs;
    private readonly SafetensorsReader? gradients;
    private readonly HashSet<string> inputNames;

    private Recording(string folder, SafetensorsReader inputs, SafetensorsReader outputs, SafetensorsReader? gradients, ExpectedNumbers expected)
    {
        (Folder, Expected) = (folder, expected);
        (this.inputs, this.outputs, this.gradients) = (inputs, outputs, gradients);
        inputNames = [.. inputs.Names];
    }

    /// <summary>The folder.</summary>
    public string Folder { get; }

    /// <summary>Names of the recorded inputs.</summary>
    public IReadOnlyCollection<string> InputNames => inputNames;

    /// <summary>Names of the recorded outputs.</summary>
    public IReadOnlyList<string> OutputNames => outputs.Names;

    /// <summary>Names of the parameters whose gradients were recorded.</summary>
    public IReadOnlyList<string> GradientNames => gradients?.Names ?? [];

    internal ExpectedNumbers Expected { get; }

    /// <summary>Opens a folder.</summary>
    /// <exception cref="RecordingException">The folder is absent, holds no recording, or <c>expected.json</c> is damaged.</exception>
    /// <exception cref="CheckpointException">A safetensors file is damaged.</exception>
    public static Recording Open(string folder)
    {
        if (!Directory.Exists(folder))
        {
            throw new RecordingException($"{folder}: no such folder. Name the folder that holds config.json, model.safetensors, inputs.safetensors and outputs.safetensors.");
        }

        foreach (var name in (string[])["inputs.safetensors", "outputs.safetensors"])
        {
            if (!File.Exists(Path.Combine(folder, name)))
            {
                throw new RecordingException($"{Path.Combine(folder, name)}: absent. A recording holds inputs.safetensors and outputs.safetensors beside the model; docs/verify.md shows how to make them.");
            }
        }

        var opened = new List<SafetensorsReader>();
        try
        {
            var expected = ExpectedNumbers.Read(Path.Combine(folder, "expected.json"));
            foreach (var name in (string[])["inputs.safetensors", "outputs.safetensors", "grads.safetensors"])
            {
                var path = Path.Combine(folder, name);
                if (name != "grads.safetensors" || File.Exists(path))
                {
                    opened.Add(SafetensorsReader.Open(path));
                }
            }

            var recording = new Recording(folder, opened[0], opened[1], opened.Count > 2 ? opened[2] : null, expected);
            return recording.OutputNames.Count + recording.GradientNames.Count + expected.Losses.Count + expected.Generations.Count > 0
                ? recording
                : throw new RecordingException($"{folder}: nothing is recorded, neither outputs nor gradients, losses or generations; there is nothing to compare.");
        }
        catch
        {
            opened.ForEach(reader => reader.Dispose());
            throw;
        }
    }

    /// <summary>Lets go of the files.</summary>
    public void Dispose()
    {
        inputs.Dispose();
        outputs.Dispose();
        gradients?.Dispose();
    }

    /// <summary>Whether an input of that name was recorded.</summary>
    internal bool Has(string input) => inputNames.Contains(input);

    /// <summary>A recorded input.</summary>
    /// <exception cref="RecordingException">There is none of that name.</exception>
    internal Tensor Input(string name) => Has(name) ? inputs.Read(name) : throw new MissingInputException(name, Folder);

    /// <summary>A recorded input of whole numbers, <c>[rows, tokens]</c>.</summary>
    internal Tensor Ids(string name)
    {
        var ids = Input(name);
        return ids.Rank == 2 && !ids.Type.IsFloatingPoint() && ids.ElementCount > 0
            ? ids.To(ScalarType.Int64)
            : throw new RecordingException($"{Path.Combine(Folder, "inputs.safetensors")}: '{name}' is {ids}; expected whole numbers [rows, tokens].");
    }

    /// <summary>A recorded mask over tokens, or null where none was recorded.</summary>
    internal TokenMask? Mask(string name)
    {
        if (!Has(name))
        {
            return null;
        }

        var ids = Ids(name);
        return new TokenMask([.. ids.ToArray<long>().Select(one => one != 0 ? 1 : 0)], (int)ids.Size(0), (int)ids.Size(1));
    }

    internal Tensor Output(string name) => outputs.Read(name);

    internal Tensor Gradient(string name) => gradients!.Read(name);

    /// <summary>The configuration's <c>model_type</c>; null for a folder without a model.</summary>
    internal string? ReadModelType()
    {
        var file = CheckpointFolder.ConfigFile(Folder);
        return File.Exists(file) ? ConfigSection.Load(file).Text("model_type") ?? throw new RecordingException($"{file}: 'model_type' is absent, so nobody knows which family this is.") : null;
    }
}
