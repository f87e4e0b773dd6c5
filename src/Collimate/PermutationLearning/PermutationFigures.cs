using Collimate.Models.Permutation;

namespace Collimate.PermutationLearning;

/// <summary>How well matrices do, as means over their sets.</summary>
/// <param name="Accuracy">The share of places whose token is right.</param>
/// <param name="IsPermutation">Whether every token is chosen exactly once, in all sets.</param>
/// <param name="DoublyStochasticError">How far row and column sums are from one, at most.</param>
/// <param name="Loss">The loss on the soft matrix.</param>
public sealed record PermutationFigures(double Accuracy, bool IsPermutation, double DoublyStochasticError, double Loss)
{
    /// <summary>The figures of a choice.</summary>
    /// <param name="permutation">The soft permutation, <c>[sets, n, n]</c>.</param>
    /// <param name="choice">Per set, the token chosen for every place.</param>
    /// <param name="targets">Per set, the token that belongs there.</param>
    /// <param name="loss">The loss on the soft matrix.</param>
    public static PermutationFigures Of(SoftPermutation permutation, IReadOnlyList<int[]> choice, IReadOnlyList<long[]> targets, double loss)
    {
        var right = choice.Zip(targets).Sum(set => set.First.Zip(set.Second).Count(place => place.First == place.Second));
        return new PermutationFigures(
            (double)right / targets.Sum(set => set.Length), choice.All(set => Hardening.IsPermutation(set)), permutation.DoublyStochasticError(), loss);
    }

    /// <summary>The figures of several parts of alike many sets.</summary>
    public static PermutationFigures Over(IReadOnlyList<PermutationFigures> parts) => new(
        parts.Average(part => part.Accuracy), parts.All(part => part.IsPermutation), parts.Max(part => part.DoublyStochasticError), parts.Average(part => part.Loss) + 0.0); // -0 becomes 0
}
