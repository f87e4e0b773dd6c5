using Collimate.Torch;

namespace Collimate.Alignment.Towers;

/// <summary>Decides whether a tower's work is recorded for gradients: a frozen tower needs no recording, and costs a third without; one that learns records where its caller does.</summary>
internal static class TowerRecording
{
    /// <summary>Opens the region.</summary>
    /// <param name="tower">The tower.</param>
    /// <param name="inputLearns">Whether gradients are to go through it to something that learns before it.</param>
    public static GradMode.Region Begin(Module tower, bool inputLearns = false) =>
        GradMode.IsEnabled && (inputLearns || tower.Parameters().Any(parameter => parameter.RequiresGrad)) ? GradMode.Enable() : GradMode.Disable();
}
