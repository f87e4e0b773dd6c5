namespace Collimate.Tokenization.Normalization;

/// <summary>A step that rewrites text before it is cut: lower case, composed forms, blanks.</summary>
internal interface INormalizer
{
    NormalizedText Normalize(NormalizedText text);
}
