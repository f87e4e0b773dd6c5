using Collimate.Models.Vision;
using Collimate.Torch;

namespace Collimate.Alignment.Towers;

/// <summary>
/// How a tower that does not learn looks at pictures in training: what it says of a picture does not depend on the pictures beside it, down to the
/// last bit, so that features may be kept.
/// </summary>
/// <remarks>
/// Products of BLAS in single precision round a row differently at different places of a matrix, so there the tower looks at one picture at a time.
/// Narrower products on the processor (oneDNN) do not; <c>Training/Features/FeatureSpace.cs</c> asks, rather than trusts, them.
/// </remarks>
internal static class FrozenSight
{
    /// <summary>Looks at pictures.</summary>
    /// <param name="tower">The tower.</param>
    /// <param name="pixels"><c>[images, 3, height, width]</c></param>
    /// <param name="condition">What the text says to the eye, or null.</param>
    /// <param name="training">Whether gradients will follow.</param>
    /// <returns><c>[images, tokens, width]</c></returns>
    public static Tensor Encode(IVisionTower tower, Tensor pixels, VisionCondition? condition, bool training)
    {
        var images = pixels.Size(0);
        return training && images > 1 && condition is null && pixels.Device.Type == DeviceType.Cpu && Autocast.TypeOn(DeviceType.Cpu) is null && IsFrozen(tower)
            ? Tensor.Cat([.. Enumerable.Range(0, (int)images).Select(k => tower.Encode(pixels.Slice(0, k, k + 1), null))])
            : tower.Encode(pixels, condition);
    }

    private static bool IsFrozen(IVisionTower tower) => tower is Module module && !module.Parameters().Any(parameter => parameter.RequiresGrad);
}
