using Collimate.Alignment.Attention;
using Collimate.Alignment.Composition;
using Collimate.Alignment.Conditioning;
using Collimate.Alignment.Connectors;
using Collimate.Alignment.Fusion;
using Collimate.Alignment.Towers;
using Collimate.Models;
using Collimate.Models.Language;
using Collimate.Models.Llava;
using Collimate.Models.Vision;
using Collimate.Torch;
using Collimate.Torch.Serialization;

namespace Collimate.Alignment;

/// <summary>LLaVA-1.5 as one choice at each seam: an encoder's hidden states, a two-layer projector, concatenation, causal sight, no fusion.</summary>
public static class LlavaModel
{
    /// <summary>Reads a checkpoint folder in Hugging Face's layout, of any version.</summary>
    /// <param name="folder">The folder: <c>config.json</c> and <c>model.safetensors</c> (or its shards).</param>
    /// <exception cref="CheckpointException">A file is absent or damaged, or the tensors do not fit the configuration.</exception>
    public static VisionLanguageModel Load(string folder) => Load(LlavaConfig.Load(CheckpointFolder.ConfigFile(folder)), folder);

    /// <summary>Makes a model with freshly drawn weights.</summary>
    /// <param name="config">Its shape.</param>
    /// <param name="generator">Source of the initial weights.</param>
    public static VisionLanguageModel Create(LlavaConfig config, Generator? generator = null)
    {
        var tower = Tower(config, generator);
        return new VisionLanguageModel(
            new NoConditioning(), tower, Projector(config, generator), new CausalLanguageModel(config.Language, generator),
            new ConcatComposition(), new CausalAttention(), new NoFusion(), config.Language.PadTokenId is { } pad and >= 0 ? pad : 0);
    }

    /// <summary>The tower that a configuration asks for.</summary>
    internal static EncoderTower Tower(LlavaConfig config, Generator? generator = null) =>
        new(new VisionTransformer(config.Vision, generator), config.FeatureLayers, finalNorm: false, skipped: config.Selection == FeatureSelection.Default ? 1 : 0);

    /// <summary>The projector that a configuration asks for.</summary>
    internal static MlpConnector Projector(LlavaConfig config, Generator? generator = null) => new(
        config.Vision.HiddenSize * config.FeatureLayers.Count, config.Language.HiddenSize, depth: 2, outputScale: 1, generator, config.ProjectorActivation, config.ProjectorBias);

    /// <summary>Reads the weights of a folder whose configuration is there already.</summary>
    internal static VisionLanguageModel Load(LlavaConfig config, string folder) =>
        CheckpointFolder.Filled(() => Create(config), folder, LlavaNames.Published, config.Language.TieEmbeddings ? ["language_model.lm_head.weight"] : []);

    /// <summary>What a model would be as a LLaVA checkpoint, or why it cannot be one.</summary>
    /// <param name="model">Any model.</param>
    /// <param name="imageToken">The token that stands for a picture, or null where its tokenizer has none.</param>
    /// <returns>The configuration and no reason, or no configuration and the reason.</returns>
    internal static (LlavaConfig? Config, string Reason) Describe(VisionLanguageModel model, int? imageToken)
    {
        var reason = (model.Vision, model.Connector) switch
        {
            _ when model.Conditioning is not NoConditioning => "its conditioning lets the text steer the eye",
            _ when model.Composition is not ConcatComposition => "its composition orders tokens otherwise than by concatenation",
            _ when model.Positions != PositionRule.Sequential => "its position ids do not count the tokens in their order",
            _ when model.Attention is not CausalAttention => "its attention is not plainly causal",
            _ when model.Fusion is not NoFusion => "its fusion lets vision enter inside the decoder's layers",
            (not EncoderTower { Config.Family: EncoderFamily.Clip or EncoderFamily.Siglip }, _) => "its vision tower is no CLIP or SigLIP encoder",
            (EncoderTower { InterpolatesPositions: true }, _) => "its tower looks at pictures of another size than it was made for",
            (EncoderTower { HasFinalNorm: true }, _) => "its tower's last state passes the final norm, and LLaVA reads hidden states before it (choose another layer, such as -2, and train anew)",
            (EncoderTower { Skipped: > 1 }, _) => "its tower leaves out more than the first token",
            (_, not MlpConnector { Depth: 2 }) => "its connector is no MLP of two layers",
            _ when imageToken is null => "its tokenizer names no image token",
            _ => "",
        };
        if (reason.Length > 0)
        {
            return (null, reason);
        }

        var (tower, projector) = ((EncoderTower)model.Vision, (MlpConnector)model.Connector);
        return (new LlavaConfig
        {
            Vision = tower.Config, Language = model.Language.Config, FeatureLayers = tower.Layers,
            Selection = tower.Skipped == 1 ? FeatureSelection.Default : FeatureSelection.Full,
            ProjectorActivation = projector.Activation, ProjectorBias = projector.HasBias, ImageTokenId = imageToken!.Value,
        }, "");
    }
}
