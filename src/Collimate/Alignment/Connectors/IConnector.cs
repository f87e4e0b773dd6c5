using Collimate.Alignment.Towers;
using Collimate.Torch;

namespace Collimate.Alignment.Connectors;

/// <summary>Seam 3: how do patches become visual tokens?</summary>
public interface IConnector
{
    /// <summary>Whether visual tokens depend on the question, so that several questions cannot share one picture.</summary>
    bool ReadsQuestion => false;

    /// <summary>Whether visual tokens are vectors of zeros, which keep a picture's places for a fusion to fill.</summary>
    bool LeavesPlacesEmpty => false;

    /// <summary>How many visual tokens a picture of so many patches becomes.</summary>
    int TokenCount(int patches);

    /// <summary>How visual tokens lie on the picture, where every token is of one place of it; null where a token may be of any place.</summary>
    /// <param name="patches">How the patches lie.</param>
    PatchGrid? GridOf(PatchGrid patches) => patches;

    /// <summary>Brings patches into the decoder's space.</summary>
    /// <param name="patches"><c>[images, patches, visionWidth]</c></param>
    /// <param name="asked">What is asked about the pictures, for connectors that read it; null where nothing is.</param>
    /// <returns><c>[images, tokens, hidden]</c></returns>
    Tensor Project(Tensor patches, PictureQuestions? asked = null);
}
