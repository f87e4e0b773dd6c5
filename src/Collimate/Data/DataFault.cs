namespace Collimate.Data;

/// <summary>What kind of fault a sample has, for those who count faults and go on.</summary>
public enum DataFault
{
    /// <summary>Any other.</summary>
    Other,

    /// <summary>The number of picture markers is not the number of pictures, or the tokenizer knows no pictures.</summary>
    Pictures,

    /// <summary>The turns' roles are unknown or in an impossible order.</summary>
    Roles,

    /// <summary>There is no answer to learn from, or no question to answer.</summary>
    NoAnswer,

    /// <summary>The conversation does not fit, not even its first exchange.</summary>
    TooLong,

    /// <summary>The record is not written as its format asks.</summary>
    Record,

    /// <summary>No single sample is to blame: a file is gone, was changed, or is no such file. Nobody goes on after it.</summary>
    Source,
}
