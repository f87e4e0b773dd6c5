namespace Collimate.Tokenization.PostProcessing;

/// <summary>The tokens of a text while they are gathered.</summary>
internal sealed class TokenSequence
{
    internal List<SequenceToken> Tokens { get; } = [];

    /// <summary>A copy whose tokens are all of one kind.</summary>
    internal IEnumerable<SequenceToken> WithType(int typeId) => Tokens.Select(t => t with { TypeId = typeId });
}
