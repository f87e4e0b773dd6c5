using Collimate.Models.Attention;
using Collimate.Torch;
using Collimate.Torch.Fused;
using Collimate.Torch.Layers;

namespace Collimate.Models.Language;

/// <summary>Grouped-query self-attention of a decoder layer with rotary positions; query, key and value come from one packed product.</summary>
internal sealed class DecoderAttention : Module
{
    private readonly PackedLinear projections;
    private readonly Linear output;
    private readonly int layer;
    private readonly int heads;
    private readonly int groups;
    private readonly int size;

    public DecoderAttention(LanguageConfig config, int layer, Generator? generator)
    {
        this.layer = layer;
        (heads, groups, size) = (config.HeadCount, config.KeyValueHeadCount, config.HeadSize);
        projections = AddModule("qkv_proj", new PackedLinear(config.HiddenSize, [("q_proj", heads * size), ("k_proj", groups * size), ("v_proj", groups * size)], config.ProjectionBias, generator));
        output = AddModule("o_proj", new Linear(heads * size, config.HiddenSize, config.OutputBias, generator, LanguageConfig.InitialDeviation));
    }

    /// <summary>What makes queries, keys and values.</summary>
    public PackedLinear Projections => projections;

    /// <param name="normed"><c>[batch, positions, hidden]</c></param>
    /// <param name="angles">Rotary angles of the positions.</param>
    /// <param name="sight">Who sees whom, cached positions first.</param>
    /// <param name="cache">Keys and values of earlier positions, extended by this call.</param>
    /// <param name="hook">May take the place of the projections.</param>
    /// <param name="trace">Keeps who attended to whom.</param>
    public Tensor Forward(Tensor normed, RotaryAngles angles, AttentionRule sight, KeyValueCache? cache, ILayerHook? hook, ForwardTrace? trace = null) =>
        output.Forward(Attend(Projected(normed, hook), angles, sight, cache, trace)); // [batch, positions, hidden]

    /// <summary>One new position of rows that stand at different places, each with a cache of its own: they share the products, and attend one by one.</summary>
    /// <param name="normed"><c>[rows, 1, hidden]</c>; more rows than there are places repeat the last one.</param>
    /// <param name="rows">Where each row stands.</param>
    /// <param name="hook">May take the place of the projections.</param>
    public Tensor Step(Tensor normed, IReadOnlyList<DecodingPlace> rows, ILayerHook? hook)
    {
        var qkv = Projected(normed, hook);                                            // [rows, 1, (heads + 2 groups) * size]
        var attended = new Tensor[normed.Size(0)];
        for (var row = 0; row < attended.Length; row++)
        {
            attended[row] = row < rows.Count
                ? Attend(qkv.Narrow(0, row, 1), rows[row].Angles, rows[row].Sight, rows[row].Cache, trace: null)
                : attended[row - 1];
        }

        return output.Forward(attended.Length == 1 ? attended[0] : Tensor.Cat(attended)); // [rows, 1, hidden]
    }

    // [batch, positions, (heads + 2 groups) * size]
    private Tensor Projected(Tensor normed, ILayerHook? hook) =>
        hook is not null && hook.ProjectsIn(layer) ? hook.Project(layer, normed, projections) : projections.Forward(normed);

    private Tensor Attend(Tensor qkv, RotaryAngles angles, AttentionRule sight, KeyValueCache? cache, ForwardTrace? trace)
    {
        if (cache is null && trace is not { WantsAttentions: true })
        {
            return FusedOperators.RotaryAttention(qkv, angles.Cos, angles.Sin, heads, groups, sight); // [batch, positions, heads * size]
        }

        // One new position: all that it could not see of its own document or after it, it need not be told about.
        if (cache is not null && qkv.Size(1) == 1 && sight.Document is null && trace is not { WantsAttentions: true } && !qkv.RequiresGrad && FusedOperators.HasCachedAttention(size, qkv.Device))
        {
            var (allKeys, allValues) = cache.Reserve(layer, qkv.Size(0), groups, size, added: 1, qkv.Type, qkv.Device);
            return FusedOperators.CachedAttention(qkv, angles.Cos, angles.Sin, allKeys, allValues, cache.Length, heads, sight.Valid); // [batch, 1, heads * size]
        }

        var (query, newKeys, newValues) = FusedOperators.RotaryQkv(qkv, angles.Cos, angles.Sin, heads, groups);
        var (keys, values) = cache?.Append(layer, newKeys, newValues) ?? (newKeys, newValues); // [batch, groups, cached and new, size]
        if (trace is { WantsAttentions: true })
        {
            trace.AddAttention(AttentionWeights.Of(query, keys, sight));
        }

        return FusedOperators.Attention(query, keys, values, sight);
    }
}
