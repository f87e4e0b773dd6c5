namespace Collimate.Data.Scenes;

/// <summary>How a scene is described.</summary>
public enum CaptionStyle
{
    /// <summary>Names only, in raster order: <c>dog, cat.</c></summary>
    Short,

    /// <summary>Positions before names, in raster order: <c>northwest dog, north cat.</c></summary>
    Detailed,

    /// <summary>As <see cref="Detailed"/>, in random order.</summary>
    Shuffled,

    /// <summary>How some pairs of names stand to one another: <c>dog left of cat, cat above bus.</c> A scene without such pairs is described by names.</summary>
    Relations,

    /// <summary>As people describe: one of the other styles at random, and not everything is mentioned.</summary>
    Varied,
}
