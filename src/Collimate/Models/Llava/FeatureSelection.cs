namespace Collimate.Models.Llava;

/// <summary>Which tokens of a vision tower's hidden state become visual tokens (<c>vision_feature_select_strategy</c>).</summary>
public enum FeatureSelection
{
    /// <summary>All but the first, which is the class token of the towers that LLaVA was made for.</summary>
    Default,

    /// <summary>All of them.</summary>
    Full,
}
