using Collimate.Data;
using Collimate.Data.Conversations;
using Collimate.Imaging;
using Collimate.Training.Programs;

namespace Collimate.Planning;

/// <summary>How long a stage's rows are, by its first samples.</summary>
/// <param name="Seen">How many samples were looked at.</param>
/// <param name="Mean">Positions of a row on average, visual tokens included.</param>
/// <param name="Longest">Positions of the longest.</param>
/// <param name="Images">Pictures a row on average.</param>
/// <param name="Answers">Labelled tokens of the longest row.</param>
public sealed record RowLengths(int Seen, double Mean, int Longest, double Images, int Answers)
{
    private const int MostSeen = 128;

    /// <summary>Looks at a stage's first samples; none of their pictures is read from disk.</summary>
    /// <param name="source">Where samples come from.</param>
    /// <param name="batcher">How they become tokens.</param>
    /// <param name="least">Look at so many at least where there are as many: a whole batch.</param>
    /// <returns>The lengths, and the sample with the longest row.</returns>
    /// <exception cref="DataException">None of the samples can be used; the first of them says why.</exception>
    internal static (RowLengths Lengths, Sample LongestSample) Of(ISampleSource source, ConversationBatcher batcher, int least)
    {
        var count = (int)Math.Min(source.Count ?? long.MaxValue, Math.Max(MostSeen, least));
        var (seen, total, images, longest, answers) = (0, 0L, 0L, -1, 0);
        Sample? longestSample = null;
        DataException? first = null;
        for (var place = 0; place < count; place++)
        {
            try
            {
                var sample = source.At(place);
                var layout = batcher.Render(sample);
                var length = layout.TokenIds.Length + (sample.Images.Count * (batcher.TokensPerImage - 1));
                (seen, total, images) = (seen + 1, total + length, images + sample.Images.Count);
                if (length > longest)
                {
                    (longest, longestSample, answers) = (length, sample, layout.AnswerCount);
                }
            }
            catch (DataException unusable) when (unusable.Fault != DataFault.Source)
            {
                first ??= unusable; // training names it, or leaves it out, as the stage says
            }
        }

        return longestSample is null
            ? throw first ?? new DataException("the data hold no sample")
            : (new RowLengths(seen, (double)total / seen, longest, (double)images / seen, answers), longestSample);
    }
}
