namespace Collimate.Generation;

/// <summary>Why a row ended.</summary>
public enum StopReason
{
    /// <summary>A stop token came.</summary>
    StopToken,

    /// <summary>A stop string came.</summary>
    StopString,

    /// <summary>The most tokens that were asked for, or that the model has positions for, were generated.</summary>
    Length,
}
