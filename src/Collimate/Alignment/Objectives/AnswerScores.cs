using Collimate.Torch;

namespace Collimate.Alignment.Objectives;

/// <summary>How well a pass foretold its answers.</summary>
/// <param name="LossSum">The sum over the answer tokens of minus the logarithm of their probability, in nats.</param>
/// <param name="Tokens">How many answer tokens there were.</param>
/// <param name="Exact">Per row, per document: whether every token of its answers (the end mark included) was the highest-scored.</param>
public sealed record AnswerScores(double LossSum, long Tokens, bool[][] Exact)
{
    /// <summary>Scores a pass; logits exist only some rows at a time.</summary>
    /// <param name="pass">The pass, with the true answers as input.</param>
    public static AnswerScores Of(ForwardPass pass)
    {
        using var scope = new TensorScope();
        var positions = pass.Sequence.Positions;
        var places = AnswerPlaces.Of(positions);
        var (sum, _, hits) = places.Losses(pass);
        return new AnswerScores(sum.Item(), places.Count, Exactly(positions, places, hits.ToArray<bool>()));
    }

    // Rows whose questions are not packed have one verdict for all their answers.
    private static bool[][] Exactly(Positions positions, AnswerPlaces places, bool[] hits)
    {
        var exact = new bool[positions.Rows][];
        for (var row = 0; row < positions.Rows; row++)
        {
            var documents = 1;
            foreach (var document in positions.Documents.AsSpan(row * positions.Length, positions.RowLengths[row]))
            {
                documents = Math.Max(documents, document);
            }

            exact[row] = new bool[documents];
            Array.Fill(exact[row], true);
        }

        for (var k = 0; k < places.Count; k++)
        {
            exact[places[k] / positions.Length][Math.Max(1, positions.Documents[places[k]]) - 1] &= hits[k];
        }

        return exact;
    }
}
