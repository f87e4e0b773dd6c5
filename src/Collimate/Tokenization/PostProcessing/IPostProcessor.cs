namespace Collimate.Tokenization.PostProcessing;

/// <summary>Puts tokens around a text or a pair of texts.</summary>
internal interface IPostProcessor
{
    /// <summary>Processes one text or two.</summary>
    /// <param name="texts">The tokens of each text; they become parts of the result in order.</param>
    /// <param name="putsIn">Whether tokens are put in; type ids are set either way.</param>
    List<TokenSequence> Process(List<TokenSequence> texts, bool putsIn);

    /// <summary>The ids of the tokens that it may put in, for checking.</summary>
    IEnumerable<int> Ids { get; }
}
