namespace Collimate.Semantics;

/// <summary>How a patch and a word are compared.</summary>
public enum SimilarityMode
{
    /// <summary>The cosine.</summary>
    Raw,

    /// <summary>Minus the cosine, as in SEA's equation 6: raw CLIP scores the background above what a word names (CLIP Surgery's "opposite visualisation").</summary>
    Negated,

    /// <summary>The cosine with patches of the path on which values attend to values in the last six layers. Source: CLIP Surgery, section 3.2.</summary>
    Surgery,
}
