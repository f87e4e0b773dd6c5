using Collimate.Models.Attention;

namespace Collimate.Alignment.Attention;

/// <summary>Seam 5: who may attend to whom?</summary>
public interface IAttentionPolicy
{
    /// <summary>
    /// True where a position may see the token it is to predict, so that the loss measures copying as well as knowing. Such a policy serves a stage of
    /// training, never generation.
    /// </summary>
    bool RevealsAnswers => false;

    /// <summary>Describes a sequence's attention from what its positions are.</summary>
    AttentionSpec Describe(Positions positions);
}
