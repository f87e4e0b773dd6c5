namespace Collimate.Imaging;

/// <summary>How <see cref="Resampling"/> weighs the source pixels under a target pixel. The numbers are those of <c>PIL.Image.Resampling</c>, as <c>preprocessor_config.json</c> writes them.</summary>
public enum ResampleFilter
{
    /// <summary>The nearest source pixel, without antialiasing.</summary>
    Nearest = 0,

    /// <summary>Three lobes of a windowed sinc (support 3).</summary>
    Lanczos = 1,

    /// <summary>A triangle (support 1), widened when shrinking.</summary>
    Bilinear = 2,

    /// <summary>Keys' cubic with a = -0.5 (support 2), widened when shrinking.</summary>
    Bicubic = 3,

    /// <summary>The plain mean of the covered source pixels (support 0.5).</summary>
    Box = 4,

    /// <summary>A Hamming-windowed sinc (support 1): sharper than bilinear.</summary>
    Hamming = 5,
}
