namespace Collimate.Semantics;

/// <summary>The words found for every patch of a picture, the best first; only words with a positive score are kept.</summary>
/// <param name="Patches">How many patches, in raster order.</param>
/// <param name="Top">The most words of a patch.</param>
/// <param name="Words">Word numbers, <c>[Patches, Top]</c>; -1 beyond a patch's last word.</param>
/// <param name="Scores">Their similarities, <c>[Patches, Top]</c>; 0 beyond the last.</param>
public sealed record PatchLabels(int Patches, int Top, int[] Words, float[] Scores)
{
    /// <summary>A picture of which no word is known.</summary>
    /// <param name="patches">How many patches.</param>
    /// <param name="top">The most words of a patch.</param>
    public static PatchLabels None(int patches, int top)
    {
        var words = new int[patches * top];
        Array.Fill(words, -1);
        return new PatchLabels(patches, top, words, new float[patches * top]);
    }

    /// <summary>The words of a patch, without what lies beyond the last.</summary>
    public ReadOnlySpan<int> WordsOf(int patch) => Words.AsSpan(patch * Top, CountOf(patch));

    /// <summary>The scores of a patch's words.</summary>
    public ReadOnlySpan<float> ScoresOf(int patch) => Scores.AsSpan(patch * Top, CountOf(patch));

    /// <summary>How many words a patch has.</summary>
    public int CountOf(int patch)
    {
        var row = Words.AsSpan(patch * Top, Top);
        var end = row.IndexOf(-1);
        return end < 0 ? Top : end;
    }
}
