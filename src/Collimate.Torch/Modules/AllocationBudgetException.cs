namespace Collimate.Torch;

/// <summary>More tensors were asked for than an <see cref="AllocationBudget"/> allows.</summary>
/// <param name="demand">What was asked for.</param>
public sealed class AllocationBudgetException(string demand) : Exception($"Refused: {demand}.")
{
    /// <summary>What was asked for, as the end of a sentence.</summary>
    public string Demand => demand;
}
