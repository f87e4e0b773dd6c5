using Collimate.Alignment;
using Collimate.Alignment.Attention;
using Collimate.Data.Conversations;
using Collimate.Torch;

namespace Collimate.Inspection;

/// <summary>Proves, by gradients, which inputs a prediction depends on: a model that sees its own answer learns to copy, and its loss says nothing.</summary>
/// <remarks>
/// For a labelled position t a random projection of its hidden state is differentiated with respect to the embeddings of the whole sequence. Where the gradient
/// at a later position j is not exactly zero, the prediction depends on j, over whatever layers and detours. Later image tokens and prompt tokens are
/// known when the answer is generated; a later <em>answer</em> token is a leak.
/// </remarks>
public static class LeakDetector
{
    /// <summary>Looks for leaks.</summary>
    /// <param name="model">The model.</param>
    /// <param name="batch">Rows with answers.</param>
    /// <param name="policy">Who sees whom; null for the model's own policy.</param>
    /// <param name="mostPositions">Labelled positions tried in each row, spread over the row.</param>
    /// <param name="seed">Draws the projections.</param>
    public static LeakReport Examine(VisionLanguageModel model, Batch batch, IAttentionPolicy? policy = null, int mostPositions = 6, ulong seed = 1)
    {
        using var scope = new TensorScope();
        using var generator = new Generator(seed);
        ComposedInput composed;
        using (GradMode.Disable())
        {
            composed = model.Compose(batch, policy);
        }

        var embeddings = composed.Input.Embeddings.Detach();                   // [rows, length, hidden]
        embeddings.RequiresGrad = true;
        var hidden = model.Language.Run(composed.Input with { Embeddings = embeddings }, hook: composed.Hook);
        var direction = Tensor.RandomNormal([hidden.Size(-1)], generator).To(hidden.Type).To(hidden.Device);
        var positions = composed.Sequence.Positions;
        var (examined, leaks, ahead) = (0, new List<Leak>(), 0);
        for (var row = 0; row < positions.Rows; row++)
        {
            foreach (var position in Labelled(positions, row, mostPositions))
            {
                examined++;
                var score = (hidden.Select(0, row).Select(0, position) * direction).Sum();
                var gradient = Gradients.Of([score], [embeddings], keepGraph: true)[0]!;
                var reached = gradient.Select(0, row).Abs().Sum(-1).To(ScalarType.Float64).ToArray<double>(); // [length]
                for (var source = position + 1; source < positions.RowLengths[row]; source++)
                {
                    if (reached[source] == 0)
                    {
                        continue;
                    }

                    var kind = positions.Kinds[(row * positions.Length) + source];
                    ahead++;
                    if (kind == TokenKind.Answer)
                    {
                        leaks.Add(new Leak(batch.Layouts[row].SampleId, position, source, reached[source]));
                    }
                }
            }
        }

        return new LeakReport(examined, ahead, leaks);
    }

    private static IEnumerable<int> Labelled(Positions positions, int row, int most)
    {
        var all = Enumerable.Range(0, positions.RowLengths[row]).Where(at => positions.Labels[(row * positions.Length) + at] != Positions.NoLabel).ToArray();
        return all.Length <= most ? all : Enumerable.Range(0, most).Select(k => all[k * (all.Length - 1) / (most - 1)]).Distinct();
    }
}

/// <summary>What a search for leaks found.</summary>
/// <param name="Examined">Labelled positions that were tried.</param>
/// <param name="SeenAhead">Pairs in which a prediction depends on a later position of any kind, as some policies intend for image tokens.</param>
/// <param name="Leaks">Those among them where the later position is part of an answer.</param>
public sealed record LeakReport(int Examined, int SeenAhead, IReadOnlyList<Leak> Leaks)
{
    /// <summary>True where no prediction depends on an answer token at or after the one it predicts.</summary>
    public bool IsTight => Leaks.Count == 0;
}

/// <summary>A prediction that depends on an answer token which is not there yet when it is generated.</summary>
/// <param name="SampleId">The row.</param>
/// <param name="Position">The position that predicts.</param>
/// <param name="Source">The later position it depends on; the one behind it is its own label.</param>
/// <param name="Strength">Sum of the gradient's magnitudes there.</param>
public sealed record Leak(string SampleId, int Position, int Source, double Strength);
