using System.Text;

namespace Collimate.Tokenization;

/// <summary>The spelling of bytes in byte-level vocabularies: every byte has a printable character, a space is <c>Ġ</c>.</summary>
/// <remarks>Source: GPT-2's byte-to-Unicode table: printable bytes stand for themselves, the others for the characters from U+0100 on, in order.</remarks>
internal static class ByteLevel
{
    private static readonly char[] Characters = MakeCharacters();
    private static readonly Dictionary<char, byte> Bytes = Characters.Select((c, b) => (c, b)).ToDictionary(p => p.c, p => (byte)p.b);

    internal static char Spell(byte value) => Characters[value];

    /// <summary>The vocabulary's spelling of a text.</summary>
    internal static string Spell(string text) => string.Create(Encoding.UTF8.GetByteCount(text), text, (target, source) =>
    {
        var at = 0;
        foreach (var value in Encoding.UTF8.GetBytes(source))
        {
            target[at++] = Characters[value];
        }
    });

    /// <summary>The bytes that a spelling stands for; characters that stand for none are left out.</summary>
    internal static void AppendBytes(string spelling, List<byte> target)
    {
        foreach (var character in spelling)
        {
            if (Bytes.TryGetValue(character, out var value))
            {
                target.Add(value);
            }
        }
    }

    private static char[] MakeCharacters()
    {
        var characters = new char[256];
        var next = 256;
        for (var value = 0; value < 256; value++)
        {
            var printable = value is (>= '!' and <= '~') or (>= 0xA1 and <= 0xAC) or (>= 0xAE and <= 0xFF);
            characters[value] = printable ? (char)value : (char)next++;
        }

        return characters;
    }
}
