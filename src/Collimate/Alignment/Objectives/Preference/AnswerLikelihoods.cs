using Collimate.Torch;

namespace Collimate.Alignment.Objectives.Preference;

/// <summary>How likely the answers of pairs are: the logarithm of an answer's probability is the sum of those of its tokens.</summary>
/// <param name="Chosen">Of the better answers, <c>[pairs]</c> in double precision.</param>
/// <param name="Rejected">Of the worse, in the same order.</param>
/// <param name="Rows">The row of each better answer; a row has several where its exchanges are documents of their own.</param>
internal sealed record AnswerLikelihoods(Tensor Chosen, Tensor Rejected, int[] Rows)
{
    /// <summary>The likelihoods of a pass over pairs; logits exist only some rows at a time.</summary>
    /// <exception cref="ArgumentException">The rows are no pairs.</exception>
    internal static AnswerLikelihoods Of(ForwardPass pass)
    {
        var positions = pass.Sequence.Positions;
        var places = AnswerPlaces.Of(positions);
        var answers = new SortedDictionary<(int Row, int Document), int>();
        (int Row, int Document)[] whose = [.. Enumerable.Range(0, places.Count).Select(k => (places[k] / positions.Length, positions.Documents[places[k]]))];
        foreach (var answer in whose)
        {
            answers[answer] = 0;
        }

        (int Row, int Document)[] ordered = [.. answers.Keys]; // the better ones first, as their rows are
        var pairs = ordered.Length / 2;
        if (pass.Batch.PairCount == 0 || Enumerable.Range(0, pairs).Any(k => (ordered[k].Row + pass.Batch.PairCount, ordered[k].Document) != ordered[pairs + k]) || ordered.Length % 2 != 0)
        {
            throw new ArgumentException("preferences are learnt from pairs of rows, a better and a worse answer to each prompt", nameof(pass));
        }

        foreach (var (number, answer) in ordered.Index())
        {
            answers[answer] = number;
        }

        using var scope = new TensorScope();
        var device = pass.Hidden.Device;
        var losses = places.Losses(pass).Losses.Narrow(0, 0, places.Count).To(ScalarType.Float64);
        var groups = Tensor.From([.. whose.Select(answer => (long)answers[answer])], [places.Count], device);
        var sums = -Tensor.Zeros([ordered.Length], ScalarType.Float64, device).IndexAdd(0, groups, losses); // [answers]
        return new AnswerLikelihoods(
            scope.Escape(sums.Narrow(0, 0, pairs)), scope.Escape(sums.Narrow(0, pairs, pairs)), [.. ordered.Take(pairs).Select(answer => answer.Row)]);
    }
}
