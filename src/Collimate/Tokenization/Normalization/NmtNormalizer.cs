using System.Text;

namespace Collimate.Tokenization.Normalization;

/// <summary>Cleaning as in translation models: controls vanish, odd blanks and joiners become blanks.</summary>
/// <remarks>Hugging Face: <c>Nmt</c>.</remarks>
internal static class NmtNormalizer
{
    private static readonly Rune Blank = new(' ');

    internal static INormalizer Make() => new CharacterFilter(rune => rune.Value switch
    {
        (>= 0x1 and <= 0x8) or 0xB or (>= 0xE and <= 0x1F) or 0x7F or 0x8F or 0x9F => null,
        0x9 or 0xA or 0xC or 0xD or 0x1680 or (>= 0x200B and <= 0x200F) or 0x2028 or 0x2029 or 0x2581 or 0xFEFF or 0xFFFD => Blank,
        _ => rune,
    });
}
