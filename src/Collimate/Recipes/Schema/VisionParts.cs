using Collimate.Alignment.Towers;
using Collimate.Imaging;
using Collimate.Models;
using Collimate.Models.Llava;
using Collimate.Models.Vision;
using Collimate.Models.Vision.Convolutional;
using Collimate.Torch;
using Collimate.Torch.Serialization;

namespace Collimate.Recipes.Schema;

/// <summary>Makes eyes of checkpoint folders: the file's <c>model_type</c> says of which family.</summary>
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

    /// <summary>Several towers, their patches side by side.</summary>
    public static IVisionTower Fused(FusedTowerOptions options, SeamContext context)
    {
        var sheet = PictureSheet.Of([.. Preprocessing(options, context).Select(transform => transform.OutputSize)]);
        var towers = new List<EncoderTower>();
        try
        {
            foreach (var (at, one) in options.Towers.Index())
            {
                towers.Add(Transformer(Tower(one, context.ForTower(at)), "towers"));
            }

            return new FusedTower([.. towers.Select((tower, at) => (tower, sheet.Regions[at]))], options.Interpolate);
        }
        catch (Exception wrong)
        {
            towers.ForEach(tower => tower.Dispose());
            throw wrong is ArgumentException ? new MisfitException(wrong.Message, "towers") : wrong;
        }
    }

    /// <summary>One tower at several scales.</summary>
    public static IVisionTower MultiScale(MultiScaleOptions options, SeamContext context)
    {
        var sheet = PictureSheet.Of([.. Preprocessing(options, context).Select(transform => transform.OutputSize)]);
        var tower = Transformer(Tower(options.Tower, context), "tower");
        try
        {
            return new MultiScaleTower(tower, [.. options.Scales.Select((scale, at) => (scale, sheet.Regions[at]))]);
        }
        catch (ArgumentException wrong)
        {
            tower.Dispose();
            throw new MisfitException(wrong.Message, "tower");
        }
    }

    /// <summary>How pictures are prepared for a recipe's tower: once, or once for each of its towers or scales.</summary>
    /// <param name="options">The options of its <c>vision</c>.</param>
    /// <param name="context">Where its paths start from.</param>
    /// <exception cref="ImageException">A folder says nothing about it, or something that is not understood.</exception>
    public static IReadOnlyList<ImageTransform> Preprocessing(object options, SeamContext context) => options switch
    {
        EncoderTowerOptions one => [Preprocessing(one, context)],
        FusedTowerOptions fused => [.. fused.Towers.Select((tower, at) => Preprocessing(tower, context.ForTower(at)))],
        MultiScaleOptions scaled => [.. scaled.Scales.Select(scale => Scaled(Preprocessing(scaled.Tower, context), scale))],
        _ => throw new ArgumentException($"{options.GetType().Name} are no options of a tower", nameof(options)),
    };

    /// <summary>How pictures are prepared for one encoder.</summary>
    /// <exception cref="ImageException">The folder says nothing about it, or something that is not understood.</exception>
    public static ImageTransform Preprocessing(EncoderTowerOptions options, SeamContext context)
    {
        var transform = ImageTransform.Load(context.VisionFolder(options.Path));
        return options.ImageSize is { } side ? transform.ForSide(side) : transform;
    }

    /// <summary>Keeps configurations and preprocessing of a model's towers in its folder.</summary>
    /// <param name="tower">The model's tower.</param>
    /// <param name="processor">What prepares its pictures.</param>
    /// <param name="folder">The model's folder.</param>
    public static void Save(IVisionTower tower, ImageProcessor? processor, string folder)
    {
        var vision = Path.Combine(folder, SeamContext.VisionPlace);
        if (tower is FusedTower fused)
        {
            foreach (var (at, one) in fused.Towers.Index())
            {
                SaveOne(one, processor!.Transforms[at], Path.Combine(vision, $"{at}"));
            }
        }
        else
        {
            var scale = tower is MultiScaleTower scaled ? scaled.Base : 0;
            SaveOne(tower, processor?.Transforms[scale], vision);
        }
    }

    private static void SaveOne(IVisionTower tower, ImageTransform? transform, string folder)
    {
        if (tower.Configuration is { } configuration)
        {
            Directory.CreateDirectory(folder);
            ConfigSection.Save(configuration, CheckpointFolder.ConfigFile(folder));
            transform!.Save(Path.Combine(folder, "preprocessor_config.json"));
        }
    }

    private static ImageTransform Scaled(ImageTransform transform, int scale)
    {
        var size = transform.OutputSize;
        return scale == 1 ? transform : size.Width == size.Height ? transform.ForSide(size.Width * scale) : throw new MisfitException(
            $"the tower's pictures are {size}; only squares are looked at in several scales", "tower");
    }

    private static EncoderTower Transformer(IVisionTower tower, string key)
    {
        if (tower is EncoderTower encoder)
        {
            return encoder;
        }

        (tower as Module)?.Dispose();
        throw new MisfitException("a residual network cannot stand here; name checkpoints of CLIP, SigLIP, DINOv2 or ViT", key);
    }

    private static EncoderTower Tower(VisionTransformer vision, IReadOnlyList<int> layers, bool withClassToken, ImageSize picture) => layers is [var layer]
        ? new EncoderTower(vision, layer, withClassToken ? 0 : null, picture)
        : new EncoderTower(vision, layers, finalNorm: false, withClassToken || !vision.Config.HasClassToken ? 0 : 1, picture);

    private static IReadOnlyList<int> Counted(EncoderTowerOptions options, VisionConfig shape) => options.States.Min() >= -shape.LayerCount - 1
        ? options.States
        : throw new ArgumentOutOfRangeException(nameof(options), options.States.Min(), $"a tower of {shape.LayerCount} layers has hidden states -1 to {-shape.LayerCount - 1}");

    private static IVisionTower Owned(Module model, Func<IVisionTower> make, EncoderTowerOptions options, string folder)
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
