using Collimate.Torch;

namespace Collimate.Alignment.Connectors;

/// <summary>Seam 3: how do patches become visual tokens?</summary>
public interface IConnector
{
    /// <summary>Whether visual tokens are vectors of zeros, which keep a picture's places for a fusion to fill.</summary>
    bool LeavesPlacesEmpty => false;

    /// <summary>How many visual tokens a picture of so many patches becomes.</summary>
    int TokenCount(int patches);

    /// <summary>Brings patches into the decoder's space.</summary>
    /// <param name="patches"><c>[images, patches, visionWidth]</c></param>
    /// <returns><c>[images, tokens, hidden]</c></returns>
    Tensor Project(Tensor patches);
}
