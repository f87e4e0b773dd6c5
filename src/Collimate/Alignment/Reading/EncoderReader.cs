using System.Text.Json.Nodes;
using Collimate.Alignment.Towers;
using Collimate.Data;
using Collimate.Models;
using Collimate.Models.Language;
using Collimate.Models.Text.Bert;
using Collimate.Models.Text.T5;
using Collimate.Tokenization;
using Collimate.Torch;

namespace Collimate.Alignment.Reading;

/// <summary>BERT, or the encoder of T5, with its own tokenizer; the tokens that it puts around a text are part of it.</summary>
public sealed class EncoderReader : Module, ITextReader
{
    private readonly Module encoder;
    private readonly Func<Tensor, int[], ForwardTrace, Tensor> encode;
    private readonly int? mostTokens;
    private readonly int padding;
    private readonly int layer;

    /// <summary>BERT.</summary>
    /// <param name="bert">The encoder; owned from now on.</param>
    /// <param name="tokenizer">Its tokenizer.</param>
    /// <param name="layer">Which hidden state: -1 is the last, -2 the one before.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such layer.</exception>
    public EncoderReader(BertModel bert, ITokenizer tokenizer, int layer = -1)
        : this(bert, (ids, valid, trace) => bert.Encode(ids, valid, trace: trace).Last, bert.Config.ToJson(), bert.Config.HiddenSize, tokenizer, Checked(layer, bert.Config.LayerCount)) =>
        (mostTokens, padding) = (bert.Config.MaxPositions, bert.Config.PadTokenId);

    /// <summary>The encoder of T5.</summary>
    /// <param name="t5">The encoder; owned from now on.</param>
    /// <param name="tokenizer">Its tokenizer.</param>
    /// <param name="layer">Which hidden state: -1 is the last after the final norm, -2 what enters the last layer.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such layer.</exception>
    public EncoderReader(T5Encoder t5, ITokenizer tokenizer, int layer = -1)
        : this(t5, t5.Encode, t5.Config.ToJson(), t5.Config.HiddenSize, tokenizer, Checked(layer, t5.Config.LayerCount))
    {
    }

    private EncoderReader(Module encoder, Func<Tensor, int[], ForwardTrace, Tensor> encode, JsonObject configuration, int width, ITokenizer tokenizer, int layer)
    {
        this.encoder = AddModule("encoder", encoder);
        (this.encode, this.layer, Configuration, Width, Tokenizer) = (encode, layer, configuration, width, tokenizer);
    }

    /// <inheritdoc/>
    public int Width { get; }

    /// <summary>Its tokenizer.</summary>
    public ITokenizer Tokenizer { get; }

    /// <summary>The encoder's configuration in Hugging Face's layout.</summary>
    public JsonObject Configuration { get; }

    /// <inheritdoc/>
    public ReadText Read(IReadOnlyList<PictureQuestion> questions, CausalLanguageModel language)
    {
        using var region = TowerRecording.Begin(encoder);
        using var scope = new TensorScope();
        using var trace = new ForwardTrace();
        int[][] rows = [.. questions.Select(Ids)];
        int[] lengths = [.. rows.Select(row => row.Length)];
        var most = lengths.Max();
        var (ids, valid) = (new long[rows.Length * most], new int[rows.Length * most]);
        Array.Fill(ids, padding);
        foreach (var (at, row) in rows.Index())
        {
            for (var token = 0; token < row.Length; token++)
            {
                (ids[(at * most) + token], valid[(at * most) + token]) = (row[token], 1);
            }
        }

        var device = encoder.Parameters().First().Device;
        var last = encode(Tensor.From(ids, [rows.Length, most]).To(device), valid, trace); // [texts, tokens, width]
        return new ReadText(scope.Escape(layer == -1 ? last : trace.HiddenStates[trace.HiddenStates.Count + layer].Alias()), lengths);
    }

    private static int Checked(int layer, int layers) => layer < 0 && layer >= -layers - 1
        ? layer
        : throw new ArgumentOutOfRangeException(nameof(layer), layer, $"an encoder of {layers} layers has hidden states -1 to {-layers - 1}");

    private int[] Ids(PictureQuestion question)
    {
        var text = question.Text ?? throw new DataException(
            question.SampleId, "the row came as token ids without its text, which the encoder of the conditioning has another tokenizer for; say text: decoder, or give conversations as text", DataFault.Pictures);
        var ids = Tokenizer.EncodeText(text).Ids.ToArray();
        return ids.Length <= mostTokens ? ids : mostTokens is { } most ? [.. ids[..(most - 1)], ids[^1]] : ids; // the closing token stays
    }
}
