using System.Text.Json;
using System.Text.Json.Nodes;
using Collimate.Models.Language;
using Collimate.Models.Vision;
using Collimate.Torch.Serialization;

namespace Collimate.Models.Llava;

/// <summary>The shape of a LLaVA-1.5 model, as a Hugging Face <c>config.json</c> of <c>model_type: llava</c> holds it.</summary>
/// <remarks>
/// What a file leaves out takes the library's defaults: a whole absent <c>vision_config</c> is CLIP ViT-L/14 at 336 pixels, a part of one takes
/// the defaults of its own <c>model_type</c> (CLIP where that is silent too); an absent <c>text_config</c> is Llama's.
/// </remarks>
public sealed record LlavaConfig
{
    /// <summary>The <c>model_type</c> of such a file.</summary>
    public const string ModelType = "llava";

    /// <summary>The vision tower (<c>vision_config</c>).</summary>
    public required VisionConfig Vision { get; init; }

    /// <summary>The decoder (<c>text_config</c>).</summary>
    public required LanguageConfig Language { get; init; }

    /// <summary>Numbers of the tower's hidden states that are handed on, side by side where there are several; negative ones count from the end (<c>vision_feature_layer</c>).</summary>
    public IReadOnlyList<int> FeatureLayers { get; init; } = [-2];

    /// <summary>Which of their tokens (<c>vision_feature_select_strategy</c>).</summary>
    public FeatureSelection Selection { get; init; }

    /// <summary>Between the projector's two layers (<c>projector_hidden_act</c>).</summary>
    public Activation ProjectorActivation { get; init; } = Activation.Gelu;

    /// <summary>Whether the projector's layers have biases (<c>multimodal_projector_bias</c>).</summary>
    public bool ProjectorBias { get; init; } = true;

    /// <summary>The token that stands for a picture (<c>image_token_index</c>; newer files say <c>image_token_id</c>).</summary>
    public int ImageTokenId { get; init; } = 32000;

    /// <summary>Pictures are padded to a square before they are resized (<c>image_aspect_ratio: pad</c>, as the authors' own files say it).</summary>
    public bool PadsPictures { get; init; }

    /// <summary>Tokens that a picture becomes.</summary>
    public int TokensPerImage => Vision.PatchCount + (Vision.HasClassToken ? 1 : 0) - (Selection == FeatureSelection.Default ? 1 : 0);

    /// <summary>Reads a configuration file.</summary>
    /// <exception cref="CheckpointException">The file is absent or malformed, or names something that is not supported.</exception>
    public static LlavaConfig Load(string file) => Read(ConfigSection.Load(file));

    /// <summary>The entries of a Hugging Face <c>config.json</c>.</summary>
    public JsonObject ToJson()
    {
        var text = Language.ToJson();
        text.Remove("torch_dtype"); // the whole model's stands above
        var json = new JsonObject
        {
            ["architectures"] = new JsonArray("LlavaForConditionalGeneration"),
            ["model_type"] = ModelType,
            ["ignore_index"] = -100,
            ["image_token_index"] = ImageTokenId,
            ["image_seq_length"] = TokensPerImage,
            ["projector_hidden_act"] = Activations.NameOf(ProjectorActivation),
            ["multimodal_projector_bias"] = ProjectorBias,
            ["vision_feature_layer"] = FeatureLayers is [var single] ? single : new JsonArray([.. FeatureLayers.Select(layer => (JsonNode)layer)]),
            ["vision_feature_select_strategy"] = Selection == FeatureSelection.Full ? "full" : "default",
            ["pad_token_id"] = Language.PadTokenId,
            ["tie_word_embeddings"] = Language.TieEmbeddings,
            ["text_config"] = text,
            ["vision_config"] = Vision.ToJson(),
        };
        if (PadsPictures)
        {
            json["image_aspect_ratio"] = "pad";
        }

        return json;
    }

    internal static LlavaConfig Read(ConfigSection config)
    {
        if (config.Text("model_type") != ModelType)
        {
            throw config.Wrong("model_type", ModelType);
        }

        var selection = (config.Text("vision_feature_select_strategy") ?? "default") switch
        {
            "default" => FeatureSelection.Default,
            "full" => FeatureSelection.Full,
            _ => throw config.Wrong("vision_feature_select_strategy", "default or full"),
        };
        var vision = ReadVision(config);
        var layers = config.Has("vision_feature_layer") ? config.Ints("vision_feature_layer") : [-2];
        if (layers.Count == 0 || layers.Any(layer => layer > vision.LayerCount || layer < -vision.LayerCount - 1))
        {
            throw config.Wrong("vision_feature_layer", $"numbers of hidden states: 0 to {vision.LayerCount}, or -1 to {-vision.LayerCount - 1} from the end");
        }

        var language = ReadLanguage(config);
        var imageToken = config.OptionalInt("image_token_index") ?? config.OptionalInt("image_token_id") ?? 32000;
        var read = new LlavaConfig
        {
            Vision = vision,
            Language = language,
            FeatureLayers = layers,
            Selection = selection,
            ProjectorActivation = config.Activation("projector_hidden_act", Activation.Gelu),
            ProjectorBias = config.Flag("multimodal_projector_bias", true),
            ImageTokenId = imageToken >= 0 ? imageToken : throw config.Wrong("image_token_index", "a token id"),
            PadsPictures = config.Text("image_aspect_ratio") == "pad",
        };
        return read.TokensPerImage >= 1 ? read : throw config.Wrong("vision_feature_select_strategy", "full, as the tower has a single token");
    }

    private static VisionConfig ReadVision(ConfigSection config) => config.Section("vision_config") is not { } section
        ? new VisionConfig
        {
            Family = EncoderFamily.Clip, HiddenSize = 1024, LayerCount = 24, HeadCount = 16, IntermediateSize = 4096, ImageSize = 336, PatchSize = 14,
            Activation = Activation.QuickGelu, NormEpsilon = 1e-5, HasPoolingHead = false,
        }
        : (section.Text("model_type") ?? "clip_vision_model") switch
        {
            "clip_vision_model" => VisionConfig.Read(section, EncoderFamily.Clip),
            "siglip_vision_model" => VisionConfig.Read(section, EncoderFamily.Siglip),
            _ => throw section.Wrong("model_type", "clip_vision_model or siglip_vision_model"),
        };

    private static LanguageConfig ReadLanguage(ConfigSection config)
    {
        var section = config.Section("text_config") ?? ConfigSection.FromJson(JsonDocument.Parse("{}").RootElement, config.File);
        var language = LanguageConfig.Read(section, assumed: "llama");
        return language with
        {
            BosTokenId = language.BosTokenId ?? config.OptionalInt("bos_token_id"),
            EosTokenIds = language.EosTokenIds is { Count: > 0 } inner ? inner : config.Ints("eos_token_id"),
            PadTokenId = language.PadTokenId ?? config.OptionalInt("pad_token_id"),
        };
    }
}
