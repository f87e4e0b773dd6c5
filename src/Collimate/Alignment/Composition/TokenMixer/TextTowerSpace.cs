using System.Collections.Concurrent;
using Collimate.Data;
using Collimate.Data.Conversations;
using Collimate.Models.Text;
using Collimate.Models.Vision;
using Collimate.Tokenization;
using Collimate.Torch;
using Collimate.Torch.Serialization;

namespace Collimate.Alignment.Composition.TokenMixer;

/// <summary>The joint space of a CLIP or SigLIP checkpoint: patches as its picture side projects them against whole words as its text side reads them.</summary>
/// <remarks>Words are read once and remembered. The encoder looks at the pictures as the model's own tower gets them, so its preprocessing must be the same.</remarks>
public sealed class TextTowerSpace : Module, ISimilaritySpace
{
    private readonly ConcurrentDictionary<string, float[]> known = new(StringComparer.Ordinal);

    /// <param name="encoder">The dual encoder; owned from now on.</param>
    /// <param name="tokenizer">Its tokenizer.</param>
    public TextTowerSpace(DualEncoder encoder, ITokenizer tokenizer)
    {
        (Encoder, Tokenizer) = (AddModule("encoder", encoder), tokenizer);
        encoder.SetTraining(false);
        encoder.SetRequiresGrad(false);
    }

    /// <summary>The dual encoder.</summary>
    public DualEncoder Encoder { get; }

    /// <summary>Its tokenizer.</summary>
    public ITokenizer Tokenizer { get; }

    /// <inheritdoc/>
    bool ISimilaritySpace.ReadsWords => true;

    /// <summary>Reads a checkpoint folder.</summary>
    /// <param name="folder">The folder, in Hugging Face's layout.</param>
    /// <param name="withWeights">Whether its weights are read; otherwise they follow.</param>
    /// <exception cref="CheckpointException">It holds no dual encoder.</exception>
    public static TextTowerSpace Load(string folder, bool withWeights = true)
    {
        var tokenizer = TokenizerFolder.LoadTokenizer(folder);
        return new TextTowerSpace(withWeights ? DualEncoder.Load(folder) : new DualEncoder(DualEncoderConfig.Load(Models.CheckpointFolder.ConfigFile(folder))), tokenizer);
    }

    /// <summary>Writes what <see cref="Load"/> needs where weights follow.</summary>
    /// <param name="folder">The folder; made where absent.</param>
    internal void SaveShape(string folder)
    {
        Directory.CreateDirectory(folder);
        Models.ConfigSection.Save(Encoder.Config.ToJson(), Models.CheckpointFolder.ConfigFile(folder));
        Tokenizer.Save(Path.Combine(folder, "tokenizer.json"));
    }

    /// <inheritdoc/>
    (Tensor Patches, Tensor Words) ISimilaritySpace.Embed(Tensor visual, Tensor text, Batch batch, IReadOnlyList<PictureWords> pictures, int most)
    {
        var patches = Encoder.PatchEmbeddings(batch.Pixels!.To(Encoder.LogitScale.Type)); // [images, patches, width]
        if (patches.Size(1) != visual.Size(1))
        {
            throw new DataException(
                batch.Layouts[pictures[0].Row].SampleId, $"the encoder of composition.space sees {patches.Size(1)} patches in a picture that becomes {visual.Size(1)} image tokens; take an encoder with the grid of the model's tower, and a connector that keeps its patches");
        }

        var spoken = pictures.Select(picture => picture.Words.Select(picture.Prompt.WordOf).ToArray()).ToArray();
        Read([.. spoken.SelectMany(words => words).Distinct().Where(word => !known.ContainsKey(word))]);
        var width = (int)patches.Size(2);
        var vectors = new float[pictures.Count * most * width];
        foreach (var (image, words) in spoken.Index())
        {
            foreach (var (k, word) in words.Index())
            {
                known[word].CopyTo(vectors, ((image * most) + k) * width);
            }
        }

        return (patches, Tensor.From(vectors, [pictures.Count, most, width], visual.Device));
    }

    private void Read(string[] words)
    {
        if (words.Length == 0)
        {
            return;
        }

        var config = Encoder.Config.Text;
        var fills = config.Family == EncoderFamily.Siglip && !config.PoolsLastValid; // such towers pool at the last position, padding or not
        var rows = words.Select(word => Ids(word, config)).ToArray();
        var length = fills ? config.MaxPositions : rows.Max(row => row.Length);
        var (ids, valid) = (new long[rows.Length * length], new int[rows.Length * length]);
        Array.Fill(ids, config.PadTokenId);
        foreach (var (at, row) in rows.Index())
        {
            for (var k = 0; k < row.Length; k++)
            {
                (ids[(at * length) + k], valid[(at * length) + k]) = (row[k], 1);
            }
        }

        var read = Encoder.EncodeText(Tensor.From(ids, [rows.Length, length], Encoder.LogitScale.Device), fills ? null : valid).To(ScalarType.Float32).ToArray<float>(); // [words, width]
        var width = read.Length / words.Length;
        foreach (var (at, word) in words.Index())
        {
            known[word] = read.AsSpan(at * width, width).ToArray();
        }
    }

    private int[] Ids(string word, TextConfig config)
    {
        var ids = config.PoolsLastValid && config.Family == EncoderFamily.Siglip ? Tokenizer.Encode(" " + word) : Tokenizer.EncodeText(word.ToLowerInvariant()).Ids.ToArray();
        return ids.Length <= config.MaxPositions ? ids : ids[..config.MaxPositions];
    }
}
