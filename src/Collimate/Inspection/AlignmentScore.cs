namespace Collimate.Inspection;

/// <summary>Counts behind alignment accuracy; scores of several batches add up.</summary>
/// <param name="ObjectHits">Object patches whose nearest word is the name of what covers them.</param>
/// <param name="ObjectPatches">Patches that an object or symbol covers.</param>
/// <param name="GroundHits">Ground patches whose nearest word is the ground's.</param>
/// <param name="GroundPatches">Patches that only ground covers, where the ground has a word.</param>
public readonly record struct AlignmentScore(long ObjectHits, long ObjectPatches, long GroundHits, long GroundPatches)
{
    /// <summary>Alignment accuracy: the share of object patches whose nearest word is right, 0 to 1; NaN without object patches.</summary>
    public double AlignmentAccuracy => (double)ObjectHits / ObjectPatches;

    /// <summary>The same share over ground patches; NaN without any.</summary>
    public double GroundAccuracy => (double)GroundHits / GroundPatches;

    /// <summary>The same share over object and ground patches together; NaN without any.</summary>
    public double OverallAccuracy => (double)(ObjectHits + GroundHits) / (ObjectPatches + GroundPatches);

    /// <summary>The score over the patches of both.</summary>
    public static AlignmentScore operator +(AlignmentScore first, AlignmentScore second) => new(
        first.ObjectHits + second.ObjectHits,
        first.ObjectPatches + second.ObjectPatches,
        first.GroundHits + second.GroundHits,
        first.GroundPatches + second.GroundPatches);
}
