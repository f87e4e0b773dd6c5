namespace Collimate.Models.Vision;

/// <summary>How learnt positions are stretched (bicubically) over the patches of a picture of another size than the tower was made for.</summary>
/// <remarks>The two ways sample the same curve at slightly different places. Checkpoints do not say which was used.</remarks>
public enum PositionInterpolation
{
    /// <summary>To the wanted number of rows and columns: Transformers since 4.45.</summary>
    ToSize,

    /// <summary>By factors of (rows + 0.1) / side and (columns + 0.1) / side: DINOv2's own code, and Transformers before 4.45.</summary>
    ByScale,
}
