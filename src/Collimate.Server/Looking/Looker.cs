using Collimate.Alignment;
using Collimate.Alignment.Composition;
using Collimate.Alignment.Towers;
using Collimate.Data.Conversations;
using Collimate.Imaging;
using Collimate.Inspection;
using Collimate.Inspection.Orders;
using Collimate.Models;
using Collimate.Recipes.Schema;
using Collimate.Semantics;
using Collimate.Torch;
using Collimate.Training.Programs;

namespace Collimate.Server.Looking;

/// <summary>
/// Looks into a model while it reads a picture and a question: which words its visual tokens mean, where they stand, and what each token of an answer looked at.
/// A pass of its own, without a cache; one at a time, so that curiosity does not crowd out answers.
/// </summary>
/// <param name="name">What the model is called.</param>
/// <param name="built">The model.</param>
/// <param name="words">The words that visual tokens are compared with.</param>
internal sealed class Looker(string name, BuiltModel built, Lazy<WordList> words)
{
    private const long MostAttentionBytes = 2L << 30;

    private readonly Lock gate = new();
    private readonly Lazy<IReadOnlyList<CandidateWord>> candidates = new(() => CandidateWord.Of(words.Value, built.Tokenizer));

    private VisionLanguageModel Model => built.Model;

    /// <summary>Looks.</summary>
    /// <param name="image">The picture.</param>
    /// <param name="question">What is asked about it.</param>
    /// <param name="answer">What was answered; null where nobody asks what it looked at.</param>
    /// <param name="top">How many words of each visual token.</param>
    /// <param name="layers">The layers whose attention is averaged, first and last.</param>
    /// <exception cref="Data.DataException">Question and answer do not fit the context.</exception>
    public LookResponse Look(Image image, string question, string? answer, int top, (int First, int Last) layers)
    {
        lock (gate)
        {
            using var off = GradMode.Disable();
            using var scope = new TensorScope();
            var asked = new Sample("the question", [ImageSource.FromImage(image)], [new Turn("user", ConversationRenderer.ImageMarker + question.Replace(ConversationRenderer.ImageMarker, "", StringComparison.Ordinal))]);
            var whole = answer is null ? asked : asked with { Conversation = [.. asked.Conversation, new Turn("assistant", answer)] };
            var batcher = new ConversationBatcher(built.Tokenizer, built.Template, built.Processor, Model.Language.Config.MaxPositions, Model.TokensPerImage, Packed: false);
            using var batch = batcher.ToBatch([whole], forGeneration: answer is null, Model.Device);
            var composed = Model.Compose(batch);
            var order = TokenOrderView.Of(built, asked);
            var places = PlacesOf(composed);
            var grid = GridOf(places.Length);
            var (map, missing) = WordsOf(composed, top);
            return new LookResponse
            {
                Model = name, Width = image.Width, Height = image.Height, Rows = grid.Grid.Rows, Columns = grid.Grid.Columns,
                Tokens = TokensOf(image, places, grid, order, map), WordsMissing = missing,
                Reorders = Model.Composition is not (ConcatComposition or TextOnlyComposition), Sequence = [.. order.Runs.Select(RunOf)],
                Answer = answer is null ? [] : Attention(batch.Layouts[0], composed, places, layers), Layers = answer is null ? null : [layers.First, layers.Last],
            };
        }
    }

    // The nearest words of every visual token, or why there are none.
    private (AlignmentMap? Map, string? Missing) WordsOf(ComposedInput composed, int top)
    {
        if (VisualReader.Obstacle(built) is { } obstacle)
        {
            return (null, obstacle);
        }

        try
        {
            int[] unknown = [.. Enumerable.Repeat(AlignmentMap.Unknown, (int)composed.Visual!.Size(1))];
            return (AlignmentMap.Measure(composed.Visual, Model.Language.EmbeddingWeight, candidates.Value, unknown, top: top), null);
        }
        catch (Data.DataException unreadable)
        {
            return (null, unreadable.Message); // the model's tokenizer does not know the words
        }
    }

    private LookToken[] TokensOf(Image image, int?[] places, (PatchGrid Grid, int Skipped) grid, TokenOrderView order, AlignmentMap? map)
    {
        var moved = order.Runs.Where(run => run is { Image: >= 0, HasMoved: true }).SelectMany(run => run.Patches).ToHashSet();
        int[] byPlace = [.. places.OfType<int>().Order()];
        var frame = new PictureFrame(built.Processor!.Transform, image.Width, image.Height);
        return
        [
            .. places.Select((place, index) =>
            {
                var token = new LookToken
                {
                    Index = index, Place = place, Rank = place is { } at ? Array.BinarySearch(byPlace, at) : null, Moved = moved.Contains(index),
                    Words = map is null ? [] : [.. map.RecalledAt(0, index).Select(word => new LookWord(word.Word.Text, word.Cosine))],
                };
                return LiesAt(index, grid) is { } cell ? Placed(token, frame, grid.Grid, cell) : token;
            }),
        ];
    }

    private static LookToken Placed(LookToken token, PictureFrame frame, PatchGrid grid, (int Row, int Column) cell)
    {
        var (x, y, width, height) = frame.Of((double)cell.Column / grid.Columns, (double)cell.Row / grid.Rows, (cell.Column + 1.0) / grid.Columns, (cell.Row + 1.0) / grid.Rows);
        return token with { X = x, Y = y, Width = width, Height = height };
    }

    private static (int Row, int Column)? LiesAt(int token, (PatchGrid Grid, int Skipped) grid) => grid.Grid.Count == 0 || token < grid.Skipped || token - grid.Skipped >= grid.Grid.Count
        ? null
        : ((token - grid.Skipped) / grid.Grid.Columns, (token - grid.Skipped) % grid.Grid.Columns);

    // How the tokens lie, and how many stand before those that lie somewhere, such as a class token.
    private (PatchGrid Grid, int Skipped) GridOf(int tokens)
    {
        if (Model.Connector.GridOf(Model.Vision.Grid) is { Count: > 0 } grid && grid.Count == tokens)
        {
            return (grid, 0);
        }

        var reader = VisualReader.Obstacle(built) is null ? new VisualReader(built) : null;
        return reader is { LiesOnPatches: true } ? (reader.Grid, tokens - reader.Grid.Count) : default;
    }

    // Of every visual token its place in the sequence.
    private static int?[] PlacesOf(ComposedInput composed)
    {
        var positions = composed.Sequence.Positions;
        var places = new int?[composed.Visual!.Size(1)];
        for (var at = 0; at < positions.RowLengths[0]; at++)
        {
            if (positions.Images[at] == 0)
            {
                places[positions.Patches[at]] = at;
            }
        }

        return places;
    }

    private LookAnswerToken[] Attention(TokenLayout layout, ComposedInput composed, int?[] places, (int First, int Last) layers)
    {
        var (positions, config) = (composed.Sequence.Positions, Model.Language.Config);
        var length = positions.Length;
        if ((long)length * length * config.HeadCount * config.LayerCount * sizeof(float) > MostAttentionBytes)
        {
            throw new Data.DataException("the question", $"the attention of {config.LayerCount} layers over {length} positions takes more memory than is given to looking; send no answer to see words and order alone");
        }

        var visual = layout.ImageCount * places.Length;
        var shares = MeanAttention(composed, layers, length);
        var tokens = new List<LookAnswerToken>();
        for (var at = 1; at < positions.RowLengths[0]; at++)
        {
            var token = composed.Order.Sources[0][at] - visual;
            if (positions.Kinds[at] != TokenKind.Answer || built.Tokenizer.Decode([layout.TokenIds[token]]).Length == 0)
            {
                continue;
            }

            // The position before an answer's token is the one that chose it.
            var (span, row) = (layout.Spans[token], (at - 1) * length);
            tokens.Add(new LookAnswerToken(layout.Text.Substring(span.Start, span.Length), [.. places.Select(place => place is { } there ? shares[row + there] : 0)]));
        }

        return [.. tokens];
    }

    // [positions, positions] row-major
    private float[] MeanAttention(ComposedInput composed, (int First, int Last) layers, int length)
    {
        using var trace = new ForwardTrace(wantsAttentions: true);
        Model.Language.Run(composed.Input, hook: composed.Hook, trace: trace);
        var mean = new float[length * length];
        for (var layer = layers.First; layer <= layers.Last; layer++)
        {
            using var scope = new TensorScope();
            var heads = trace.Attentions[layer].Select(0, 0).To(ScalarType.Float32).Mean(0).To(Device.Cpu).ToArray<float>(); // [positions, positions]
            for (var k = 0; k < mean.Length; k++)
            {
                mean[k] += heads[k] / (layers.Last - layers.First + 1);
            }
        }

        return mean;
    }

    private static LookRun RunOf(OrderRun run) => new()
    {
        Kind = run.Kind.ToString().ToLowerInvariant(), Text = run.Image < 0 ? run.Text : null, Tokens = run.Image < 0 ? null : run.Patches, Moved = run.HasMoved,
    };
}
