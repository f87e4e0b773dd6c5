using Collimate.Models.Vision;
using Collimate.Torch;
using Collimate.Torch.Layers;

namespace Collimate.Models.Text;

/// <summary>
/// A vision and a text tower trained to meet in one space: SigLIP or CLIP. Parameters carry Hugging Face's names, so checkpoints
/// of either load and save as they are.
/// </summary>
public sealed class DualEncoder : Module
{
    private readonly Linear? visualProjection;
    private readonly Linear? textProjection;

    /// <summary>Makes a model with freshly drawn weights.</summary>
    /// <param name="config">Its shape.</param>
    /// <param name="generator">Source of the initial weights.</param>
    public DualEncoder(DualEncoderConfig config, Generator? generator = null)
    {
        Config = config;
        using var scope = new TensorScope();
        Vision = AddModule("vision_model", new VisionTransformer(config.Vision, generator));
        Text = AddModule("text_model", new TextTransformer(config.Text, generator));
        if (config.ProjectionSize is { } width)
        {
            visualProjection = AddModule("visual_projection", new Linear(config.Vision.HiddenSize, width, bias: false, generator: generator));
            textProjection = AddModule("text_projection", new Linear(config.Text.HiddenSize, width, bias: false, generator: generator));
            LogitScale = AddParameter("logit_scale", Tensor.Scalar(config.InitialLogitScale));
        }
        else
        {
            // Values of the SigLIP paper: scale ln 10, bias -10, so that training starts near "no pair belongs together".
            LogitScale = AddParameter("logit_scale", Tensor.Full([1], Math.Log(10)));
            LogitBias = AddParameter("logit_bias", Tensor.Full([1], -10));
        }
    }

    /// <summary>The model's shape.</summary>
    public DualEncoderConfig Config { get; }

    /// <summary>The image side.</summary>
    public VisionTransformer Vision { get; }

    /// <summary>The text side.</summary>
    public TextTransformer Text { get; }

    /// <summary>Logarithm of the factor on cosine similarities.</summary>
    public Tensor LogitScale { get; }

    /// <summary>What SigLIP adds to the scaled similarities; null for CLIP.</summary>
    public Tensor? LogitBias { get; }

    /// <summary>Reads a checkpoint folder: <c>config.json</c> and <c>model.safetensors</c> (or its shards).</summary>
    /// <exception cref="Torch.Serialization.CheckpointException">A file is absent or damaged, or the tensors do not fit the configuration.</exception>
    public static DualEncoder Load(string folder)
    {
        var config = DualEncoderConfig.Load(CheckpointFolder.ConfigFile(folder));
        return CheckpointFolder.Filled(() => new DualEncoder(config), folder);
    }

    /// <summary>Writes a checkpoint folder in Hugging Face's layout.</summary>
    public void Save(string folder) => CheckpointFolder.Save(this, Config.ToJson(), folder);

    /// <summary>Pictures in the joint space, not yet normalised.</summary>
    /// <param name="pixels">Normalised pictures, <c>[images, channels, size, size]</c>.</param>
    /// <returns><c>[images, embedding]</c></returns>
    public Tensor EncodeImage(Tensor pixels) => Projected(Vision.Encode(pixels).Pooled
        ?? throw new InvalidOperationException("this vision tower has no pooling head (vision_use_head is false), so pictures have no place in the joint space"), visualProjection);

    /// <summary>Pictures and every patch of them in the joint space, from one look; see <see cref="EncodeImage"/> and <see cref="PatchEmbeddings"/>.</summary>
    /// <param name="pixels">Normalised pictures, <c>[images, channels, size, size]</c>.</param>
    /// <returns><c>[images, embedding]</c> and <c>[images, patches, embedding]</c></returns>
    public (Tensor Pooled, Tensor Patches) EncodeImageAndPatches(Tensor pixels)
    {
        var features = Vision.Encode(pixels);
        var pooled = features.Pooled ?? throw new InvalidOperationException("this vision tower has no pooling head (vision_use_head is false), so pictures have no place in the joint space");
        return (Projected(pooled, visualProjection), Projected(Vision.PooledPatchesOf(features), visualProjection));
    }

    /// <summary>Texts in the joint space, not yet normalised.</summary>
    /// <param name="ids">Token ids, 64-bit integers <c>[texts, tokens]</c>.</param>
    /// <param name="valid">0 on padding, row-major; everything is read where null.</param>
    /// <returns><c>[texts, embedding]</c></returns>
    public Tensor EncodeText(Tensor ids, int[]? valid = null) => Projected(Text.Encode(ids, valid).Pooled, textProjection);

    /// <summary>
    /// Every patch in the joint space, not yet normalised: what SEA compares with words. For CLIP the last layer's patches pass the final
    /// norm and the projection; for SigLIP each passes the attention-pooling head alone.
    /// </summary>
    /// <param name="pixels">Normalised pictures, <c>[images, channels, size, size]</c>.</param>
    /// <returns><c>[images, patches, embedding]</c></returns>
    public Tensor PatchEmbeddings(Tensor pixels) => Projected(Vision.PooledPatches(pixels), visualProjection);

    /// <summary>The same on CLIP Surgery's path of values that attend to values; see <see cref="VisionTransformer.SurgeryPatches"/>.</summary>
    /// <param name="pixels">Normalised pictures, <c>[images, channels, size, size]</c>.</param>
    /// <returns><c>[images, patches, embedding]</c></returns>
    public Tensor SurgeryPatchEmbeddings(Tensor pixels) => Projected(Vision.SurgeryPatches(pixels), visualProjection);

    /// <summary>exp(scale) · cosine (+ bias) of every text with every picture.</summary>
    /// <param name="images"><c>[images, embedding]</c>, of any length</param>
    /// <param name="texts"><c>[texts, embedding]</c>, of any length</param>
    /// <returns><c>[texts, images]</c></returns>
    public Tensor Similarity(Tensor images, Tensor texts)
    {
        var scaled = texts.Normalize().MatMul(images.Normalize().Transpose(0, 1)) * LogitScale.Exp();
        return LogitBias is null ? scaled : scaled + LogitBias;
    }

    private static Tensor Projected(Tensor features, Linear? projection) => projection?.Forward(features) ?? features;
}
