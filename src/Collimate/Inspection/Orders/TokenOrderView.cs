using Collimate.Alignment;
using Collimate.Alignment.Composition;
using Collimate.Alignment.Towers;
using Collimate.Data.Conversations;
using Collimate.Imaging;
using Collimate.Recipes.Schema;
using Collimate.Torch;
using Collimate.Training.Programs;

namespace Collimate.Inspection.Orders;

/// <summary>A stretch of a sequence: text tokens, or tokens of one picture.</summary>
/// <param name="Kind">What it is; text of several kinds is several runs.</param>
/// <param name="Text">What a text run says.</param>
/// <param name="Image">Which picture an image run belongs to, from 0; -1 for text.</param>
/// <param name="Patches">The patches of an image run in their order, from 0.</param>
/// <param name="HasMoved">Whether other text stands around it than where concatenation puts it.</param>
public sealed record OrderRun(TokenKind Kind, string Text, int Image, IReadOnlyList<int> Patches, bool HasMoved);

/// <summary>In what order a composition lets the tokens of one prompt enter, ready to be drawn.</summary>
public sealed class TokenOrderView
{
    private TokenOrderView(string sample, PatchGrid grid, IReadOnlyList<Image> pictures, IReadOnlyList<OrderRun> runs, float[] weights, bool isPermutation, IReadOnlyDictionary<string, double> measures) =>
        (Sample, Grid, Pictures, Runs, Weights, IsPermutation, Measures) = (sample, grid, pictures, runs, weights, isPermutation, measures);

    /// <summary>The sample's name.</summary>
    public string Sample { get; }

    /// <summary>How image tokens lie on a picture; rows of 0 where they do not lie on its patches.</summary>
    public PatchGrid Grid { get; }

    /// <summary>The pictures as the tower gets them, without its normalisation.</summary>
    public IReadOnlyList<Image> Pictures { get; }

    /// <summary>The sequence.</summary>
    public IReadOnlyList<OrderRun> Runs { get; }

    /// <summary>From where each position takes its vector, <c>[length, length]</c> row-major: a row a position, a column a place of concatenation.</summary>
    public float[] Weights { get; }

    /// <summary>How many positions.</summary>
    public int Length => (int)Math.Sqrt(Weights.Length);

    /// <summary>Whether every token stands somewhere, and none twice.</summary>
    public bool IsPermutation { get; }

    /// <summary>What the composition reported.</summary>
    public IReadOnlyDictionary<string, double> Measures { get; }

    /// <summary>Lets a model order a prompt.</summary>
    /// <param name="built">The model.</param>
    /// <param name="sample">A conversation; only its first question is asked.</param>
    public static TokenOrderView Of(BuiltModel built, Sample sample)
    {
        using var off = GradMode.Disable();
        using var scope = new TensorScope();
        var batcher = new ConversationBatcher(
            built.Tokenizer, built.Template, built.Processor, built.Model.Language.Config.MaxPositions, built.Model.TokensPerImage, Packed: false);
        using var batch = batcher.ToBatch([FirstQuestion(sample)], forGeneration: true, built.Model.Device);
        var pass = PassContext.Answering;
        var composed = built.Model.Compose(batch, pass: pass);
        var perImage = (int)(composed.Visual?.Size(1) ?? 0);
        var original = ConcatComposition.Sources(batch, perImage)[0];
        var sources = composed.Order.Sources[0];
        var grid = built.Model.Vision.Grid;
        return new TokenOrderView(
            sample.Id, grid.Count == perImage ? grid : default, [.. Enumerable.Range(0, batch.ImageCount(0)).Select(image => Shown(built.Processor!, batch.Pixels!, image))],
            FindRuns(batch.Layouts[0], sources, original, perImage), Matrix(composed.Order, sources, original), sources.Order().SequenceEqual(original.Order()), pass.Measures.Means);
    }

    private static Sample FirstQuestion(Sample sample)
    {
        var asked = sample.Conversation.TakeWhile(turn => turn.Role != "assistant").ToArray();
        return sample with { Conversation = asked, Images = [.. sample.Images.Take(asked.Sum(ConversationRenderer.CountImages))] };
    }

    private static List<OrderRun> FindRuns(TokenLayout layout, int[] sources, int[] original, int perImage)
    {
        var visual = layout.ImageCount * perImage;
        var (before, after) = (TextBefore(original, visual), TextBefore(sources, visual));
        var runs = new List<OrderRun>();
        for (var at = 0; at < sources.Length;)
        {
            var first = at;
            var (kind, image, moved) = What(at);
            while (at < sources.Length && What(at) == (kind, image, moved))
            {
                at++;
            }

            var tokens = sources[first..at];
            runs.Add(image >= 0
                ? new OrderRun(kind, "", image, [.. tokens.Select(source => source % perImage)], moved)
                : new OrderRun(kind, string.Concat(tokens.Select(source => layout.Text.Substring(layout.Spans[source - visual].Start, layout.Spans[source - visual].Length))), -1, [], moved));
        }

        return runs;

        (TokenKind Kind, int Image, bool Moved) What(int at)
        {
            var source = sources[at];
            return source < visual
                ? (TokenKind.Image, source / perImage, after[source] != before[source])
                : (layout.Kinds[source - visual], -1, after[source] != before[source]);
        }
    }

    // For every source how many text tokens stand before it.
    private static Dictionary<int, int> TextBefore(int[] sources, int visual)
    {
        var (before, text) = (new Dictionary<int, int>(), 0);
        foreach (var source in sources)
        {
            before[source] = text;
            text += source >= visual ? 1 : 0;
        }

        return before;
    }

    private static float[] Matrix(Order order, int[] sources, int[] original)
    {
        var column = original.Index().ToDictionary(place => place.Item, place => place.Index);
        var length = original.Length;
        var weights = new float[length * length];
        for (var at = 0; at < Math.Min(length, sources.Length); at++)
        {
            weights[(at * length) + column[sources[at]]] = 1;
        }

        if (order.Mixture is { } mixture)
        {
            var (slots, movable, size) = (mixture.Slots[0], mixture.Movable[0], (int)mixture.Weights.Size(1));
            var mixed = mixture.Weights.Detach().Select(0, 0).To(ScalarType.Float32).ToArray<float>();
            foreach (var (i, slot) in slots.Index())
            {
                weights.AsSpan(slot * length, length).Clear();
                foreach (var (j, source) in movable.Index())
                {
                    weights[(slot * length) + column[source]] += mixed[(i * size) + j];
                }
            }
        }

        return weights;
    }

    private static Image Shown(ImageProcessor processor, Tensor pixels, int image)
    {
        var (size, values) = (processor.OutputSize, pixels.Select(0, image).To(ScalarType.Float32).ToArray<float>());
        var area = size.Height * size.Width;
        var shown = new byte[area * 3];
        for (var k = 0; k < shown.Length; k++)
        {
            var (channel, place) = (k % 3, k / 3);
            var value = (values[(channel * area) + place] * processor.Transform.Deviation[channel]) + processor.Transform.Mean[channel];
            shown[k] = (byte)Math.Clamp(Math.Round(value * 255), 0, 255);
        }

        return new Image(size.Width, size.Height, 3, shown);
    }
}
