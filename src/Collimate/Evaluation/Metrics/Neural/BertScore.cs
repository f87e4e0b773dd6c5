using System.Globalization;
using Collimate.Data;
using Collimate.Models;
using Collimate.Models.Text.Bert;
using Collimate.Tokenization;
using Collimate.Torch;

namespace Collimate.Evaluation.Metrics.Neural;

/// <summary>BERTScore: each token is matched with the most alike token of the other text, by the cosine of their hidden states.</summary>
/// <remarks>
/// Zhang et al. 2020, bert_score. The tokens that a tokenizer puts around a text may be matched with but weigh nothing. By idf a token weighs log((N + 1) / (n + 1)), n of N references holding it.
/// Figures of different encoders or layers cannot be compared; published ones name both.
/// </remarks>
public sealed class BertScore
{
    private readonly BertModel model;
    private readonly ITokenizer tokenizer;
    private readonly int layer;
    private readonly BertScoreResult? baseline;
    private readonly HashSet<int> around;
    private Dictionary<int, double>? rarity;
    private double rarest;

    /// <param name="model">The encoder.</param>
    /// <param name="tokenizer">Its tokenizer.</param>
    /// <param name="layer">Which hidden state, 0 the embeddings; the last where null.</param>
    /// <param name="baseline">What unrelated texts score, taken off so that figures spread from 0 to 1; nothing where null. See <see cref="LoadBaseline"/>.</param>
    public BertScore(BertModel model, ITokenizer tokenizer, int? layer = null, BertScoreResult? baseline = null)
    {
        var last = model.Config.LayerCount;
        ArgumentOutOfRangeException.ThrowIfNegative(layer ?? last);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(layer ?? last, last);
        (this.model, this.tokenizer, this.layer, this.baseline) = (model, tokenizer, layer ?? last, baseline);
        around = [.. tokenizer.EncodeText("").Ids.ToArray()];
    }

    /// <summary>Reads the baseline of a layer from a file of bert_score: a heading, then <c>layer,precision,recall,F1</c>.</summary>
    /// <param name="path">The file.</param>
    /// <param name="layer">The layer.</param>
    /// <exception cref="DataException">The file cannot be read, or has no such layer.</exception>
    public static BertScoreResult LoadBaseline(string path, int layer)
    {
        try
        {
            foreach (var (number, line) in File.ReadLines(path).Index().Skip(1))
            {
                double[] fields = [.. line.Split([',', '\t']).Select(field =>
                    double.TryParse(field, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) && double.IsFinite(value) ? value
                    : throw new DataException($"{path}, line {number + 1}", $"'{field}' is no number; expected layer,precision,recall,F1"))];
                if (fields.Length == 4 && (int)fields[0] == layer)
                {
                    return new BertScoreResult(fields[1], fields[2], fields[3]);
                }
            }
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new DataException($"{path}: the baseline cannot be read: {failure.Message}", failure);
        }

        throw new DataException(path, $"there is no line for layer {layer}; expected layer,precision,recall,F1 under a heading");
    }

    /// <summary>Weighs tokens from now on by how few of these references hold them.</summary>
    /// <param name="references">All references.</param>
    public void WeighByRarity(IReadOnlyList<string> references)
    {
        rarity = references.SelectMany(text => Ids(text).Distinct()).CountBy(id => id).ToDictionary(one => one.Key, one => Math.Log((references.Count + 1.0) / (one.Value + 1)));
        rarest = Math.Log(references.Count + 1.0);
    }

    /// <summary>Scores a text against the reference by which its F1 is best.</summary>
    /// <param name="candidate">The text.</param>
    /// <param name="references">What it is compared with, at least one.</param>
    /// <returns>0 throughout where a text has no tokens.</returns>
    public BertScoreResult Score(string candidate, IReadOnlyList<string> references)
    {
        ArgumentOutOfRangeException.ThrowIfZero(references.Count);
        using var off = GradMode.Disable();
        using var scope = new TensorScope();
        if (Ids(candidate).Length == 0)
        {
            return default;
        }

        var (states, weights) = Read(candidate);
        return references.Where(text => Ids(text).Length > 0).Select(Read)
            .Select(other => Rescaled(Match(states, weights, other.States, other.Weights))).DefaultIfEmpty().MaxBy(result => result.F1);
    }

    /// <summary>Matches the tokens of two texts greedily.</summary>
    /// <param name="candidate">Hidden states of the candidate, <c>[tokens, hidden]</c>.</param>
    /// <param name="weights">What each of its tokens weighs.</param>
    /// <param name="reference">Hidden states of the reference, <c>[tokens, hidden]</c>.</param>
    /// <param name="referenceWeights">What each of its tokens weighs.</param>
    /// <returns>0 throughout where a text has no token that weighs anything.</returns>
    public static BertScoreResult Match(Tensor candidate, IReadOnlyList<double> weights, Tensor reference, IReadOnlyList<double> referenceWeights)
    {
        using var scope = new TensorScope();
        var cosines = candidate.Normalize().MatMul(reference.Normalize().Transpose(0, 1)).To(Device.Cpu).To(ScalarType.Float32).Contiguous().ToArray<float>(); // [candidate, reference]
        var columns = referenceWeights.Count;
        double Best(IEnumerable<int> places) => places.Max(place => (double)cosines[place]);
        var (sum, referenceSum) = (weights.Sum(), referenceWeights.Sum());
        if (sum <= 0 || referenceSum <= 0)
        {
            return default;
        }

        var precision = weights.Select((weight, row) => weight * Best(Enumerable.Range(row * columns, columns))).Sum() / sum;
        var recall = referenceWeights.Select((weight, column) => weight * Best(Enumerable.Range(0, weights.Count).Select(row => (row * columns) + column))).Sum() / referenceSum;
        return new BertScoreResult(precision, recall, precision + recall == 0 ? 0 : 2 * precision * recall / (precision + recall));
    }

    private (Tensor States, double[] Weights) Read(string text)
    {
        var ids = Ids(text);
        using var scope = new TensorScope();
        using var trace = new ForwardTrace();
        var device = model.Parameters().First().Device;
        model.Encode(Tensor.From(Array.ConvertAll(ids, id => (long)id), [1, ids.Length]).To(device), trace: trace);
        return (scope.Escape(trace.HiddenStates[layer].Select(0, 0).Contiguous()), Array.ConvertAll(ids, Weight));
    }

    private int[] Ids(string text)
    {
        int[] ids = [.. tokenizer.EncodeText(text).Ids.ToArray()];
        return ids.Length <= model.Config.MaxPositions ? ids : [.. ids[..(model.Config.MaxPositions - 1)], ids[^1]]; // the closing token stays
    }

    private double Weight(int id) => around.Contains(id) ? 0 : rarity is null ? 1 : rarity.GetValueOrDefault(id, rarest);

    private BertScoreResult Rescaled(BertScoreResult raw) => baseline is not { } low || raw == default
        ? raw
        : new BertScoreResult((raw.Precision - low.Precision) / (1 - low.Precision), (raw.Recall - low.Recall) / (1 - low.Recall), (raw.F1 - low.F1) / (1 - low.F1));
}
