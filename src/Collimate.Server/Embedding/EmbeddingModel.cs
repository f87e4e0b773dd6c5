using Collimate.Data.Conversations;
using Collimate.Imaging;
using Collimate.Models;
using Collimate.Models.Text;
using Collimate.Models.Vision;
using Collimate.Tokenization;
using Collimate.Torch;

namespace Collimate.Server.Embedding;

/// <summary>A dual encoder that places texts and pictures in one space, each as a vector of length one. Safe to use from several threads.</summary>
public sealed class EmbeddingModel : IDisposable
{
    private readonly DualEncoder encoder;
    private readonly ITokenizer tokenizer;
    private readonly ImageProcessor processor;
    private readonly Lock gate = new();

    private EmbeddingModel(string name, DualEncoder encoder, ITokenizer tokenizer, ImageProcessor processor) =>
        (Name, this.encoder, this.tokenizer, this.processor) = (name, encoder, tokenizer, processor);

    /// <summary>What the model is called.</summary>
    public string Name { get; }

    /// <summary>When it was loaded.</summary>
    public DateTimeOffset Created { get; } = DateTimeOffset.UtcNow;

    /// <summary>How many numbers an embedding has.</summary>
    public int Size => encoder.Config.EmbeddingSize;

    /// <summary>The most tokens of a text.</summary>
    public int ContextLength => encoder.Config.Text.MaxPositions;

    /// <summary>Whether a folder says of itself that it is such a checkpoint.</summary>
    /// <param name="folder">The folder.</param>
    public static bool IsAt(string folder)
    {
        var config = CheckpointFolder.ConfigFile(folder);
        return File.Exists(config) && ConfigSection.Load(config).Text("model_type") is "siglip" or "clip";
    }

    /// <summary>Reads a SigLIP or CLIP checkpoint in Hugging Face's layout.</summary>
    /// <param name="name">What the model is to be called.</param>
    /// <param name="folder">The folder.</param>
    /// <exception cref="Torch.Serialization.CheckpointException">The folder holds no such checkpoint.</exception>
    public static EmbeddingModel Load(string name, string folder)
    {
        var encoder = DualEncoder.Load(folder);
        try
        {
            encoder.SetTraining(false);
            return new EmbeddingModel(name, encoder, TokenizerFolder.LoadTokenizer(folder), ImageProcessor.Load(folder));
        }
        catch
        {
            encoder.Dispose();
            throw;
        }
    }

    /// <summary>Places a text.</summary>
    /// <param name="text">The text; what is longer than <see cref="ContextLength"/> is cut.</param>
    /// <returns>Its embedding, and how many tokens were read.</returns>
    public (float[] Embedding, int Tokens) EmbedText(string text)
    {
        var ids = Ids(text);
        if (ids.Length == 0)
        {
            return (new float[Size], 0); // nothing was said, so it lies nowhere
        }

        long[] read = [.. ids.Select(id => (long)id)];
        return (Place(() => encoder.EncodeText(Tensor.From(read, [1, read.Length]))), Math.Min(ids.Length, ContextLength));
    }

    /// <summary>Places a picture.</summary>
    /// <param name="picture">The picture's file.</param>
    /// <param name="limits">What a picture may ask for.</param>
    /// <exception cref="ImageException">It cannot be read.</exception>
    public float[] EmbedPicture(ReadOnlySpan<byte> picture, ImageLimits? limits = null)
    {
        var pixels = new float[processor.OutputLength];
        processor.Process(picture, pixels, limits, "the picture");
        return Place(() => encoder.EncodeImage(Tensor.From(pixels, [1, 3, processor.OutputSize.Height, processor.OutputSize.Width]).To(encoder.LogitScale.Type)));
    }

    /// <inheritdoc/>
    public void Dispose() => encoder.Dispose();

    // One at a time, so that an embedding does not depend on what is asked beside it.
    private float[] Place(Func<Tensor> encode)
    {
        lock (gate)
        {
            using var off = GradMode.Disable();
            using var scope = new TensorScope();
            return encode().Normalize().To(ScalarType.Float32).ToArray<float>();
        }
    }

    // As the text tower was trained: the gym's with the blank that opens a word and nothing around it, SigLIP's filled up to its length, CLIP's between its marks.
    private int[] Ids(string text)
    {
        var config = encoder.Config.Text;
        if (config.Family == EncoderFamily.Siglip && config.PoolsLastValid)
        {
            var plain = tokenizer.BosId is null ? tokenizer.EncodeWithOffsets(" " + text, recogniseAdded: false).Select(token => token.Id) : tokenizer.EncodeText(text).Ids;
            return [.. plain.Take(config.MaxPositions)];
        }

        int[] ids = [.. tokenizer.EncodeText(text).Ids];
        ids = ids.Length <= config.MaxPositions ? ids : [.. ids.Take(config.MaxPositions - 1), ids[^1]]; // the end stays, which is where the text is read off
        return config.Family == EncoderFamily.Siglip ? [.. ids, .. Enumerable.Repeat(config.PadTokenId, config.MaxPositions - ids.Length)] : ids;
    }
}
