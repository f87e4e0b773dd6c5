using Collimate.Torch;

namespace Collimate.Verification;

/// <summary>
/// Gradients under the names that checkpoints use. Where a model holds as one parameter what checkpoints hold apart (query, key and
/// value), a checkpoint's tensor is a view of that parameter, and the same view of the parameter's gradient is the tensor's gradient.
/// </summary>
internal sealed class ParameterGradients
{
    private readonly Dictionary<string, Tensor> state;
    private readonly Tensor[] parameters;
    private readonly string[] prefixes;

    /// <param name="model">The model.</param>
    /// <param name="prefixes">What names may begin with although the model's own do not.</param>
    public ParameterGradients(Module model, params string[] prefixes)
    {
        this.prefixes = prefixes;
        state = model.NamedState().ToDictionary(entry => entry.Name, entry => entry.Value, StringComparer.Ordinal);
        parameters = [.. model.Parameters()];
    }

    /// <summary>The gradient of a checkpoint's tensor; null where there is no such parameter, or no gradient reached it.</summary>
    public Tensor? Of(string name)
    {
        var outer = Array.Find(prefixes, prefix => name.StartsWith(prefix, StringComparison.Ordinal)) ?? "";
        if (!(state.TryGetValue(name, out var view) || state.TryGetValue(name[outer.Length..], out view)) || Array.Find(parameters, parameter => Holds(parameter, view)) is not { Grad: { } gradient } parameter)
        {
            return null;
        }

        if (view.Shape.SequenceEqual(parameter.Shape))
        {
            return gradient;
        }

        // A part is some of the parameter's rows, or some of its elements in order.
        var start = (view.DataPointer - parameter.DataPointer) / parameter.Type.Size();
        return gradient.Contiguous().View(-1).Narrow(0, start, view.ElementCount).View(view.Shape);
    }

    private static bool Holds(Tensor parameter, Tensor view) =>
        view.DataPointer >= parameter.DataPointer && view.IsContiguous
        && view.DataPointer + (nint)(view.ElementCount * view.Type.Size()) <= parameter.DataPointer + (nint)(parameter.ElementCount * parameter.Type.Size());
}
