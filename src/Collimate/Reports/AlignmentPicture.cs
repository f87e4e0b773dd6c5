using Collimate.Imaging;
using Collimate.Inspection;

namespace Collimate.Reports;

/// <summary>A picture with the nearest word of each of its patches.</summary>
/// <param name="Id">The picture's name.</param>
/// <param name="Picture">The picture.</param>
/// <param name="Columns">Patches across.</param>
/// <param name="Rows">Patches down.</param>
/// <param name="Patches">The patches in raster order.</param>
public sealed record AlignmentPicture(string Id, Image Picture, int Columns, int Rows, IReadOnlyList<PatchWord> Patches)
{
    private const int MostListed = 8;

    /// <summary>What the picture shows, for those who cannot see it.</summary>
    public string Description { get; init; } = "";

    /// <summary>Whether the patches lie on the picture as they are listed; a resampler's tokens do not.</summary>
    public bool LiesOnPicture { get; init; } = true;

    /// <summary>A picture with its words, to be drawn.</summary>
    /// <param name="recalled">The picture.</param>
    public static AlignmentPicture From(RecalledPicture recalled)
    {
        var lies = recalled.Grid.Count > 0;
        var columns = lies ? recalled.Grid.Columns : Enumerable.Range(1, MostListed).Last(count => recalled.Map.Tokens % count == 0);
        return From(recalled.Map, recalled.Index, recalled.Id, recalled.Picture, columns) with { Description = recalled.Description, LiesOnPicture = lies };
    }

    /// <summary>Takes the patches of one picture out of a map.</summary>
    /// <param name="map">The map.</param>
    /// <param name="image">Which of the map's pictures.</param>
    /// <param name="id">The picture's name.</param>
    /// <param name="picture">The picture.</param>
    /// <param name="columns">Patches across.</param>
    /// <exception cref="ArgumentException">The map's tokens do not fill rows of so many columns.</exception>
    public static AlignmentPicture From(AlignmentMap map, int image, string id, Image picture, int columns)
    {
        if (columns < 1 || map.Tokens % columns != 0)
        {
            throw new ArgumentException($"{map.Tokens} tokens do not fill rows of {columns}", nameof(columns));
        }

        var patches = Enumerable.Range(0, map.Tokens).Select(token =>
        {
            var at = (image * map.Tokens) + token;
            var truth = map.Truth[at];
            var isObject = truth != AlignmentMap.Unknown && truth != map.GroundWord;
            return new PatchWord(map.WordAt(image, token).Text, isObject ? map.Words[truth].Text : null, map.Cosines[at], map.IsRight(image, token))
            {
                IsJudged = truth != AlignmentMap.Unknown,
                Next = [.. map.RecalledAt(image, token).Skip(1).Select(word => (word.Word.Text, (double)word.Cosine))],
            };
        });
        return new AlignmentPicture(id, picture, columns, map.Tokens / columns, [.. patches]);
    }
}

/// <summary>The nearest word of a patch, and the true one.</summary>
/// <param name="Word">The word nearest to the patch's visual token in the decoder's embedding space.</param>
/// <param name="Truth">The name of what covers the patch; null where only ground does.</param>
/// <param name="Cosine">How near the word is, -1 to 1.</param>
/// <param name="IsRight">Whether the word is the right one.</param>
public sealed record PatchWord(string Word, string? Truth, double Cosine, bool IsRight)
{
    /// <summary>Whether it is known what the patch shows.</summary>
    public bool IsJudged { get; init; } = true;

    /// <summary>The words that come next, with their cosines, nearest first.</summary>
    public IReadOnlyList<(string Word, double Cosine)> Next { get; init; } = [];

    /// <summary>Right, wrong, ground, or told where there is no truth to judge by.</summary>
    internal string State => !IsJudged ? "told" : Truth is null ? "ground" : IsRight ? "right" : "wrong";
}
