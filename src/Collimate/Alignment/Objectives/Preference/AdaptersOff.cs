using Collimate.Adapters;

namespace Collimate.Alignment.Objectives.Preference;

/// <summary>The model itself without the adapters that learn: a reference that takes no memory.</summary>
/// <param name="learns">Which adapters learn; all others stay as they are.</param>
public sealed class AdaptersOff(Func<string, bool> learns) : IReferenceModel
{
    /// <inheritdoc/>
    public ForwardPass Run(ForwardPass pass)
    {
        var adapters = AdapterSet.Find(pass.Model) ?? throw new InvalidOperationException("a model without adapters is no reference for itself");
        string[] active = [.. adapters.Active];
        adapters.Activate([.. active.Where(name => !learns(name))]);
        try
        {
            return pass.Model.Forward(ReferenceBatch.Of(pass), pass.Policy, PassContext.Answering);
        }
        finally
        {
            adapters.Activate(active);
        }
    }

    /// <inheritdoc/>
    public IReferenceModel ForReplica() => this;
}
