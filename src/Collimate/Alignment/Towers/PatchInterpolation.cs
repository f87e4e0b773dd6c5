using Collimate.Torch;

namespace Collimate.Alignment.Towers;

/// <summary>Brings patches from one grid to another by straight lines between the patches' centres.</summary>
/// <remarks>PyTorch: <c>interpolate(mode="bilinear", align_corners=False)</c>.</remarks>
internal static class PatchInterpolation
{
    private static readonly Operator Bilinear = Operator.Find("aten::upsample_bilinear2d");

    /// <param name="patches"><c>[images, patches, width]</c> in raster order</param>
    /// <param name="from">How they lie.</param>
    /// <param name="to">How they shall lie.</param>
    /// <returns><c>[images, patches, width]</c> in raster order</returns>
    public static Tensor To(Tensor patches, PatchGrid from, PatchGrid to)
    {
        using var scope = new TensorScope();
        var (images, width) = (patches.Size(0), patches.Size(2));
        var image = patches.Transpose(1, 2).Reshape(images, width, from.Rows, from.Columns);
        var resized = Bilinear.Call(image, new long[] { to.Rows, to.Columns }, false);
        return scope.Escape(resized.Flatten(2).Transpose(1, 2));
    }
}
