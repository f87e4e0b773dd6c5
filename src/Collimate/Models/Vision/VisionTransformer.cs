using Collimate.Models.Attention;
using Collimate.Models.Encoders;
using Collimate.Torch;
using Collimate.Torch.Layers;

namespace Collimate.Models.Vision;

/// <summary>
/// The vision tower of SigLIP, CLIP, DINOv2 and ViT: patches, learnt positions, pre-norm transformer layers. Parameters carry the names
/// that Hugging Face gives them (for SigLIP and CLIP below <c>vision_model.</c>).
/// </summary>
public sealed class VisionTransformer : Module
{
    private const int SurgeryDepth = 6;

    private readonly PatchEmbedding patches;
    private readonly Tensor positions;
    private readonly Tensor? classToken;
    private readonly Tensor? maskToken;
    private readonly LayerNorm? preNorm;
    private readonly EncoderStack encoder;
    private readonly LayerNorm postNorm;
    private readonly AttentionPoolingHead? head;
    private readonly Linear? pooler;

    /// <summary>Makes a tower with freshly drawn weights.</summary>
    /// <param name="config">Its shape.</param>
    /// <param name="generator">Source of the initial weights.</param>
    public VisionTransformer(VisionConfig config, Generator? generator = null)
    {
        Config = config;
        var (shape, layout) = (config.LayerShape, VisionLayout.Of(config));
        var tokens = config.PatchCount + LeadingTokens;
        long[] Stored(params long[] sizes) => layout.HasBatchDimension ? [1, .. sizes] : sizes;
        using var scope = new TensorScope();
        patches = AddModule(layout.Patches, new PatchEmbedding(config, generator));
        positions = AddParameter(layout.Positions, Tensor.RandomNormal(Stored(tokens, config.HiddenSize), generator) * 0.02);
        if (config.HasClassToken)
        {
            classToken = AddParameter(layout.ClassToken, Tensor.RandomNormal(layout.HasBatchDimension ? [1, 1, config.HiddenSize] : [config.HiddenSize], generator) * 0.02);
        }

        if (config is { Family: EncoderFamily.Dinov2, HasMaskToken: true })
        {
            maskToken = AddParameter("embeddings.mask_token", Tensor.Zeros([1, config.HiddenSize]));
        }

        if (config.Family == EncoderFamily.Clip)
        {
            preNorm = AddModule("pre_layrnorm", new LayerNorm(config.HiddenSize, config.NormEpsilon)); // spelt so in every CLIP checkpoint
        }

        encoder = AddModule("encoder", new EncoderStack(shape, generator));
        postNorm = AddModule(layout.FinalNorm, new LayerNorm(config.HiddenSize, config.NormEpsilon));
        head = config is { Family: EncoderFamily.Siglip, HasPoolingHead: true } ? AddModule("head", new AttentionPoolingHead(shape, generator)) : null;
        pooler = config is { Family: EncoderFamily.Vit, HasPoolingHead: true }
            ? AddModule("pooler.dense", new Linear(config.HiddenSize, config.PooledSize ?? config.HiddenSize, generator: generator, deviation: 0.02))
            : null;
    }

    /// <summary>The tower's shape.</summary>
    public VisionConfig Config { get; }

    /// <summary>Whether training keeps only the state between layers and runs each layer again when its gradients are needed. Off by default.</summary>
    public bool RecomputesLayers
    {
        get => encoder.RecomputesLayers;
        set => encoder.RecomputesLayers = value;
    }

    /// <summary>What maps a patch's pixels, <c>[width, channels, patch, patch]</c>.</summary>
    internal Tensor PatchWeight => patches.Weight;

    /// <summary>The layers.</summary>
    internal IReadOnlyList<EncoderLayer> Layers => encoder.Layers;

    private int LeadingTokens => Config.HasClassToken ? 1 : 0;

    /// <summary>Reads the vision tower of a checkpoint folder: of SigLIP, CLIP, DINOv2 or ViT, alone, as half of a dual encoder, or below a classifier.</summary>
    /// <exception cref="Torch.Serialization.CheckpointException">A file is absent or damaged, or the tensors do not fit the configuration.</exception>
    public static VisionTransformer Load(string folder) => VisionCheckpoint.Load(folder);

    /// <summary>Writes a checkpoint folder in Hugging Face's layout.</summary>
    public void Save(string folder) => VisionCheckpoint.Save(this, folder);

    /// <summary>Looks at pictures.</summary>
    /// <param name="pixels">Normalised pictures, <c>[images, channels, height, width]</c>; <see cref="VisionConfig.ImageSize"/> a side, unless positions are interpolated.</param>
    /// <param name="hiddenStates">Numbers of the hidden states to keep; negative ones count from the end, so -1 is the last layer's output.</param>
    /// <param name="pooled">Whether to compute <see cref="VisionFeatures.Pooled"/>.</param>
    /// <param name="trace">Keeps every hidden state, and who attended to whom.</param>
    /// <param name="interpolation">How positions are stretched over pictures of another size. Where null, DINOv2 stretches to size and the other families refuse such pictures.</param>
    /// <param name="masked">DINOv2: true where the mask token stands for a patch, <c>[images, patches]</c>.</param>
    /// <param name="condition">What text says to it; its tokens stand behind the patches in every state.</param>
    /// <exception cref="ArgumentException">The pixels have another shape than the configuration says, or the tower has no mask token.</exception>
    /// <exception cref="ArgumentOutOfRangeException">There is no hidden state of that number.</exception>
    public VisionFeatures Encode(
        Tensor pixels, IReadOnlyList<int>? hiddenStates = null, bool pooled = true, ForwardTrace? trace = null, PositionInterpolation? interpolation = null, Tensor? masked = null,
        VisionCondition? condition = null)
    {
        var wanted = new HashSet<int>((hiddenStates ?? []).Select(StateNumber));
        var kept = new Dictionary<int, Tensor>();
        var embedded = Embed(pixels, interpolation, masked, condition);
        var states = encoder.Forward(embedded, SightOf(condition, embedded), onHidden: (number, state) =>
        {
            if (wanted.Contains(number))
            {
                kept[number] = state;
            }
        }, trace: trace, prefixes: condition?.Prefixes);
        var last = Config.Family == EncoderFamily.Clip ? states : postNorm.Forward(states);
        return new VisionFeatures(last, pooled ? Pool(last) : null, kept);
    }

    /// <summary>One hidden state, running only the layers before it: what a connector reads (LLaVA's <c>mm_vision_select_layer</c>).</summary>
    /// <param name="pixels">Normalised pictures, <c>[images, channels, height, width]</c>.</param>
    /// <param name="number">Number of the state; negative counts from the end, so -2 is the output of the layer before the last.</param>
    /// <param name="interpolation">See <see cref="Encode"/>.</param>
    /// <param name="condition">See <see cref="Encode"/>.</param>
    /// <returns><c>[images, tokens, width]</c>, with the class token where there is one</returns>
    /// <exception cref="ArgumentOutOfRangeException">There is no hidden state of that number.</exception>
    public Tensor HiddenState(Tensor pixels, int number, PositionInterpolation? interpolation = null, VisionCondition? condition = null)
    {
        var embedded = Embed(pixels, interpolation, masked: null, condition);
        return encoder.Forward(embedded, SightOf(condition, embedded), count: StateNumber(number), prefixes: condition?.Prefixes);
    }

    /// <summary>The positions that are added for pictures of a size.</summary>
    /// <param name="height">Height in pixels.</param>
    /// <param name="width">Width in pixels.</param>
    /// <param name="interpolation">How they are stretched where the size is not the tower's own.</param>
    /// <returns><c>[tokens, width]</c></returns>
    public Tensor Positions(int height, int width, PositionInterpolation interpolation = PositionInterpolation.ToSize)
    {
        var learnt = positions.View(-1, Config.HiddenSize);
        var (rows, columns) = (height / Config.PatchSize, width / Config.PatchSize);

        // As in Transformers, whose scaled form moves the positions of a picture that is not square even where its grid is the learnt one.
        var isOwn = rows == Config.GridSize && columns == Config.GridSize && (height == width || interpolation == PositionInterpolation.ToSize);
        return isOwn ? learnt : PatchPositions.For(learnt, LeadingTokens, rows, columns, interpolation);
    }

    /// <summary>The tokens that stand for patches: all of them, or all but the class token.</summary>
    /// <param name="tokens"><c>[images, tokens, width]</c></param>
    /// <returns><c>[images, patches, width]</c></returns>
    public Tensor PatchesOf(Tensor tokens) => Config.HasClassToken ? tokens.Slice(1, 1) : tokens;

    /// <summary>
    /// Every patch as a vector comparable with pooled ones: for SigLIP through the attention-pooling head one patch at a time, for CLIP
    /// through the norm that the pooled token passes, for ViT through its dense layer; DINOv2's patches are that already.
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
        if (Config.Family != EncoderFamily.Siglip)
        {
            return FromClassToken(last);
        }

        return head is not null
            ? head.PoolEach(last)
            : throw new InvalidOperationException("this SigLIP tower has no pooling head (vision_use_head is false), so its patches have no place in the joint space");
    }

    /// <summary>
    /// As <see cref="PooledPatches"/>, but of the path on which values attend to values in the last six layers: there a patch resembles the words for
    /// what it shows, not for what it was told. Source: CLIP Surgery, section 3.2; the class token, which has no part in the answer, is left out.
    /// </summary>
    /// <param name="pixels">Normalised pictures, <c>[images, channels, size, size]</c>.</param>
    /// <returns><c>[images, patches, width]</c></returns>
    /// <exception cref="InvalidOperationException">The tower is a SigLIP tower without pooling head.</exception>
    public Tensor SurgeryPatches(Tensor pixels)
    {
        var values = encoder.ForwardTwice(Embed(pixels, null, null, null), SurgeryDepth).Values;
        var last = Config.Family == EncoderFamily.Clip ? values : postNorm.Forward(values);
        return PooledPatchesOf(new VisionFeatures(last, null, new Dictionary<int, Tensor>()));
    }

    private Tensor? Pool(Tensor last) => Config.Family switch
    {
        EncoderFamily.Siglip => head?.Pool(last),
        EncoderFamily.Vit when pooler is null => null,
        _ => FromClassToken(last.Select(1, 0)),
    };

    private Tensor FromClassToken(Tensor token) => Config.Family switch
    {
        EncoderFamily.Clip => postNorm.Forward(token),
        EncoderFamily.Vit when pooler is not null => pooler.Forward(token).Tanh(),
        _ => token,
    };

    private Tensor Embed(Tensor pixels, PositionInterpolation? interpolation, Tensor? masked, VisionCondition? condition)
    {
        var (height, width) = CheckedSize(pixels, interpolation);
        var tokens = patches.Forward(pixels);                                  // [images, patches, width]
        if (masked is not null)
        {
            var token = maskToken ?? throw new ArgumentException("this tower has no mask token, so no patch of it can be masked", nameof(masked));
            tokens = Tensor.Where(masked.Ne(0).Unsqueeze(-1), token.To(tokens.Type), tokens);
        }

        if (classToken is not null)
        {
            tokens = Tensor.Cat([classToken.Expand(tokens.Size(0), 1, Config.HiddenSize), tokens], 1);
        }

        tokens += Positions(height, width, interpolation ?? PositionInterpolation.ToSize); // [images, tokens, width]
        tokens = condition?.Tokens is { } said ? Tensor.Cat([tokens, said.To(tokens.Type)], 1) : tokens;
        return preNorm?.Forward(tokens) ?? tokens;
    }

    // Everyone sees everyone, but for places behind the patches where no text stands.
    private static AttentionSpec? SightOf(VisionCondition? condition, Tensor tokens)
    {
        if (condition?.Tokens is not { } said || condition.TokenLengths.All(own => own == said.Size(1)))
        {
            return null;
        }

        var (images, length, before) = ((int)tokens.Size(0), (int)tokens.Size(1), (int)(tokens.Size(1) - said.Size(1)));
        return AttentionSpec.Bidirectional(images, length, [.. condition.TokenLengths.SelectMany(own => Enumerable.Range(0, length).Select(at => at < before + own ? 1 : 0))]);
    }

    private (int Height, int Width) CheckedSize(Tensor pixels, PositionInterpolation? interpolation)
    {
        var (shape, size) = (pixels.Shape, Config.ImageSize);
        var fits = shape is [_, var channels, var height, var width] && channels == Config.ChannelCount
            && (interpolation is null && Config.Family != EncoderFamily.Dinov2 ? height == size && width == size : height >= Config.PatchSize && width >= Config.PatchSize);
        return fits
            ? ((int)shape[2], (int)shape[3])
            : throw new ArgumentException(
                $"pixels have shape [{string.Join(", ", shape)}]; this vision tower takes [images, {Config.ChannelCount}, {size}, {size}], and other sizes from {Config.PatchSize} on with interpolated positions",
                nameof(pixels));
    }

    private int StateNumber(int number)
    {
        var counted = number < 0 ? Config.LayerCount + 1 + number : number;
        return counted >= 0 && counted <= Config.LayerCount
            ? counted
            : throw new ArgumentOutOfRangeException(nameof(number), number, $"a tower of {Config.LayerCount} layers has hidden states 0 to {Config.LayerCount}, or -1 to {-Config.LayerCount - 1}");
    }
}
