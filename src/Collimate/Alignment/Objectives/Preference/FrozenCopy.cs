using Collimate.Torch;

namespace Collimate.Alignment.Objectives.Preference;

/// <summary>The model as it was when the stage began. It has values of its own for what the stage trains, and shares all others with the model.</summary>
/// <remarks>Its own values are buffers, and so part of the stage's state: a run that goes on from a checkpoint has the same reference as one that was never interrupted.</remarks>
public sealed class FrozenCopy : Module, IReferenceModel
{
    private readonly Func<VisionLanguageModel> makeCopy;
    private VisionLanguageModel? copy;

    private FrozenCopy(IEnumerable<(string Name, Tensor Value)> values, Func<VisionLanguageModel> makeCopy)
    {
        this.makeCopy = makeCopy;
        foreach (var (name, value) in values)
        {
            AddBuffer(name, value);
        }
    }

    /// <summary>Keeps a model as it is now.</summary>
    /// <param name="model">The model.</param>
    /// <param name="learning">The names of the parameters that the stage will change.</param>
    /// <param name="makeCopy">Builds another model of the same shape, with the same adapters active; asked when the reference is first run.</param>
    public static FrozenCopy Of(VisionLanguageModel model, IEnumerable<string> learning, Func<VisionLanguageModel> makeCopy)
    {
        using var scope = new TensorScope();
        var byName = model.NamedParameters().ToDictionary(entry => entry.Name, entry => entry.Value);
        return new FrozenCopy(learning.Select(name => (name, byName[name].Detach().Clone())), makeCopy);
    }

    /// <inheritdoc/>
    public ForwardPass Run(ForwardPass pass)
    {
        copy ??= Link(pass.Model);
        return copy.Forward(ReferenceBatch.Of(pass), pass.Policy, PassContext.Answering);
    }

    /// <inheritdoc/>
    public IReferenceModel ForReplica()
    {
        using var scope = new TensorScope();
        return new FrozenCopy(NamedBuffers().Select(entry => (entry.Name, entry.Value.Clone())).ToArray(), makeCopy);
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        copy?.Dispose();
        base.Dispose(disposing);
    }

    // Only now are the values settled: a checkpoint may have brought them, and a replica shares those of the first.
    private VisionLanguageModel Link(VisionLanguageModel model)
    {
        var made = makeCopy();
        made.SetRequiresGrad(false);
        made.SetTraining(false);
        var kept = NamedBuffers().ToDictionary(entry => entry.Name, entry => entry.Value);
        var shared = model.NamedParameters().Concat(model.NamedBuffers()).ToDictionary(entry => entry.Name, entry => entry.Value);
        foreach (var (name, value) in made.NamedParameters().Concat(made.NamedBuffers()))
        {
            value.ShareMemory_(kept.TryGetValue(name, out var own) ? own : shared[name]);
        }

        return made;
    }
}
