namespace Collimate.Tokenization.PostProcessing;

/// <summary>BERT's frame: one token before the first text, one after each.</summary>
internal sealed class BertProcessor((string Token, int Id) opening, (string Token, int Id) closing) : IPostProcessor
{
    public IEnumerable<int> Ids => [opening.Id, closing.Id];

    public List<TokenSequence> Process(List<TokenSequence> texts, bool putsIn)
    {
        for (var k = 0; putsIn && k < texts.Count; k++)
        {
            if (k == 0)
            {
                texts[k].Tokens.Insert(0, new SequenceToken(opening.Id, 0, 0, -1, IsPutIn: true, Surface: opening.Token));
            }

            texts[k].Tokens.Add(new SequenceToken(closing.Id, 0, 0, -1, TypeId: k == 0 ? 0 : 1, IsPutIn: true, Surface: closing.Token));
        }

        return texts;
    }
}
