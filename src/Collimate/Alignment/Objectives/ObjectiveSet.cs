using Collimate.Torch;

namespace Collimate.Alignment.Objectives;

/// <summary>The objectives of a stage with their weights; those that learn something themselves belong to the model as long as the stage lasts.</summary>
/// <remarks>Each worker's replica has a set of its own, whose parameters share memory with the first, as all its parameters do.</remarks>
public sealed class ObjectiveSet : Module
{
    /// <summary>What the names of its parameters begin with, in a model.</summary>
    public const string Name = "objectives";

    /// <param name="objectives">The objectives and the factors on their losses.</param>
    public ObjectiveSet(IReadOnlyList<(IObjective Objective, double Weight)> objectives)
    {
        Objectives = objectives;
        foreach (var (number, (objective, _)) in objectives.Index())
        {
            if (objective is Module learning)
            {
                AddModule($"{number}", learning);
            }
        }
    }

    /// <summary>The objectives and the factors on their losses.</summary>
    public IReadOnlyList<(IObjective Objective, double Weight)> Objectives { get; }

    /// <summary>Whether one of them exchanges something with other processes in every pass.</summary>
    public bool ExchangesWithRanks => Objectives.Any(entry => entry.Objective.ExchangesWithRanks);

    /// <summary>The same for a replica of the model.</summary>
    public ObjectiveSet ForReplica() => new([.. Objectives.Select(entry => (entry.Objective.ForReplica(), entry.Weight))]);

    /// <summary>Makes the set part of a model.</summary>
    public void AttachTo(VisionLanguageModel model) => model.Attach(Name, this);

    /// <summary>The set that is part of a model, or null.</summary>
    public static ObjectiveSet? Of(VisionLanguageModel model) => model.NamedModules().Select(entry => entry.Module).OfType<ObjectiveSet>().FirstOrDefault();

    /// <summary>The losses of a pass, each times its weight, as one.</summary>
    /// <param name="pass">What the pass computed.</param>
    /// <param name="share">How large the piece is in its batch.</param>
    public Tensor Loss(ForwardPass pass, BatchShare share)
    {
        Tensor? sum = null;
        foreach (var (objective, weight) in Objectives)
        {
            var part = objective.Loss(pass, share) * weight;
            sum = sum is null ? part : sum + part;
        }

        return sum ?? throw new InvalidOperationException("a stage without objectives has nothing to learn");
    }
}
