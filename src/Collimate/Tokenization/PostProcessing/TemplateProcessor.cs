namespace Collimate.Tokenization.PostProcessing;

/// <summary>Texts and tokens in the order of a template; one for a single text and one for a pair.</summary>
internal sealed class TemplateProcessor(IReadOnlyList<TemplatePart> single, IReadOnlyList<TemplatePart> pair) : IPostProcessor
{
    public IEnumerable<int> Ids => single.Concat(pair).SelectMany(p => p.Tokens).Select(t => t.Id);

    public List<TokenSequence> Process(List<TokenSequence> texts, bool putsIn)
    {
        // A step before this one may have made more of the texts than two; such a chain has no meaning.
        if (texts.Count > 2)
        {
            throw new TokenizerException("post_processor: two templates follow each other; keep one");
        }

        var parts = new List<TokenSequence>();
        foreach (var part in texts.Count == 1 ? single : pair)
        {
            var sequence = new TokenSequence();
            if (part.Text >= 0)
            {
                sequence.Tokens.AddRange(texts[part.Text].WithType(part.TypeId));
            }
            else if (putsIn)
            {
                sequence.Tokens.AddRange(part.Tokens.Select(t => new SequenceToken(t.Id, 0, 0, -1, part.TypeId, IsPutIn: true, Surface: t.Token)));
            }

            parts.Add(sequence);
        }

        // What was made of each text stays one part, so that a step after this one sees as many.
        var joined = new TokenSequence();
        parts.ForEach(p => joined.Tokens.AddRange(p.Tokens));
        return [joined];
    }
}
