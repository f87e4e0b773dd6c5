using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Collimate.Adapters;
using Collimate.Alignment.Conditioning;
using Collimate.Alignment.Towers;
using Collimate.Models;
using Collimate.Recipes.Schema;
using Collimate.Torch;

namespace Collimate.Training.Features;

/// <summary>What decides over a picture's features beside the picture: preprocessing, the tower with all its weights, and how this machine computes it.</summary>
internal static class FeatureSpace
{
    private const string VisionPart = "vision";

    /// <summary>Why a stage's features cannot be kept; null where they can.</summary>
    /// <param name="built">The model.</param>
    /// <param name="stage">The stage.</param>
    public static string? Obstacle(BuiltModel built, StageRecipe stage)
    {
        var model = built.Model;
        if (built.Processor is null || model.Vision is NoTower)
        {
            return "the model has no vision tower";
        }

        if (model.Conditioning is not NoConditioning)
        {
            return "the model's conditioning lets the text steer the eye, so that a picture looks different under each question";
        }

        if (stage.LearningRates.Keys.Any(part => part == VisionPart || ModelParts.TowerOf(part) is not null))
        {
            return "the stage trains the vision tower, so that a picture looks different after each step";
        }

        var adapters = AdapterSet.Find(model);
        return adapters?.Names.FirstOrDefault(name => adapters.PathsOf(name).Any(path => path.StartsWith(ModelParts.Prefix(VisionPart), StringComparison.Ordinal))) is { } adapter
            ? $"the adapter '{adapter}' is on the vision tower and changes what it sees"
            : null;
    }

    /// <summary>
    /// The fingerprint of what computes features, 32 bytes. The tower's answer to a fixed picture is part of it: choice of layer, precision and the kernels
    /// of this machine all show in it.
    /// </summary>
    /// <param name="built">The model.</param>
    /// <param name="precision">The type of matrix products; null for single precision.</param>
    public static byte[] Of(BuiltModel built, ScalarType? precision)
    {
        using var scope = new TensorScope();
        using var noGradient = GradMode.Disable();
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(Encoding.UTF8.GetBytes(JsonSerializer.Serialize(built.Processor!.Transform)));
        hash.AppendData(Encoding.UTF8.GetBytes($"{built.Model.Vision.GetType().Name} {precision} {built.Model.Device.Type} {TorchRuntime.Version}"));
        StateHash.Append(hash, built.Model.NamedState().Where(entry => entry.Name.StartsWith(ModelParts.Prefix(VisionPart), StringComparison.Ordinal)));
        hash.AppendData(Look(built, precision, [Noise(built, 1)])[0]);
        return hash.GetHashAndReset();
    }

    /// <summary>Whether the last bit of a picture's features depends on how many pictures are looked at together, or on its place among them.</summary>
    /// <param name="built">The model.</param>
    /// <param name="precision">The type of matrix products; null for single precision.</param>
    public static bool DependsOnCompany(BuiltModel built, ScalarType? precision)
    {
        var (first, second) = (Noise(built, 1), Noise(built, 2));
        var alone = Look(built, precision, [first])[0];
        return !new[] { Look(built, precision, [first, second])[0], Look(built, precision, [second, first])[1], Look(built, precision, [second, second, first])[2] }
            .All(answer => answer.AsSpan().SequenceEqual(alone));
    }

    // As training looks at them; each picture's answer.
    private static byte[][] Look(BuiltModel built, ScalarType? precision, float[][] pictures)
    {
        using var scope = new TensorScope();
        using var noGradient = GradMode.Disable();
        using var autocast = Autocast.EnableIf(precision, built.Model.Device.Type);
        var size = built.Processor!.OutputSize;
        var pixels = Tensor.From([.. pictures.SelectMany(picture => picture)], [pictures.Length, 3, size.Height, size.Width], built.Model.Device);
        return [.. StoredFeatures.Split(FrozenSight.Encode(built.Model.Vision, pixels.To(built.Model.Language.EmbeddingWeight.Type), null, training: true))];
    }

    // The same numbers for the same seed, in every version of .NET.
    private static float[] Noise(BuiltModel built, int seed)
    {
        var random = new Random(seed);
        var picture = new float[built.Processor!.OutputLength];
        for (var k = 0; k < picture.Length; k++)
        {
            picture[k] = (float)((2 * random.NextDouble()) - 1);
        }

        return picture;
    }
}
