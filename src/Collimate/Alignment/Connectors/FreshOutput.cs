using Collimate.Torch;
using Collimate.Torch.Layers;

namespace Collimate.Alignment.Connectors;

/// <summary>Makes the output of a fresh connector shorter than usual: visual tokens as short as words disturb a trained decoder less.</summary>
internal static class FreshOutput
{
    /// <summary>Scales a layer's weights.</summary>
    /// <param name="layer">The connector's last layer.</param>
    /// <param name="scale">The factor; 1 leaves it, which it must be where a checkpoint is about to bring the weights.</param>
    public static void Scale(Linear layer, double scale)
    {
        if (scale != 1) // weights that a checkpoint is about to bring have no memory to be scaled in
        {
            using var _ = GradMode.Disable();
            layer.Weight.Mul_(scale);
        }
    }
}
