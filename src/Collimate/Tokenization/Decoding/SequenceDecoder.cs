namespace Collimate.Tokenization.Decoding;

/// <summary>One step after the other.</summary>
internal sealed class SequenceDecoder(IReadOnlyList<ITokenDecoder> steps) : ITokenDecoder
{
    internal IReadOnlyList<ITokenDecoder> Steps { get; } = steps;

    public List<string> Decode(List<string> tokens)
    {
        foreach (var step in Steps)
        {
            tokens = step.Decode(tokens);
        }

        return tokens;
    }
}
