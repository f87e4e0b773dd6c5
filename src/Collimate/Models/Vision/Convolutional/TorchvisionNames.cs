using System.Text.RegularExpressions;

namespace Collimate.Models.Vision.Convolutional;

/// <summary>Translates torchvision's names of a residual network's tensors to Hugging Face's.</summary>
internal static partial class TorchvisionNames
{
    /// <summary>Whether a file's tensors carry torchvision's names.</summary>
    public static bool AreIn(IEnumerable<string> names) => names.Contains("conv1.weight");

    /// <summary>Whether a tensor belongs to the head.</summary>
    public static bool IsHead(string name) => name.StartsWith("fc.", StringComparison.Ordinal);

    /// <summary>Hugging Face's name; a name of neither stays as it is, to be reported as it stands in the file.</summary>
    /// <param name="name">torchvision's name.</param>
    /// <param name="hasHead">Whether the model has a head for classes, whose body's names then begin with <c>resnet.</c></param>
    public static string ToHuggingFace(string name, bool hasHead)
    {
        if (IsHead(name))
        {
            return "classifier.1." + name[3..];
        }

        var body = hasHead ? "resnet." : "";
        if (Stem().Match(name) is { Success: true } stem)
        {
            return $"{body}embedder.embedder.{Kind(stem.Groups[1].Value)}.{stem.Groups[2].Value}";
        }

        if (Layer().Match(name) is not { Success: true } match)
        {
            return name;
        }

        string Part(int group) => match.Groups[group].Value;
        var layer = $"{body}encoder.stages.{int.Parse(Part(1)) - 1}.layers.{Part(2)}";
        return match.Groups[5].Success
            ? $"{layer}.shortcut.{(Part(5) == "0" ? "convolution" : "normalization")}.{Part(6)}"
            : $"{layer}.layer.{int.Parse(Part(4)) - 1}.{Kind(Part(3))}.{Part(6)}";
    }

    private static string Kind(string word) => word == "conv" ? "convolution" : "normalization";

    [GeneratedRegex(@"^(conv|bn)1\.(\w+)$")]
    private static partial Regex Stem();

    [GeneratedRegex(@"^layer([1-8])\.(\d{1,3})\.(?:(conv|bn)([1-3])|downsample\.([01]))\.(\w+)$")]
    private static partial Regex Layer();
}
