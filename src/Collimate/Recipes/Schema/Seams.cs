using Collimate.Alignment.Attention;
using Collimate.Alignment.Composition;
using Collimate.Alignment.Composition.Gps;
using Collimate.Alignment.Composition.TokenMixer;
using Collimate.Alignment.Conditioning;
using Collimate.Alignment.Connectors;
using Collimate.Alignment.Fusion;
using Collimate.Alignment.Fusion.CrossAttention;
using Collimate.Alignment.Fusion.InverseLlava;
using Collimate.Alignment.Objectives;
using Collimate.Alignment.Towers;
using Collimate.Data;

namespace Collimate.Recipes.Schema;

/// <summary>The tables of the seven seams (and of data sources): from a recipe's <c>type:</c> word to a factory. Adding a method is one line here.</summary>
public static class Seams
{
    /// <summary>Seam 1.</summary>
    public static SeamTable<SeamContext, IConditioning> Conditioning { get; } = new SeamTable<SeamContext, IConditioning>("conditioning", "none")
        .Register("none", _ => new NoConditioning())
        .Register<PrefixOptions>("prefix", ConditioningParts.Prefix)
        .Register<TextTokenOptions>("text_tokens", ConditioningParts.TextTokens);

    /// <summary>Seam 2.</summary>
    public static SeamTable<SeamContext, IVisionTower> Vision { get; } = new SeamTable<SeamContext, IVisionTower>("vision", "none")
        .Register("none", _ => new NoTower())
        .Register<EncoderTowerOptions>("encoder", VisionParts.Tower)
        .Register<FusedTowerOptions>("fused", VisionParts.Fused)
        .Register<MultiScaleOptions>("multi_scale", VisionParts.MultiScale);

    /// <summary>Seam 3.</summary>
    public static SeamTable<SeamContext, IConnector> Connector { get; } = new SeamTable<SeamContext, IConnector>("connector", "mlp")
        .Register("zeros", context => new ZerosConnector(context.HiddenWidth))
        .Register("identity", _ => new IdentityConnector())
        .Register<LinearConnectorOptions>("linear", (options, context) => new MlpConnector(context.VisionWidth, context.HiddenWidth, 1, options.OutputScale, context.Generator))
        .Register<MlpConnectorOptions>("mlp", (options, context) => new MlpConnector(context.VisionWidth, context.HiddenWidth, options.Depth, options.OutputScale, context.Generator))
        .Register<FusedMlpOptions>("fused_mlp", ConnectorParts.FusedMlp)
        .Register<PerceiverOptions>("perceiver", ConnectorParts.Perceiver)
        .Register<QFormerOptions>("q_former", ConnectorParts.QFormer)
        .Register<PixelShuffleOptions>("pixel_shuffle", ConnectorParts.PixelShuffle);

    /// <summary>Seam 4.</summary>
    public static SeamTable<SeamContext, IComposition> Composition { get; } = new SeamTable<SeamContext, IComposition>("composition", "concat")
        .Register("concat", _ => new ConcatComposition())
        .Register("text_only", _ => new TextOnlyComposition())
        .Register<GpsOptions>("gps", (options, context) => new GpsComposition(options, context.HiddenWidth, context.Generator))
        .Register<TokenMixerOptions>("token_mixer", SimilarityParts.TokenMixer);

    /// <summary>Seam 5.</summary>
    public static SeamTable<SeamContext, IAttentionPolicy> Attention { get; } = new SeamTable<SeamContext, IAttentionPolicy>("attention", "causal")
        .Register("causal", _ => new CausalAttention())
        .Register("prefix", _ => new PrefixAttention())
        .Register("bidirectional", _ => new BidirectionalAttention())
        .Register<InterleavedAOptions>("interleaved_a", (options, _) => new InterleavedAttention(InterleavedForm.A, options.Literal))
        .Register("interleaved_b", _ => new InterleavedAttention(InterleavedForm.B));

    /// <summary>Seam 6.</summary>
    public static SeamTable<SeamContext, IFusion> Fusion { get; } = new SeamTable<SeamContext, IFusion>("fusion", "none")
        .Register("none", _ => new NoFusion())
        .Register<InverseLlavaOptions>("inverse_llava", FusionParts.InverseLlava)
        .Register<CrossAttentionOptions>("cross_attention", FusionParts.CrossAttention);

    /// <summary>Seam 7.</summary>
    public static SeamTable<SeamContext, IObjective> Objective { get; } = new SeamTable<SeamContext, IObjective>("objective", "language")
        .Register("language", _ => new LanguageObjective())
        .Register<SemanticAlignmentOptions>("sea", SemanticParts.Objective)
        .Register<PreferenceOptions>("dpo", PreferenceParts.Objective);

    /// <summary>Where samples come from.</summary>
    public static SeamTable<SeamContext, ISampleSource> Data { get; } = new SeamTable<SeamContext, ISampleSource>("data")
        .Register<Data.Scenes.SceneSourceOptions>("scenes", (options, _) => new Data.Scenes.SceneSampleSource(options))
        .Register<Data.LlavaJson.LlavaJsonOptions>("llava_json", (options, context) => new Data.LlavaJson.LlavaJsonSource(options.Resolved(context.Resolve), context.LeavesBadRecords))
        .Register<Data.Preferences.PreferenceSourceOptions>("preferences", (options, context) => new Data.Preferences.PreferenceSource(options.Resolved(context.Resolve), context.LeavesBadRecords))
        .Register<Data.Vsft.VsftOptions>("vsft", (options, context) => new Data.Vsft.VsftSource(options.Resolved(context.Resolve), context.LeavesBadRecords))
        .Register<Data.Captions.KarpathyOptions>("karpathy", (options, context) => new Data.Captions.KarpathySource(options.Resolved(context.Resolve), context.LeavesBadRecords))
        .Register<Data.Captions.CocoCaptionsOptions>("coco_captions", (options, context) => new Data.Captions.CocoCaptionsSource(options.Resolved(context.Resolve), context.LeavesBadRecords))
        .Register<Data.PathVqa.PathVqaOptions>("path_vqa", (options, context) => new Data.PathVqa.PathVqaSource(options.Resolved(context.Resolve), context.LeavesBadRecords))
        .Register<Data.Puzzles.PuzzleSourceOptions>("puzzles", (options, context) => new Data.Puzzles.PuzzleSource(options.Resolved(context.Resolve)))
        .Register<Data.Interleaved.InterleavedOptions>("interleaved", (options, context) => new Data.Interleaved.InterleavedSource(options.Resolved(context.Resolve), context.LeavesBadRecords))
        .Register<Data.WebDataset.WebDatasetOptions>("webdataset", (options, context) => new Data.WebDataset.WebDatasetSource(options.Resolved(context.Resolve), context.LeavesBadRecords));
}

/// <summary>Options of interleaved attention in its form A.</summary>
public sealed record InterleavedAOptions
{
    /// <summary>Whether image tokens see the text before them, as the paper draws it, although text then learns of what follows it.</summary>
    public bool Literal { get; init; }
}

/// <summary>Options of the linear connector.</summary>
public sealed record LinearConnectorOptions
{
    /// <summary>Standard deviation of a fresh output relative to the usual initialisation.</summary>
    [RecipeRange(0)]
    public double OutputScale { get; init; } = 1;
}

/// <summary>Options of the MLP connector.</summary>
public sealed record MlpConnectorOptions
{
    /// <summary>How many linear layers; LLaVA-1.5 has 2.</summary>
    [RecipeRange(1, 8)]
    public int Depth { get; init; } = 2;

    /// <summary>Standard deviation of a fresh output relative to the usual initialisation.</summary>
    [RecipeRange(0)]
    public double OutputScale { get; init; } = 1;
}
