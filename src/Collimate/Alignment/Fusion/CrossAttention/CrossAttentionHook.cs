using Collimate.Models.Language;
using Collimate.Torch;

namespace Collimate.Alignment.Fusion.CrossAttention;

/// <summary>Lets words look at pictures before the chosen layers, in one pass over whole sequences.</summary>
/// <param name="blocks">The blocks by layer.</param>
/// <param name="visual">Visual tokens, <c>[images, tokens, hidden]</c>; null without pictures.</param>
/// <param name="sight">Who sees which of them: positions of the pass, and the tokens that follow it.</param>
internal sealed class CrossAttentionHook(IReadOnlyDictionary<int, GatedCrossAttention> blocks, Tensor? visual, (MediaSight Prompt, MediaSight Steps)? sight) : ILayerHook
{
    public IReadOnlyList<Tensor> Carried => visual is null ? [] : [visual];

    public ILayerHook With(IReadOnlyList<Tensor> carried) => visual is null ? this : new CrossAttentionHook(blocks, carried[0], sight);

    public bool EntersBefore(int layer) => blocks.ContainsKey(layer);

    public Tensor BeforeLayer(int layer, Tensor hidden)
    {
        if (visual is null || sight is not { } who)
        {
            return blocks[layer].Forward(hidden, null);
        }

        var (keys, values) = blocks[layer].Look(visual, who.Prompt);
        return blocks[layer].Forward(hidden, (keys, values, who.Prompt));
    }

    public IStepHook AfterPrompt() => new Steps(blocks, visual, sight?.Steps);

    /// <summary>Keeps keys and values of the pictures for all tokens to come.</summary>
    private sealed class Steps : IStepHook
    {
        private readonly IReadOnlyDictionary<int, GatedCrossAttention> blocks;
        private readonly Dictionary<int, (Tensor Keys, Tensor Values)> looked = [];
        private MediaSight? sight;

        public Steps(IReadOnlyDictionary<int, GatedCrossAttention> blocks, Tensor? visual, MediaSight? sight)
        {
            this.blocks = blocks;
            if (visual is null || sight is null)
            {
                return;
            }

            using var scope = new TensorScope();
            foreach (var (layer, block) in blocks)
            {
                var (keys, values) = block.Look(visual, sight);
                looked[layer] = (keys.Contiguous().Keep(), values.Contiguous().Keep());
            }

            this.sight = sight.SelectRows(Tensor.Arange(sight.Hidden.Size(0)).To(visual.Device));
        }

        public bool EntersBefore(int layer) => blocks.ContainsKey(layer);

        public Tensor BeforeLayer(int layer, Tensor hidden) =>
            blocks[layer].Forward(hidden, sight is null ? null : (looked[layer].Keys, looked[layer].Values, sight));

        public void SelectRows(ReadOnlySpan<int> rows)
        {
            if (sight is null)
            {
                return;
            }

            using var scope = new TensorScope();
            using var _ = GradMode.Disable();
            var which = Tensor.From([.. rows.ToArray().Select(row => (long)row)]).To(sight.Sees.Device);
            foreach (var (layer, (keys, values)) in looked.ToArray())
            {
                looked[layer] = (keys.IndexSelect(0, which).Keep(), values.IndexSelect(0, which).Keep());
                keys.Dispose();
                values.Dispose();
            }

            var before = sight;
            sight = sight.SelectRows(which);
            Release(before);
        }

        public void Dispose()
        {
            foreach (var (keys, values) in looked.Values)
            {
                keys.Dispose();
                values.Dispose();
            }

            looked.Clear();
            Release(sight);
        }

        private static void Release(MediaSight? sight)
        {
            sight?.Hidden.Dispose();
            sight?.Sees.Dispose();
        }
    }
}
