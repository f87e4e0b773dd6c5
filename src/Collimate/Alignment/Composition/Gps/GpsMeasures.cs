using Collimate.Models.Permutation;

namespace Collimate.Alignment.Composition.Gps;

/// <summary>What GPS reports of a pass, a row at a time.</summary>
internal sealed class GpsMeasures
{
    private readonly MeasureSet measures;

    internal GpsMeasures(MeasureSet measures)
    {
        this.measures = measures;
        foreach (var name in (string[])["doubly_stochastic_error", "entropy", "is_permutation", "tokens_moved"])
        {
            measures.Add($"gps/{name}", 0, 0); // processes that train together add up the same names
        }
    }

    /// <summary>Adds rows.</summary>
    /// <param name="permutation">Their soft matrices.</param>
    /// <param name="choices">What stands in which slot.</param>
    internal void Add(SoftPermutation permutation, int[][] choices)
    {
        measures.Add("gps/doubly_stochastic_error", permutation.DoublyStochasticError() * choices.Length, choices.Length);
        measures.Add("gps/entropy", permutation.Entropy() * choices.Length, choices.Length);
        measures.Add("gps/is_permutation", choices.Count(choice => Hardening.IsPermutation(choice)), choices.Length);
        measures.Add("gps/tokens_moved", choices.Sum(choice => choice.Where((token, slot) => token != slot).Count()), choices.Sum(choice => choice.Length));
    }
}
