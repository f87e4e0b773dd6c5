using Collimate.Torch;
using Collimate.Torch.Layers;

namespace Collimate.Models.Text.Bert;

/// <summary>What enters the first layer: word, segment and position vectors added up and normalised.</summary>
internal sealed class BertEmbeddings : Module
{
    private static readonly Operator Lookup = Operator.Find("aten::embedding");

    private readonly Embedding words;
    private readonly Embedding positions;
    private readonly Embedding types;
    private readonly LayerNorm norm;
    private readonly int padding;

    public BertEmbeddings(BertConfig config, Generator? generator)
    {
        padding = config.PadTokenId;
        words = AddModule("word_embeddings", new Embedding(config.VocabularySize, config.HiddenSize, generator, config.InitialDeviation));
        positions = AddModule("position_embeddings", new Embedding(config.MaxPositions, config.HiddenSize, generator, config.InitialDeviation));
        types = AddModule("token_type_embeddings", new Embedding(config.TypeCount, config.HiddenSize, generator, config.InitialDeviation));
        norm = AddModule("LayerNorm", new LayerNorm(config.HiddenSize, config.NormEpsilon));
    }

    /// <param name="ids"><c>[texts, tokens]</c></param>
    /// <param name="segments"><c>[texts, tokens]</c>; all of the first kind where null.</param>
    /// <returns><c>[texts, tokens, hidden]</c></returns>
    public Tensor Forward(Tensor ids, Tensor? segments)
    {
        // The padding token's vector gets no gradient, as in the reference implementation.
        var embedded = Lookup.Call(words.Weight, ids, (long)padding);          // [texts, tokens, hidden]
        embedded += segments is null ? types.Weight.Select(0, 0) : types.Forward(segments);
        embedded += positions.Weight.Narrow(0, 0, ids.Size(1));
        return norm.Forward(embedded);
    }
}
