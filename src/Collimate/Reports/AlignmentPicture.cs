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
    /// <summary>What the picture shows, for those who cannot see it.</summary>
    public string Description { get; init; } = "";

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
            return new PatchWord(map.WordAt(image, token).Text, isObject ? map.Words[truth].Text : null, map.Cosines[at], map.IsRight(image, token));
        });
        return new AlignmentPicture(id, picture, columns, map.Tokens / columns, [.. patches]);
    }
}

/// <summary>The nearest word of a patch, and the true one.</summary>
/// <param name="Word">The word nearest to the patch's visual token in the decoder's embedding space.</param>
/// <param name="Truth">The name of what covers the patch; null where only ground does.</param>
/// <param name="Cosine">How near the word is, -1 to 1.</param>
/// <param name="IsRight">Whether the word is the right one.</param>
public sealed record PatchWord(string Word, string? Truth, double Cosine, bool IsRight);
