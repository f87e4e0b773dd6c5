namespace Collimate.Tests.Verification;

/// <summary>Every folder of <c>tests/Golden</c> that holds a recording, and copies of them that a test may damage.</summary>
internal static class RecordedFolders
{
    public static TheoryData<string> All
    {
        get
        {
            var root = Path.GetDirectoryName(GoldenFiles.Require("README.md"))!;
            var data = new TheoryData<string>();
            foreach (var folder in Directory.GetDirectories(root).Where(folder => File.Exists(Path.Combine(folder, "outputs.safetensors"))).Order(StringComparer.Ordinal))
            {
                data.Add(Path.GetFileName(folder));
            }

            return data;
        }
    }

    /// <summary>Copies a folder's files.</summary>
    public static string Copy(string name, string target)
    {
        Directory.CreateDirectory(target);
        foreach (var file in Directory.GetFiles(GoldenFiles.Require(name)))
        {
            File.Copy(file, Path.Combine(target, Path.GetFileName(file)));
        }

        return target;
    }

    /// <summary>Rewrites a safetensors file tensor by tensor.</summary>
    public static void Edit(string file, Action<Dictionary<string, Collimate.Torch.Tensor>> change)
    {
        using var scope = new Collimate.Torch.TensorScope();
        using var reader = Collimate.Torch.Serialization.SafetensorsReader.Open(file);
        var tensors = reader.ReadAll().ToDictionary(entry => entry.Key, entry => entry.Value.Clone());
        change(tensors);
        Collimate.Torch.Serialization.SafetensorsWriter.Write(file, tensors);
    }
}
