namespace Collimate.Adapters;

/// <summary>How an adapter changes a matrix W.</summary>
public enum AdapterKind
{
    /// <summary>W + s·B·A. Source: Hu et al. 2021.</summary>
    Lora,

    /// <summary>The rows of W + s·B·A brought to learnt lengths. Source: Liu et al. 2024.</summary>
    Dora,
}

/// <summary>The first values of A; B always begins with zeros, so that an adapter changes nothing before it is trained.</summary>
public enum AdapterInitialization
{
    /// <summary>Uniform within 1/√inputs, PyTorch's own choice for linear layers.</summary>
    Kaiming,

    /// <summary>Normal with deviation 1/rank.</summary>
    Gaussian,
}
