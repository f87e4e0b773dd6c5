using System.Runtime.InteropServices;

namespace Collimate.Tokenization.PostProcessing;

/// <summary>RoBERTa's and CLIP's frame: one token before the first text, one after each and one more before the second; there are no types.</summary>
internal sealed class RobertaProcessor((string Token, int Id) opening, (string Token, int Id) closing, bool trims, bool addsPrefixSpace, Func<int, string> spelling) : IPostProcessor
{
    public IEnumerable<int> Ids => [opening.Id, closing.Id];

    public List<TokenSequence> Process(List<TokenSequence> texts, bool putsIn)
    {
        for (var k = 0; k < texts.Count; k++)
        {
            if (trims)
            {
                ByteLevelProcessor.Trim(texts[k], addsPrefixSpace, spelling);
            }

            foreach (ref var token in CollectionsMarshal.AsSpan(texts[k].Tokens))
            {
                token = token with { TypeId = 0 };
            }

            if (putsIn)
            {
                texts[k].Tokens.Insert(0, PutIn(k == 0 ? opening : closing));
                texts[k].Tokens.Add(PutIn(closing));
            }
        }

        return texts;
    }

    private static SequenceToken PutIn((string Token, int Id) token) => new(token.Id, 0, 0, -1, IsPutIn: true, Surface: token.Token);
}
