using Collimate.Torch;
using Collimate.Verification;

namespace Collimate.Tests.Models;

/// <summary>Gradients under checkpoint names, those of packed parameters taken apart.</summary>
internal static class ModelGradients
{
    /// <summary>The gradient of a parameter named as in a checkpoint.</summary>
    public static float[] Of(Module model, string name) => Near.Floats(new ParameterGradients(model).Of(name)!);
}
