namespace Collimate.Alignment.Objectives.Preference;

/// <summary>What the answers' probabilities under the model in training are held against; it does not change while a stage lasts.</summary>
public interface IReferenceModel
{
    /// <summary>The same pass through the reference. Called without gradients.</summary>
    /// <param name="pass">The pass through the model in training.</param>
    ForwardPass Run(ForwardPass pass);

    /// <summary>The same reference for a replica of the model.</summary>
    IReferenceModel ForReplica();
}
