using Collimate.Data.Conversations;
using Collimate.Torch;

namespace Collimate.Alignment.Composition.TokenMixer;

/// <summary>TokenMixer: every image token stands beside the word of the prompt that it is most like; those that are like none stand first, and text keeps its order.</summary>
/// <remarks>
/// Whose cosine with its nearest word is at least the threshold, moves. The decision has no gradient; the tokens keep theirs. What the variants are, and
/// what of the published system they do and do not reproduce, is told in <c>docs/methods/token-mixer.md</c>.
/// </remarks>
public sealed class TokenMixerComposition : Module, IComposition
{
    private readonly ISimilaritySpace space;

    /// <param name="options">Threshold, sides, variant.</param>
    /// <param name="words">The dual encoder in whose joint space patches and words are compared; owned from now on. Null for the decoder's input embeddings.</param>
    /// <exception cref="ArgumentOutOfRangeException">The threshold is no cosine.</exception>
    public TokenMixerComposition(TokenMixerOptions? options = null, TextTowerSpace? words = null)
    {
        Options = options ?? new TokenMixerOptions();
        if (!(Math.Abs(Options.LeastCosine) <= 1))
        {
            throw new ArgumentOutOfRangeException(nameof(options), Options.LeastCosine, "a threshold is a cosine, from -1 to 1");
        }

        Words = words is null ? null : AddModule("space", words);
        space = words ?? (ISimilaritySpace)new DecoderSpace();
    }

    /// <summary>Threshold, sides, variant.</summary>
    public TokenMixerOptions Options { get; }

    /// <summary>The dual encoder in whose joint space patches and words are compared; null where the decoder's embeddings are.</summary>
    public TextTowerSpace? Words { get; }

    /// <inheritdoc/>
    public bool OrdersByQuestion => true;

    /// <inheritdoc/>
    /// <exception cref="Data.DataException">Several packed questions share a picture, or a similarity is not a number.</exception>
    public Order Arrange(Tensor? visual, Tensor text, Batch batch, PassContext pass)
    {
        var prompts = batch.Layouts.Select(layout => new PromptText(layout, Options)).ToArray();
        var pictures = Pictures(batch, prompts);
        if (visual is null || pictures.Length == 0)
        {
            SimilarityMeasures.Report(pass.Measures, [], 0, 0, batch.Rows); // processes that train together add up the same names
            return new Order(ConcatComposition.Sources(batch, (int)(visual?.Size(1) ?? 0)));
        }

        var nearest = NearestWords.Find(space, visual, text, batch, pictures);
        var sources = new int[batch.Rows][];
        var (matched, moved) = (0, 0);
        for (var row = 0; row < batch.Rows; row++)
        {
            var keys = new int[batch.ImageCount(row) * nearest.Tokens];
            for (var image = 0; image < batch.ImageCount(row); image++)
            {
                var place = Place(pictures[batch.FirstImage(row) + image], nearest, batch.FirstImage(row) + image, keys.AsSpan(image * nearest.Tokens, nearest.Tokens));
                (matched, moved) = (matched + place.Matched, moved + place.Moved);
            }

            sources[row] = SimilarityOrder.Sort(batch.Layouts[row], keys);
        }

        SimilarityMeasures.Report(pass.Measures, nearest.Cosines, matched, moved, batch.Rows);
        return new Order(sources);
    }

    // The pictures of all rows as the batch numbers them.
    private PictureWords[] Pictures(Batch batch, PromptText[] prompts)
    {
        var pictures = new PictureWords[batch.Pictures];
        for (var row = 0; row < batch.Rows; row++)
        {
            var layout = batch.Layouts[row];
            for (var token = 0; token < layout.Count; token++)
            {
                if (layout.Kinds[token] == TokenKind.Image)
                {
                    pictures[batch.FirstImage(row) + layout.ImageIndex[token]] = new PictureWords(row, prompts[row], token, prompts[row].Attractors(token, space.ReadsWords));
                }
            }
        }

        return pictures;
    }

    private (int Matched, int Moved) Place(PictureWords picture, NearestWords nearest, int image, Span<int> keys)
    {
        var (matched, moved) = (0, 0);
        var original = picture.Prompt.TextBefore(SimilarityOrder.Unmatched(picture.Marker));
        var unmatched = SimilarityOrder.Unmatched(picture.Prompt.UnmatchedAt(picture.Marker));
        for (var token = 0; token < keys.Length; token++)
        {
            var at = (image * nearest.Tokens) + token;
            var isLike = nearest.Cosines[at] >= Options.LeastCosine;
            keys[token] = isLike ? SimilarityOrder.Matched(picture.Words[nearest.Words[at]], Options.Images) : unmatched;
            matched += isLike ? 1 : 0;
            moved += picture.Prompt.TextBefore(keys[token]) != original ? 1 : 0;
        }

        return (matched, moved);
    }
}
