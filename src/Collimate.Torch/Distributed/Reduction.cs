namespace Collimate.Torch.Distributed;

/// <summary>How the ranks' values become one.</summary>
public enum Reduction
{
    /// <summary>Their sum.</summary>
    Sum = 0,

    /// <summary>Their sum over the number of ranks.</summary>
    Mean = 1,
}
