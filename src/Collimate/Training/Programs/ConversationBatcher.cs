using Collimate.Alignment;
using Collimate.Data;
using Collimate.Data.Conversations;
using Collimate.Imaging;
using Collimate.Tokenization;
using Collimate.Torch;
using Collimate.Training.Features;

namespace Collimate.Training.Programs;

/// <summary>Turns samples into tokens and pixels: one way for training, evaluation and answering.</summary>
/// <param name="Tokenizer">The decoder's tokenizer.</param>
/// <param name="Template">The decoder's chat template.</param>
/// <param name="Processor">Prepares pictures as the vision tower wants them; null for a model without eyes.</param>
/// <param name="ContextLength">The most tokens a row may have, visual tokens included.</param>
/// <param name="TokensPerImage">Visual tokens that a picture becomes.</param>
/// <param name="Packed">Whether each question is a document of its own that sees the picture and not its neighbours.</param>
public sealed record ConversationBatcher(
    ITokenizer Tokenizer, ChatTemplate Template, ImageProcessor? Processor, int ContextLength, int TokensPerImage, bool Packed)
{
    /// <summary>Threads that read pictures.</summary>
    public int DecodeThreads { get; init; } = 1;

    /// <summary>What is known of pictures already; null where nothing is kept.</summary>
    public FeatureCache? Features { get; init; }

    /// <summary>Whether samples are preferences, of which both answers are wanted.</summary>
    public bool Pairs { get; init; }

    /// <summary>Renders a sample to tokens.</summary>
    /// <param name="sample">The conversation.</param>
    /// <param name="forGeneration">Whether the last turn is still to be answered.</param>
    /// <exception cref="DataException">The sample does not fit the context.</exception>
    public TokenLayout Render(Sample sample, bool forGeneration = false)
    {
        var layout = ConversationRenderer.Render(sample, Tokenizer, Template, forGeneration, Packed && !sample.IsOneText ? TurnGrouping.Separate : TurnGrouping.Joined);
        var length = Length(sample, layout);
        return length <= ContextLength
            ? layout
            : throw new DataException(sample.Id, $"the conversation takes {length} tokens ({sample.Images.Count} pictures of {TokensPerImage} among them), the model's context holds {ContextLength}; shorten the question or split the conversation", DataFault.TooLong);
    }

    /// <summary>How many positions a sample will take; no picture is read for it.</summary>
    /// <exception cref="DataException">The sample cannot be rendered, or does not fit the context.</exception>
    public int Length(Sample sample) => Row(sample).Longest + (sample.Images.Count * (TokensPerImage - 1));

    /// <summary>A sample as a row; of a preference that is trained on, both answers.</summary>
    /// <exception cref="DataException">It cannot be rendered, does not fit the context, or is no preference where one is wanted.</exception>
    internal BatchRow Row(Sample sample) => Pairs ? PreferenceRow.Of(sample, this) : new BatchRow(sample, Render(sample));

    /// <summary>Puts rendered samples together as a piece of a batch.</summary>
    internal ConversationPiece Piece(IReadOnlyList<Sample> samples, IReadOnlyList<TokenLayout> layouts, int answerTokens, int rows) =>
        Pieces([(0, [.. samples.Zip(layouts, (sample, layout) => new BatchRow(sample, layout))])], answerTokens, rows)[0];

    /// <summary>Puts rendered samples together as the pieces of a batch; pictures that have not been read yet are read on several threads, the result the same.</summary>
    /// <param name="pieces">The number of every piece within the batch, and its rows.</param>
    /// <param name="answerTokens">Labelled tokens in the whole batch.</param>
    /// <param name="rows">Samples in the whole batch.</param>
    internal ConversationPiece[] Pieces(IReadOnlyList<(int Index, BatchRow[] Rows)> pieces, int answerTokens, int rows)
    {
        var made = new ConversationPiece[pieces.Count];
        var places = new List<(BatchRow Row, float[] Pixels, int Start)>();
        var keys = Keys(pieces);
        for (var k = 0; k < made.Length; k++)
        {
            var (index, mine) = pieces[k];
            ImageSource[] shown = [.. mine.SelectMany(row => row.Sample.Images)];
            // All of a piece's pictures or none: the tower then looks at the same pictures together as it would without a cache.
            if (Features?.Find(keys[k]) is { } known)
            {
                made[k] = new ConversationPiece(Layouts(mine), [], [], answerTokens, rows)
                {
                    IsPaired = IsPaired(mine), Index = index, Samples = mine.Sum(row => row.Samples), Features = known, Images = shown,
                };
                continue;
            }

            var (pixels, filled) = (new float[shown.Length * PixelsPerImage(mine.Select(row => row.Sample))], 0);
            foreach (var row in mine.Where(row => row.Sample.Images.Count > 0))
            {
                places.Add((row, pixels, filled));
                filled += row.Sample.Images.Count * Processor!.OutputLength;
            }

            long[] shape = shown.Length == 0 ? [] : [shown.Length, 3, Processor!.OutputSize.Height, Processor.OutputSize.Width];
            made[k] = new ConversationPiece(Layouts(mine), pixels, shape, answerTokens, rows)
            {
                IsPaired = IsPaired(mine), Index = index, Samples = mine.Sum(row => row.Samples), Unknown = keys[k], Images = shown,
            };
        }

        foreach (var (row, pixels, start) in places.Where(place => place.Row.Pixels is not null))
        {
            row.Pixels!.CopyTo(pixels.AsSpan(start));
        }

        var unread = places.Where(place => place.Row.Pixels is null)
            .SelectMany(place => place.Row.Sample.Images.Select((image, at) => (Image: image, place.Pixels, Start: place.Start + (at * Processor!.OutputLength)))).ToArray();
        SideBySide.Run(unread.Length, DecodeThreads, k =>
            unread[k].Image.Process(Processor!, unread[k].Pixels.AsSpan(unread[k].Start, Processor!.OutputLength)));
        return made;
    }

    /// <summary>Reads a sample's pictures; null where all of them were met before, and so can be read.</summary>
    /// <exception cref="ImageException">One cannot be read.</exception>
    internal float[]? Pixels(Sample sample)
    {
        if (Features is { } cache && sample.Images.All(image => cache.HasMet(image.ContentHash())))
        {
            return null;
        }

        var length = PixelsPerImage([sample]);
        var pixels = new float[sample.Images.Count * length];
        for (var k = 0; k < sample.Images.Count; k++)
        {
            sample.Images[k].Process(Processor!, pixels.AsSpan(k * length, length));
        }

        return pixels;
    }

    /// <summary>Samples as a batch on a device.</summary>
    public Batch ToBatch(IReadOnlyList<Sample> samples, bool forGeneration, Device device)
    {
        var layouts = samples.Select(sample => Render(sample, forGeneration)).ToArray();
        return Piece(samples, layouts, 0, samples.Count).ToBatch(device);
    }

    // Rejected answers stand after all others, in the same order.
    private static TokenLayout[] Layouts(BatchRow[] rows) => [.. rows.Select(row => row.Layout), .. rows.Select(row => row.Rejected).OfType<TokenLayout>()];

    private static bool IsPaired(BatchRow[] rows) => Array.Exists(rows, row => row.Rejected is not null);

    private int Length(Sample sample, TokenLayout layout) => layout.Count + (sample.Images.Count * (TokensPerImage - 1));

    // Every piece's pictures by their contents; nothing where nothing is kept.
    private FeatureKey[][] Keys(IReadOnlyList<(int Index, BatchRow[] Rows)> pieces)
    {
        var images = pieces.Select(piece => Features is null ? [] : piece.Rows.SelectMany(row => row.Sample.Images).ToArray()).ToArray();
        var keys = images.Select(mine => new FeatureKey[mine.Length]).ToArray();
        var places = images.SelectMany((mine, piece) => mine.Select((image, at) => (Image: image, Piece: piece, At: at))).ToArray();
        SideBySide.Run(places.Length, DecodeThreads, k => keys[places[k].Piece][places[k].At] = Features!.KeyOf(places[k].Image.ContentHash(), keys[places[k].Piece].Length));
        return keys;
    }

    private int PixelsPerImage(IEnumerable<Sample> samples) => Processor?.OutputLength
        ?? (samples.FirstOrDefault(sample => sample.Images.Count > 0) is { } shown
            ? throw new DataException(shown.Id, "the sample has a picture, but the model has no vision tower")
            : 0);
}
