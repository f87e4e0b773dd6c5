namespace Collimate.Verification;

/// <summary>What came of replaying a recording.</summary>
/// <param name="Folder">The folder.</param>
/// <param name="ModelType">The family that was replayed: the configuration's <c>model_type</c>.</param>
/// <param name="Comparisons">Every recorded value, in the order in which the model computes them; those that could not be computed stand last.</param>
/// <param name="Ignored">Tensors that the checkpoint and the model do not share, where that was allowed.</param>
public sealed record VerificationReport(string Folder, string ModelType, IReadOnlyList<ValueComparison> Comparisons, IReadOnlyList<string> Ignored)
{
    /// <summary>Whether every recorded value agrees.</summary>
    public bool Passed => FirstFailure is null;

    /// <summary>The first value that does not agree, in the order of computation; what follows it may be wrong only because it is.</summary>
    public ValueComparison? FirstFailure => Comparisons.FirstOrDefault(comparison => !comparison.Passed);
}
