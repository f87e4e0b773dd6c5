namespace Collimate.Tokenization.PostProcessing;

/// <summary>One step after the other.</summary>
internal sealed class SequenceProcessor(IReadOnlyList<IPostProcessor> steps) : IPostProcessor
{
    public IEnumerable<int> Ids => steps.SelectMany(s => s.Ids);

    public List<TokenSequence> Process(List<TokenSequence> texts, bool putsIn)
    {
        foreach (var step in steps)
        {
            texts = step.Process(texts, putsIn);
        }

        return texts;
    }
}
