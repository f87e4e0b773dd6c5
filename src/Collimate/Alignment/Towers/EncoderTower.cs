using System.Text.Json.Nodes;
using Collimate.Imaging;
using Collimate.Models.Vision;
using Collimate.Torch;

namespace Collimate.Alignment.Towers;

/// <summary>The transformer of a CLIP, SigLIP, DINOv2 or ViT model as eyes, for pictures of its own size or, with interpolated positions, of another.</summary>
public sealed class EncoderTower : Module, IVisionTower
{
    private readonly VisionTransformer vision;
    private readonly int first;
    private readonly PositionInterpolation? interpolation;

    /// <param name="vision">The transformer; owned from now on.</param>
    /// <param name="layer">Which hidden state the patches are: -1 is the last, with the final norm where the family has one over all tokens; -2 the one before without (LLaVA's habit).</param>
    /// <param name="skipped">How many tokens at the beginning are left out; the class token where null.</param>
    /// <param name="picture">The pictures' size, for which positions are interpolated; the tower's own where null.</param>
    public EncoderTower(VisionTransformer vision, int layer, int? skipped = null, ImageSize? picture = null)
        : this(vision, [layer], finalNorm: layer == -1 && vision.Config.Family != EncoderFamily.Clip, skipped ?? (vision.Config.HasClassToken ? 1 : 0), picture)
    {
    }

    /// <summary>A tower that hands on any hidden states, and any tokens of theirs: LLaVA's <c>vision_feature_layer</c> and <c>vision_feature_select_strategy</c>.</summary>
    /// <param name="vision">The transformer; owned from now on.</param>
    /// <param name="layers">Numbers of the hidden states, side by side where there are several; negative ones count from the end.</param>
    /// <param name="finalNorm">Whether the last state passes the tower's final norm; only alone, and only as state -1.</param>
    /// <param name="skipped">How many tokens at the beginning are left out.</param>
    /// <param name="picture">The pictures' size, for which positions are interpolated; the tower's own where null.</param>
    /// <exception cref="ArgumentException">There is no hidden state of such a number, or the final norm is asked for where it does not stand.</exception>
    public EncoderTower(VisionTransformer vision, IReadOnlyList<int> layers, bool finalNorm, int skipped, ImageSize? picture = null)
    {
        if (layers.Count == 0 || (finalNorm && layers is not [-1]))
        {
            throw new ArgumentException($"the hidden states [{string.Join(", ", layers)}] cannot be handed on {(finalNorm ? "with the final norm, which only state -1 passes" : "as there is none")}", nameof(layers));
        }

        this.vision = AddModule("vision_model", vision);
        (Layers, HasFinalNorm, first) = (layers, finalNorm, skipped);
        var (own, patch) = (new ImageSize(vision.Config.ImageSize, vision.Config.ImageSize), vision.Config.PatchSize);
        var size = picture ?? own;
        interpolation = size == own ? null : PositionInterpolation.ToSize;
        Grid = new PatchGrid(size.Height / patch, size.Width / patch);
        TokenCount = Grid.Count + (vision.Config.HasClassToken ? 1 : 0) - skipped;
    }

    /// <inheritdoc/>
    public int Width => vision.Config.HiddenSize * Layers.Count;

    /// <inheritdoc/>
    public PatchGrid Grid { get; }

    /// <inheritdoc/>
    public int TokenCount { get; }

    /// <summary>Numbers of the hidden states that are handed on; negative ones count from the end.</summary>
    public IReadOnlyList<int> Layers { get; }

    /// <summary>Whether the last state passes the tower's final norm.</summary>
    public bool HasFinalNorm { get; }

    /// <summary>How many tokens at the beginning are left out.</summary>
    public int Skipped => first;

    /// <summary>Whether positions are interpolated, because pictures are not of the size that the tower was made for.</summary>
    public bool InterpolatesPositions => interpolation is not null;

    /// <inheritdoc/>
    public JsonObject? Configuration => vision.Config.ToJson();

    /// <summary>How many of its layers what is handed on depends on.</summary>
    public int LayersRead => HasFinalNorm ? Config.LayerCount : Layers.Max(layer => layer < 0 ? Config.LayerCount + 1 + layer : layer);

    /// <summary>The transformer's shape.</summary>
    public VisionConfig Config => vision.Config;

    /// <summary>The transformer.</summary>
    public VisionTransformer Transformer => vision;

    /// <inheritdoc/>
    public bool RecomputesLayers
    {
        get => vision.RecomputesLayers;
        set => vision.RecomputesLayers = value;
    }

    /// <inheritdoc/>
    public Tensor Encode(Tensor pixels, VisionCondition? condition)
    {
        using var region = TowerRecording.Begin(this, condition is { Learns: true });
        var tokens = States(pixels, condition);                                // [images, tokens, width]
        if (condition?.Tokens is not { } text)
        {
            return first == 0 ? tokens : tokens.Slice(1, first);
        }

        var patches = tokens.Size(1) - text.Size(1);
        return condition.KeepsTokens ? WithoutUnsaid(tokens.Slice(1, first), (int)patches - first, condition.TokenLengths) : tokens.Slice(1, first, patches);
    }

    // Zeros where a question has no token any more: what computed itself there means nothing.
    private static Tensor WithoutUnsaid(Tensor tokens, int patches, IReadOnlyList<int> lengths)
    {
        var count = (int)tokens.Size(1);
        float[] stays = [.. lengths.SelectMany(own => Enumerable.Range(0, count).Select(at => at < patches + own ? 1f : 0f))];
        return stays.Contains(0f) ? tokens * Tensor.From(stays, [lengths.Count, count, 1], tokens.Device).To(tokens.Type) : tokens;
    }

    private Tensor States(Tensor pixels, VisionCondition? condition)
    {
        if (Layers is [var single])
        {
            return HasFinalNorm
                ? vision.Encode(pixels, pooled: false, interpolation: interpolation, condition: condition).Last
                : vision.HiddenState(pixels, single, interpolation, condition);
        }

        var states = vision.Encode(pixels, Layers, pooled: false, interpolation: interpolation, condition: condition).HiddenStates;
        return Tensor.Cat([.. Layers.Select(layer => states[layer < 0 ? Config.LayerCount + 1 + layer : layer])], -1);
    }
}
