namespace Collimate.Alignment.Objectives.Preference;

/// <summary>What a reference is shown: the batch of the model in training.</summary>
internal static class ReferenceBatch
{
    /// <summary>The batch of a pass; with what the tower said of the pictures, where nothing that learns has a part in it and the reference would say the same.</summary>
    /// <remarks>Its tensors are those of the pass, so it is not to be disposed.</remarks>
    internal static Batch Of(ForwardPass pass) => pass.Patches is { RequiresGrad: false } patches
        ? new Batch(pass.Batch.Layouts, null, patches, pass.Batch.PairCount > 0) { Images = pass.Batch.Images }
        : pass.Batch;
}
