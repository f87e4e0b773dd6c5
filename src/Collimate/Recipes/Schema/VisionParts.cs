using Collimate.Alignment.Towers;
using Collimate.Imaging;
using Collimate.Models;
using Collimate.Models.Llava;
using Collimate.Models.Vision;
using Collimate.Models.Vision.Convolutional;
using Collimate.Torch.Serialization;

namespace Collimate.Recipes.Schema;

/// <summary>Makes eyes of a checkpoint folder: the file's <c>model_type</c> says of which family.</summary>
internal static class VisionParts
{
    /// <summary>The tower that a recipe names, with its weights unless a trained model's are to follow.</summary>
    /// <exception cref="CheckpointException">A file is absent or damaged, or says something that is not supported.</exception>
    public static IVisionTower Tower(EncoderTowerOptions options, SeamContext context)
    {
        var (folder, withWeights) = (context.VisionFolder(options.Path), context.ModelFolder is null);
        var file = CheckpointFolder.ConfigFile(folder);
        var picture = Preprocessing(options, context).OutputSize;
        var config = ConfigSection.Load(file);
        if (config.Text("model_type") == ResNetConfig.ModelType)
        {
            var network = withWeights ? ResNet.Load(folder, withHead: false) : new ResNet(ResNetConfig.Load(file) with { ClassCount = null });
            return Owned(network, () => new ResNetTower(network, options.States is [var stage] ? stage : throw new ArgumentOutOfRangeException(nameof(options), options.States.Count, "a ResNet hands on one stage"), picture), options, folder);
        }

        var shape = VisionConfig.ReadRoot(config);
        var own = new ImageSize(shape.ImageSize, shape.ImageSize);
        if (picture != own && options.ImageSize is null && shape.Family != EncoderFamily.Dinov2)
        {
            throw new CheckpointException(
                $"{folder}: preprocessor_config.json makes pictures of {picture}, but config.json describes a tower for {own}; to stretch its positions over other sizes, give the recipe's tower an image_size");
        }

        var vision = withWeights ? VisionTransformer.Load(folder) : new VisionTransformer(shape);
        return Owned(vision, () => Tower(vision, Counted(options, shape), options.Patches == FeatureSelection.Full, picture), options, folder);
    }

    /// <summary>How pictures are prepared for that tower.</summary>
    /// <exception cref="ImageException">The folder says nothing about it, or something that is not understood.</exception>
    public static ImageTransform Preprocessing(EncoderTowerOptions options, SeamContext context)
    {
        var transform = ImageTransform.Load(context.VisionFolder(options.Path));
        return options.ImageSize is { } side ? transform.ForSide(side) : transform;
    }

    private static EncoderTower Tower(VisionTransformer vision, IReadOnlyList<int> layers, bool withClassToken, ImageSize picture) => layers is [var layer]
        ? new EncoderTower(vision, layer, withClassToken ? 0 : null, picture)
        : new EncoderTower(vision, layers, finalNorm: false, withClassToken || !vision.Config.HasClassToken ? 0 : 1, picture);

    private static IReadOnlyList<int> Counted(EncoderTowerOptions options, VisionConfig shape) => options.States.Min() >= -shape.LayerCount - 1
        ? options.States
        : throw new ArgumentOutOfRangeException(nameof(options), options.States.Min(), $"a tower of {shape.LayerCount} layers has hidden states -1 to {-shape.LayerCount - 1}");

    private static IVisionTower Owned(Torch.Module model, Func<IVisionTower> make, EncoderTowerOptions options, string folder)
    {
        try
        {
            return make();
        }
        catch (ArgumentOutOfRangeException wrong)
        {
            model.Dispose();
            throw new CheckpointException($"{folder}: the recipe's layer {string.Join(", ", options.States)} is not there: {wrong.Message}", wrong);
        }
    }
}
