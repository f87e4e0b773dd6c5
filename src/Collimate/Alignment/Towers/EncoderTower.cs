using Collimate.Models.Vision;
using Collimate.Torch;

namespace Collimate.Alignment.Towers;

/// <summary>The vision half of a CLIP or SigLIP model.</summary>
public sealed class EncoderTower : Module, IVisionTower
{
    private readonly VisionTransformer vision;
    private readonly int first;

    /// <param name="vision">The transformer; owned from now on.</param>
    /// <param name="layer">Which hidden state the patches are: -1 is the last with its final norm (SigLIP's habit), -2 the one before without (LLaVA's).</param>
    public EncoderTower(VisionTransformer vision, int layer)
        : this(vision, [layer], finalNorm: layer == -1 && vision.Config.Family == EncoderFamily.Siglip, skipped: vision.Config.HasClassToken ? 1 : 0)
    {
    }

    /// <summary>A tower that hands on any hidden states, and any tokens of theirs: LLaVA's <c>vision_feature_layer</c> and <c>vision_feature_select_strategy</c>.</summary>
    /// <param name="vision">The transformer; owned from now on.</param>
    /// <param name="layers">Numbers of the hidden states, side by side where there are several; negative ones count from the end.</param>
    /// <param name="finalNorm">Whether the last state passes the tower's final norm; only alone, and only as state -1.</param>
    /// <param name="skipped">How many tokens at the beginning are left out.</param>
    /// <exception cref="ArgumentException">There is no hidden state of such a number, or the final norm is asked for where it does not stand.</exception>
    public EncoderTower(VisionTransformer vision, IReadOnlyList<int> layers, bool finalNorm, int skipped)
    {
        if (layers.Count == 0 || (finalNorm && layers is not [-1]))
        {
            throw new ArgumentException($"the hidden states [{string.Join(", ", layers)}] cannot be handed on {(finalNorm ? "with the final norm, which only state -1 passes" : "as there is none")}", nameof(layers));
        }

        this.vision = AddModule("vision_model", vision);
        (Layers, HasFinalNorm, first) = (layers, finalNorm, skipped);
        var side = vision.Config.ImageSize / vision.Config.PatchSize;
        Grid = new PatchGrid(side, side);
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
    public Tensor Encode(Tensor pixels, Tensor? prefix)
    {
        if (prefix is not null)
        {
            throw new NotSupportedException("this tower takes no text prefix; choose conditioning: none");
        }

        // A frozen tower needs no recording, and costs a third without; a tower that learns records where its caller does.
        var records = GradMode.IsEnabled && Parameters().Any(p => p.RequiresGrad);
        using var region = records ? GradMode.Enable() : GradMode.Disable();
        var tokens = States(pixels);                                           // [images, tokens, width]
        return first == 0 ? tokens : tokens.Slice(1, first);
    }

    private Tensor States(Tensor pixels)
    {
        if (Layers is [var single])
        {
            return HasFinalNorm ? vision.Encode(pixels, pooled: false).Last : vision.HiddenState(pixels, single);
        }

        var states = vision.Encode(pixels, Layers, pooled: false).HiddenStates;
        return Tensor.Cat([.. Layers.Select(layer => states[layer < 0 ? Config.LayerCount + 1 + layer : layer])], -1);
    }
}

/// <summary>No eyes: for a decoder that is trained on text alone.</summary>
public sealed class NoTower : IVisionTower
{
    /// <inheritdoc/>
    public int Width => 1;

    /// <inheritdoc/>
    public PatchGrid Grid => new(0, 0);

    /// <inheritdoc/>
    public Tensor Encode(Tensor pixels, Tensor? prefix) => throw new NotSupportedException("the model has no vision tower, so it cannot look at pictures");
}
