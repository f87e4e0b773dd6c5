using Collimate.Data.Conversations;
using Collimate.Torch;
using Collimate.Torch.Fused;

namespace Collimate.Alignment;

/// <summary>Embeddings in their order, together with what each position is.</summary>
/// <param name="Embeddings"><c>[rows, length, hidden]</c></param>
/// <param name="Positions">What each position is.</param>
public sealed record Sequence(Tensor Embeddings, Positions Positions)
{
    // Few distinct lengths: bf16 products are compiled, and kept, per shape.
    private const int Round = 16;

    /// <summary>Applies an order: the one place where embeddings, kinds, labels, documents and position ids move, and they move together.</summary>
    /// <param name="visual">Visual tokens of all pictures, <c>[images, tokens, hidden]</c>, or null where there are none.</param>
    /// <param name="text">Embedded layouts, padded, <c>[rows, tokens, hidden]</c>.</param>
    /// <param name="batch">The rows.</param>
    /// <param name="order">Who stands where.</param>
    /// <param name="rule">Which place the rotary embedding is told.</param>
    public static Sequence Build(Tensor? visual, Tensor text, Batch batch, Order order, PositionRule rule = PositionRule.Sequential)
    {
        var sources = order.Sources;
        var perImage = (int)(visual?.Size(1) ?? 0);
        var length = (sources.Max(row => row.Length) + Round - 1) / Round * Round;
        var positions = new Positions(batch.Rows, length);
        var flat = new FlatSources(batch, perImage, (int)text.Size(1));
        var gather = new long[batch.Rows * length]; // padding repeats the first source; nobody sees it
        for (var row = 0; row < batch.Rows; row++)
        {
            Place(positions, row, sources[row], batch.Layouts[row].Joined(), batch.ImageCount(row) * perImage, perImage, rule);
            for (var at = 0; at < sources[row].Length; at++)
            {
                gather[(row * length) + at] = flat.Of(row, sources[row][at]);
            }
        }

        using var scope = new TensorScope();
        var hidden = text.Size(-1);
        var flatText = text.Reshape(-1, hidden); // [rows · tokens, hidden]
        var all = visual is null ? flatText : Tensor.Cat([visual.Reshape(-1, hidden), flatText]);
        var embeddings = all.IndexSelect(0, Tensor.From(gather).To(text.Device)); // [rows · length, hidden]
        embeddings = order.Mixture is { } mixture ? Mixing.Apply(mixture, embeddings, all, flat, length) : embeddings;
        return new Sequence(scope.Escape(embeddings.Reshape(batch.Rows, length, hidden)), positions);
    }

    private static void Place(Positions positions, int row, int[] sources, TokenLayout layout, int visualCount, int perImage, PositionRule rule)
    {
        var start = row * positions.Length;
        var counter = new PlaceCounter();
        var kept = rule == PositionRule.Sequential ? null : PlaceCounter.Original(layout, visualCount, perImage, rule);
        positions.RowLengths[row] = sources.Length;
        for (var at = 0; at < sources.Length; at++)
        {
            var here = start + at;
            var source = sources[at];
            var isVisual = source < visualCount;
            var token = source - visualCount;
            positions.Kinds[here] = isVisual ? TokenKind.Image : layout.Kinds[token];
            positions.Unseen[here] = !isVisual && layout.InputIds?[token] == TokenLayout.Dropped;
            positions.Images[here] = isVisual ? source / perImage : -1;
            positions.Patches[here] = isVisual ? source % perImage : -1;
            var document = isVisual ? DocumentOfImage(layout, source / perImage) : layout.Documents[token];
            positions.Documents[here] = document;
            var isFirst = counter.Counted(document) == 0;
            var counted = counter.Next(document);
            positions.PositionIds[here] = kept?[source] ?? counted;
            // What stands before predicts it: its own document, or the shared part where the document begins with its answer.
            var before = at > 0 ? positions.Documents[here - 1] : -1;
            if (!isVisual && layout.IsLearnt(token) && (before == document || (before == AttentionRule.SharedPart(document) && isFirst)))
            {
                positions.Labels[here - 1] = layout.TokenIds[token];
            }
        }
    }

    private static int DocumentOfImage(TokenLayout layout, int image)
    {
        for (var k = 0; k < layout.Kinds.Length; k++)
        {
            if (layout.Kinds[k] == TokenKind.Image && layout.ImageIndex[k] == image)
            {
                return layout.Documents[k];
            }
        }

        return 0;
    }
}
