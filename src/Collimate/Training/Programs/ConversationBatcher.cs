using Collimate.Alignment;
using Collimate.Data;
using Collimate.Data.Conversations;
using Collimate.Imaging;
using Collimate.Tokenization;
using Collimate.Torch;

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
    /// <summary>Renders a sample to tokens.</summary>
    /// <param name="sample">The conversation.</param>
    /// <param name="forGeneration">Whether the last turn is still to be answered.</param>
    /// <exception cref="DataException">The sample does not fit the context.</exception>
    public TokenLayout Render(Sample sample, bool forGeneration = false)
    {
        var layout = ConversationRenderer.Render(sample, Tokenizer, Template, forGeneration, Packed ? TurnGrouping.Separate : TurnGrouping.Joined);
        var length = layout.TokenIds.Length + (sample.Images.Count * (TokensPerImage - 1));
        return length <= ContextLength
            ? layout
            : throw new DataException(sample.Id, $"the conversation takes {length} tokens ({sample.Images.Count} pictures of {TokensPerImage} among them), the model's context holds {ContextLength}; shorten the question or split the conversation", DataFault.TooLong);
    }

    /// <summary>Puts rendered samples together as a piece of a batch.</summary>
    internal ConversationPiece Piece(IReadOnlyList<Sample> samples, IReadOnlyList<TokenLayout> layouts, int answerTokens, int rows)
    {
        var images = samples.SelectMany(s => s.Images.Select(image => (s.Id, image))).ToArray();
        if (images.Length == 0)
        {
            return new ConversationPiece(layouts, [], [], answerTokens, rows);
        }

        var processor = Processor ?? throw new DataException(images[0].Id, "the sample has a picture, but the model has no vision tower");
        var (height, width) = (processor.OutputSize.Height, processor.OutputSize.Width);
        var pixels = new float[images.Length * 3 * height * width];
        for (var k = 0; k < images.Length; k++)
        {
            images[k].image.Process(processor, pixels.AsSpan(k * 3 * height * width, 3 * height * width));
        }

        return new ConversationPiece(layouts, pixels, [images.Length, 3, height, width], answerTokens, rows);
    }

    /// <summary>Samples as a batch on a device.</summary>
    public Batch ToBatch(IReadOnlyList<Sample> samples, bool forGeneration, Device device)
    {
        var layouts = samples.Select(sample => Render(sample, forGeneration)).ToArray();
        return Piece(samples, layouts, 0, samples.Count).ToBatch(device);
    }
}
