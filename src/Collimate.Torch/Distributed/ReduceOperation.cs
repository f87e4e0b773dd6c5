namespace Collimate.Torch.Distributed;

/// <summary>How <see cref="ProcessGroup.AllReduce"/> joins the values of all processes.</summary>
public enum ReduceOperation
{
    /// <summary>Their sum.</summary>
    Sum = 0,

    /// <summary>Their product.</summary>
    Product = 1,

    /// <summary>The smallest.</summary>
    Minimum = 2,

    /// <summary>The largest.</summary>
    Maximum = 3,

    /// <summary>Their mean.</summary>
    Average = 4,
}
