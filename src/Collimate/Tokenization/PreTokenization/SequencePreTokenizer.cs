using Collimate.Tokenization.Normalization;

namespace Collimate.Tokenization.PreTokenization;

/// <summary>One step after the other, each on the words of the one before.</summary>
internal sealed class SequencePreTokenizer(IReadOnlyList<IPreTokenizer> steps) : IPreTokenizer
{
    public void Cut(NormalizedText piece, List<NormalizedText> words)
    {
        List<NormalizedText> current = [piece];
        foreach (var step in steps)
        {
            var next = new List<NormalizedText>(current.Count * 2);
            foreach (var word in current)
            {
                if (word.Length > 0)
                {
                    step.Cut(word, next);
                }
            }

            current = next;
        }

        words.AddRange(current);
    }
}
