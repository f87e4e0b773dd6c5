using Collimate.Torch;

namespace Collimate.Alignment.Fusion.InverseLlava;

/// <summary>
/// The positions of a pass, all rows one after the other, in two lots: those where a patch stands, and those of text. The lots are computed apart; <see cref="Together"/> puts them
/// in order again.
/// </summary>
/// <remarks>Padding is in neither lot, and gets what the first word gets. Nobody sees it.</remarks>
internal sealed class PictureRows
{
    // Few distinct shapes: bf16 products are compiled, and kept, per shape.
    private const int Round = 64;

    private PictureRows(Tensor words, Tensor places, Tensor patches, Tensor back) => (Words, Places, Patches, this.back) = (words, places, patches, back);

    private readonly Tensor back; // [positions], where each lies among words and then places

    /// <summary>Positions of text, filled up to a round number, 64-bit integers.</summary>
    public Tensor Words { get; }

    /// <summary>Positions where a patch stands, 64-bit integers.</summary>
    public Tensor Places { get; }

    /// <summary>Which patch stands there, all pictures' patches counted through, 64-bit integers.</summary>
    public Tensor Patches { get; }

    /// <summary>Sorts the positions of a pass.</summary>
    /// <param name="input">The pass.</param>
    /// <param name="perImage">Patches of a picture.</param>
    /// <param name="device">Where the decoder is.</param>
    /// <returns>The lots; null where no picture stands anywhere.</returns>
    public static PictureRows? Of(FusionInput input, int perImage, Device device)
    {
        var positions = input.Positions;
        var (words, places, patches, back) = (new List<long>(), new List<long>(), new List<long>(), new long[positions.Rows * positions.Length]);
        for (var row = 0; row < positions.Rows; row++)
        {
            var start = row * positions.Length;
            for (var here = start; here < start + positions.RowLengths[row]; here++)
            {
                if (positions.Images[here] < 0)
                {
                    back[here] = words.Count;
                    words.Add(here);
                    continue;
                }

                back[here] = -places.Count - 1;
                places.Add(here);
                patches.Add(((long)(input.Batch.FirstImage(row) + positions.Images[here]) * perImage) + positions.Patches[here]);
            }
        }

        if (places.Count == 0)
        {
            return null;
        }

        var filled = new long[(words.Count + Round - 1) / Round * Round];
        words.CopyTo(filled);
        foreach (ref var at in back.AsSpan())
        {
            at = at < 0 ? filled.Length - at - 1 : at;
        }

        return new PictureRows(Tensor.From(filled).To(device), Tensor.From([.. places]).To(device), Tensor.From([.. patches]).To(device), Tensor.From(back).To(device));
    }

    /// <summary>Puts what was computed of the lots in the order of the positions.</summary>
    /// <param name="words"><c>[words, width]</c></param>
    /// <param name="places"><c>[places, width]</c></param>
    /// <returns><c>[positions, width]</c></returns>
    public Tensor Together(Tensor words, Tensor places) => Tensor.Cat([words, places.To(words.Type)]).IndexSelect(0, back);
}
