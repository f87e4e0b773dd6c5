using Collimate.Data;
using Collimate.Data.Conversations;
using Collimate.Imaging;
using Collimate.Recipes.Schema;
using Collimate.Training.Programs;

namespace Collimate.Server.Inference;

/// <summary>Renders conversations and prepares pictures exactly as training and <c>ask</c> do, on whatever thread asks.</summary>
internal sealed class PromptReader : IDisposable
{
    private readonly BuiltModel built;
    private readonly ConversationBatcher batcher;
    private readonly LeasedCache<float[]> pixels;

    public PromptReader(BuiltModel built, long pixelBytes)
    {
        this.built = built;
        batcher = new ConversationBatcher(
            built.Tokenizer, built.Template, built.Processor, built.Model.Language.Config.MaxPositions, built.Model.TokensPerImage, Packed: false);
        pixels = new LeasedCache<float[]>(pixelBytes, values => values.LongLength * sizeof(float));
    }

    /// <summary>Makes a prompt.</summary>
    /// <param name="turns">Who said what; a picture stands where its marker is written.</param>
    /// <param name="pictures">The files of its pictures.</param>
    /// <param name="limits">What a picture may ask for.</param>
    /// <exception cref="DataException">The conversation cannot be rendered or does not fit the context.</exception>
    /// <exception cref="UnreadablePictureException">A picture cannot be read.</exception>
    public Prompt Read(IReadOnlyList<Turn> turns, IReadOnlyList<byte[]> pictures, ImageLimits limits)
    {
        if (pictures.Count > 0 && built.Processor is null)
        {
            throw new DataException("the conversation", "it has a picture, but the model has no vision tower", DataFault.Pictures);
        }

        var sample = new Sample("the conversation", [.. pictures.Select((file, k) => ImageSource.FromBytes(file, $"picture {k + 1}"))], turns);
        var layout = batcher.Render(sample, forGeneration: true);
        var length = layout.Count + (pictures.Count * (built.Model.TokensPerImage - 1));
        return new Prompt(sample, layout, [.. pictures.Select((file, k) => Prepare(file, k, limits))], length);
    }

    public void Dispose() => pixels.Dispose();

    private PreparedPicture Prepare(byte[] file, int number, ImageLimits limits)
    {
        var key = ContentKey.Of(file);
        using var known = pixels.Find(key);
        if (known is not null)
        {
            return new PreparedPicture(key, known.Value);
        }

        var values = new float[built.Processor!.OutputLength];
        try
        {
            built.Processor.Process(file, values, limits, $"picture {number + 1}");
        }
        catch (ImageException failure)
        {
            throw new UnreadablePictureException(number, failure);
        }

        pixels.Add(key, values).Dispose();
        return new PreparedPicture(key, values);
    }
}

/// <summary>A picture that is damaged, or asks for more than a picture may.</summary>
/// <param name="number">Which one, from 0.</param>
/// <param name="inner">The decoder's words, which are not for clients.</param>
internal sealed class UnreadablePictureException(int number, ImageException inner) : Exception("a picture cannot be read", inner)
{
    public int Number => number;
}
