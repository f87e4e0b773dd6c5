namespace Collimate.Torch.Fused;

/// <summary>How a matrix of scores is made doubly stochastic.</summary>
public enum SinkhornForm
{
    /// <summary>Potentials of rows and columns in the log domain: scores of any size, any temperature above 0, and no constant added anywhere.</summary>
    LogDomain,

    /// <summary>
    /// Scores divided by the temperature, clamped to ±15, exponentiated, and divided by their row and column sums with 10⁻⁸ added, operator by operator: what the
    /// code of the Gumbel permutation Sinkformer does. Scores more than 15 temperatures from zero are all alike to it.
    /// </summary>
    Paper,
}
