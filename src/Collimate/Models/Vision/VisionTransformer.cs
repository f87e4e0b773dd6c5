using Collimate.Models.Encoders;
using Collimate.Torch;
using Collimate.Torch.Layers;

namespace Collimate.Models.Vision;

/// <summary>
/// The vision tower of SigLIP and CLIP: patches, learnt positions, pre-norm transformer layers. Parameters carry the names that Hugging
/// Face gives them below <c>vision_model.</c>
/// </summary>
public sealed class VisionTransformer : Module
{
    private readonly PatchEmbedding patches;
    private readonly Tensor positions;
    private readonly Tensor? classToken;
    private readonly LayerNorm? preNorm;
    private readonly EncoderStack encoder;
    private readonly LayerNorm postNorm;
    private readonly AttentionPoolingHead? head;

    /// <summary>Makes a tower with freshly drawn weights.</summary>
    /// <param name="config">Its shape.</param>
    /// <param name="generator">Source of the initial weights.</param>
    public VisionTransformer(VisionConfig config, Generator? generator = null)
    {
        Config = config;
        var shape = new EncoderShape(config.HiddenSize, config.LayerCount, config.HeadCount, config.IntermediateSize, config.Activation, config.NormEpsilon);
        var tokens = config.PatchCount + (config.HasClassToken ? 1 : 0);
        using var scope = new TensorScope();
        patches = AddModule("embeddings.patch_embedding", new PatchEmbedding(config, generator));
        positions = AddParameter("embeddings.position_embedding.weight", Tensor.RandomNormal([tokens, config.HiddenSize], generator) * 0.02);
        if (config.HasClassToken)
        {
            classToken = AddParameter("embeddings.class_embedding", Tensor.RandomNormal([config.HiddenSize], generator) * 0.02);
            preNorm = AddModule("pre_layrnorm", new LayerNorm(config.HiddenSize, config.NormEpsilon)); // spelt so in every CLIP checkpoint
        }

        encoder = AddModule("encoder", new EncoderStack(shape, generator));
        postNorm = AddModule("post_layernorm", new LayerNorm(config.HiddenSize, config.NormEpsilon));
        head = config.HasPoolingHead ? AddModule("head", new AttentionPoolingHead(shape, generator)) : null;
    }

    /// <summary>The tower's shape.</summary>
    public VisionConfig Config { get; }

    /// <summary>Whether training keeps only the state between layers and runs each layer again when its gradients are needed. Off by default.</summary>
    public bool RecomputesLayers
    {
        get => encoder.RecomputesLayers;
        set => encoder.RecomputesLayers = value;
    }

    /// <summary>Looks at pictures.</summary>
    /// <param name="pixels">Normalised pictures, <c>[images, channels, size, size]</c>.</param>
    /// <param name="hiddenStates">Numbers of the hidden states to keep; negative ones count from the end, so -1 is the last layer's output.</param>
    /// <param name="pooled">Whether to compute <see cref="VisionFeatures.Pooled"/>.</param>
    /// <param name="trace">Keeps every hidden state, and who attended to whom.</param>
    /// <exception cref="ArgumentException">The pixels have another shape than the configuration says.</exception>
    /// <exception cref="ArgumentOutOfRangeException">There is no hidden state of that number.</exception>
    public VisionFeatures Encode(Tensor pixels, IReadOnlyList<int>? hiddenStates = null, bool pooled = true, ForwardTrace? trace = null)
    {
        var wanted = new HashSet<int>((hiddenStates ?? []).Select(StateNumber));
        var kept = new Dictionary<int, Tensor>();
        var states = encoder.Forward(Embed(pixels), spec: null, onHidden: (number, state) =>
        {
            if (wanted.Contains(number))
            {
                kept[number] = state;
            }
        }, trace: trace);
        if (Config.Family == EncoderFamily.Clip)
        {
            return new VisionFeatures(states, pooled ? postNorm.Forward(states.Select(1, 0)) : null, kept);
        }

        var last = postNorm.Forward(states);
        return new VisionFeatures(last, pooled ? head?.Pool(last) : null, kept);
    }

    /// <summary>One hidden state, running only the layers before it: what a connector reads (LLaVA's <c>mm_vision_select_layer</c>).</summary>
    /// <param name="pixels">Normalised pictures, <c>[images, channels, size, size]</c>.</param>
    /// <param name="number">Number of the state; negative counts from the end, so -2 is the output of the layer before the last.</param>
    /// <returns><c>[images, tokens, width]</c>, with the class token where there is one</returns>
    /// <exception cref="ArgumentOutOfRangeException">There is no hidden state of that number.</exception>
    public Tensor HiddenState(Tensor pixels, int number) => encoder.Forward(Embed(pixels), spec: null, count: StateNumber(number));

    /// <summary>The tokens that stand for patches: all of them, or all but the class token.</summary>
    /// <param name="tokens"><c>[images, tokens, width]</c></param>
    /// <returns><c>[images, patches, width]</c></returns>
    public Tensor PatchesOf(Tensor tokens) => Config.HasClassToken ? tokens.Slice(1, 1) : tokens;

    /// <summary>
    /// Every patch as a vector comparable with pooled ones: for SigLIP through the attention-pooling head one patch at a time, for CLIP
    /// through the norm that the pooled token passes.
    /// </summary>
    /// <param name="pixels">Normalised pictures, <c>[images, channels, size, size]</c>.</param>
    /// <returns><c>[images, patches, width]</c></returns>
    /// <exception cref="InvalidOperationException">The tower is a SigLIP tower without pooling head.</exception>
    public Tensor PooledPatches(Tensor pixels) => PooledPatchesOf(Encode(pixels, pooled: false));

    /// <summary>The same from features that are there already.</summary>
    /// <param name="features">What <see cref="Encode"/> gave.</param>
    /// <returns><c>[images, patches, width]</c></returns>
    public Tensor PooledPatchesOf(VisionFeatures features)
    {
        var last = PatchesOf(features.Last);
        if (Config.Family == EncoderFamily.Clip)
        {
            return postNorm.Forward(last);
        }

        return head is not null
            ? head.PoolEach(last)
            : throw new InvalidOperationException("this SigLIP tower has no pooling head (vision_use_head is false), so its patches have no place in the joint space");
    }

    private Tensor Embed(Tensor pixels)
    {
        var tokens = patches.Forward(pixels);                                  // [images, patches, width]
        if (classToken is not null)
        {
            tokens = Tensor.Cat([classToken.Expand(tokens.Size(0), 1, Config.HiddenSize), tokens], 1);
        }

        tokens += positions;                                                   // [images, tokens, width]
        return preNorm?.Forward(tokens) ?? tokens;
    }

    private int StateNumber(int number)
    {
        var counted = number < 0 ? Config.LayerCount + 1 + number : number;
        return counted >= 0 && counted <= Config.LayerCount
            ? counted
            : throw new ArgumentOutOfRangeException(nameof(number), number, $"a tower of {Config.LayerCount} layers has hidden states 0 to {Config.LayerCount}, or -1 to {-Config.LayerCount - 1}");
    }
}
