using Collimate.Alignment;
using Collimate.Data.Conversations;
using Collimate.Models;
using Collimate.Torch;

namespace Collimate.Inspection;

/// <summary>Gathers, layer by layer, the decoder's states at places of pictures and at places of text, from as many batches as one likes.</summary>
/// <param name="visualPerBatch">How many places of pictures a batch gives, spread evenly over it.</param>
/// <param name="textPerBatch">How many places of text a batch gives.</param>
internal sealed class LayerClouds(int visualPerBatch, int textPerBatch)
{
    private readonly List<(List<float[]> Visual, List<float[]> Text)> layers = [];
    private int width;

    /// <summary>Adds a batch.</summary>
    /// <param name="trace">The states of a run, each <c>[rows, length, hidden]</c>.</param>
    /// <param name="positions">What each position is.</param>
    public void Add(ForwardTrace trace, Positions positions)
    {
        var visual = Spread(Places(positions, isImage: true), visualPerBatch);
        var text = Spread(Places(positions, isImage: false), textPerBatch);
        for (var layer = 0; layer < trace.HiddenStates.Count; layer++)
        {
            using var scope = new TensorScope();
            var state = trace.HiddenStates[layer];
            width = (int)state.Size(2);
            var rows = state.Reshape(-1, width);                              // [rows · length, hidden]
            if (layer == layers.Count)
            {
                layers.Add(([], []));
            }

            layers[layer].Visual.Add(Rows(rows, visual));
            layers[layer].Text.Add(Rows(rows, text));
        }
    }

    /// <summary>The gap before the first layer, after each, the last one with the final norm; none where no picture stood in the sequences.</summary>
    public IReadOnlyList<ModalityGap> Measure()
    {
        var gaps = new List<ModalityGap>();
        foreach (var (visual, text) in layers.Where(layer => layer.Visual.Exists(rows => rows.Length > 0) && layer.Text.Exists(rows => rows.Length > 0)))
        {
            using var scope = new TensorScope();
            gaps.Add(ModalityGap.Measure(Cloud(visual), Cloud(text)));
        }

        return gaps;
    }

    private Tensor Cloud(List<float[]> parts)
    {
        float[] all = [.. parts.SelectMany(part => part)];
        return Tensor.From(all, [all.Length / width, width]);
    }

    private static float[] Rows(Tensor rows, long[] places) =>
        places.Length == 0 ? [] : rows.IndexSelect(0, Tensor.From(places).To(rows.Device)).To(ScalarType.Float32).ToArray<float>();

    private static List<long> Places(Positions positions, bool isImage)
    {
        var places = new List<long>();
        for (var at = 0; at < positions.Kinds.Length; at++)
        {
            if (positions.Kinds[at] != TokenKind.Padding && !positions.Unseen[at] && positions.Kinds[at] == TokenKind.Image == isImage)
            {
                places.Add(at);
            }
        }

        return places;
    }

    private static long[] Spread(List<long> places, int count) => count >= places.Count
        ? [.. places]
        : [.. Enumerable.Range(0, count).Select(k => places[(int)((long)k * places.Count / count)])];
}
