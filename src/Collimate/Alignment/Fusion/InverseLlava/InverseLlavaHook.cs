using Collimate.Models;
using Collimate.Models.Language;
using Collimate.Torch;

namespace Collimate.Alignment.Fusion.InverseLlava;

/// <summary>Makes query, key and value of the fused layers in one pass over whole sequences.</summary>
/// <param name="layers">The fused layers by number.</param>
/// <param name="lots">Where text and pictures stand; null where there are no pictures.</param>
/// <param name="patches">What the eye saw, <c>[images · patches, visionWidth]</c>; null where there are no pictures.</param>
/// <param name="isEmpty">Whether the sequence has zeros where pictures stand.</param>
internal sealed class InverseLlavaHook(IReadOnlyDictionary<int, FusedLayer> layers, PictureRows? lots, Tensor? patches, bool isEmpty) : ILayerHook
{
    public IReadOnlyList<Tensor> Carried => patches is null ? [] : [patches];

    public ILayerHook With(IReadOnlyList<Tensor> carried) => patches is null ? this : new InverseLlavaHook(layers, lots, carried[0], isEmpty);

    public bool ProjectsIn(int layer) => layers.ContainsKey(layer);

    public Tensor Project(int layer, Tensor normed, PackedLinear own)
    {
        var fused = layers[layer];
        var settled = fused.Settle();
        if (lots is null || patches is null)
        {
            return Sum(own.Forward(normed), fused.AtText(normed, settled));
        }

        var flat = normed.Reshape(-1, normed.Size(-1));                        // [positions, hidden]
        var words = flat.IndexSelect(0, lots.Words);
        var seen = patches.IndexSelect(0, lots.Patches);                       // [places, visionWidth]
        Tensor packed;
        if (isEmpty && layer == 0)
        {
            // The norm of zeros is zeros, and their projection the bias; nothing is computed there, nor does any gradient go through a norm whose slope at 0 is 1/√ε.
            var pictures = Sum(fused.AtPictures(null, seen, settled), own.Bias);
            packed = lots.Together(Sum(own.Forward(words), fused.AtText(words, settled)), pictures);
        }
        else
        {
            var pictures = fused.AtPictures(flat.IndexSelect(0, lots.Places), seen, settled);
            var text = fused.AtText(words, settled) ?? Tensor.Zeros([1], pictures.Type, pictures.Device);
            packed = Sum(own.Forward(flat), lots.Together(text.Expand(words.Size(0), own.OutputWidth), pictures));
        }

        return packed.Reshape(normed.Size(0), normed.Size(1), -1);
    }

    public IStepHook AfterPrompt() => new Steps(layers);

    private static Tensor Sum(Tensor own, Tensor? added) => added is null ? own : own + added.To(own.Type);

    /// <summary>New tokens are text: nothing of a picture enters at them, what pictures gave is in the cache of keys and values, and the rest is made once.</summary>
    private sealed class Steps : IStepHook
    {
        private readonly Dictionary<int, (FusedLayer Layer, Tensor Settled)> fused = [];

        public Steps(IReadOnlyDictionary<int, FusedLayer> layers)
        {
            using var scope = new TensorScope();
            foreach (var (number, layer) in layers)
            {
                fused[number] = (layer, layer.Settle().Keep());
            }
        }

        public bool ProjectsIn(int layer) => fused.ContainsKey(layer);

        public Tensor Project(int layer, Tensor normed, PackedLinear own) => Sum(own.Forward(normed), fused[layer].Layer.AtText(normed, fused[layer].Settled));

        public void SelectRows(ReadOnlySpan<int> rows)
        {
        }

        public void Dispose()
        {
            foreach (var (_, settled) in fused.Values)
            {
                settled.Dispose();
            }
        }
    }
}
