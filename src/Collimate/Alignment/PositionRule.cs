using Collimate.Data.Conversations;

namespace Collimate.Alignment;

/// <summary>Which place the rotary embedding is told for a token. A reordering changes two things, who comes first and how far apart they are; this tells them apart.</summary>
public enum PositionRule
{
    /// <summary>Counted in the order in which the tokens stand, as in GPS's paper.</summary>
    Sequential,

    /// <summary>Every token keeps the place it had before it was moved: pictures where their markers stood, in raster order.</summary>
    Kept,

    /// <summary>As <see cref="Kept"/>, but all tokens of a picture share one place, that of its marker.</summary>
    SharedImage,
}

/// <summary>Counts places: within the part that all documents share, and on from there within each document.</summary>
internal sealed class PlaceCounter
{
    private readonly Dictionary<int, int> counts = [];
    private int shared;

    /// <summary>How many of a document have been counted.</summary>
    public int Counted(int document) => counts.GetValueOrDefault(document);

    /// <summary>The place of the next token of a document.</summary>
    public int Next(int document)
    {
        var count = Counted(document);
        counts[document] = count + 1;
        return document == 0 ? shared++ : shared + count;
    }

    /// <summary>The place of every source of a row before anything is moved.</summary>
    /// <param name="layout">The row.</param>
    /// <param name="visualCount">Its visual tokens.</param>
    /// <param name="perImage">Visual tokens of a picture.</param>
    /// <param name="rule">Whether a picture takes one place or as many as it has tokens.</param>
    public static int[] Original(TokenLayout layout, int visualCount, int perImage, PositionRule rule)
    {
        var (counter, places) = (new PlaceCounter(), new int[visualCount + layout.Count]);
        for (var token = 0; token < layout.Count; token++)
        {
            if (layout.Kinds[token] != TokenKind.Image)
            {
                places[visualCount + token] = counter.Next(layout.Documents[token]);
                continue;
            }

            var place = 0;
            for (var k = 0; k < perImage; k++)
            {
                place = k == 0 || rule == PositionRule.Kept ? counter.Next(layout.Documents[token]) : place;
                places[(layout.ImageIndex[token] * perImage) + k] = place;
            }
        }

        return places;
    }
}
