using System.Buffers;
using System.Collections.Frozen;
using System.Text;

namespace Collimate.Tokenization;

/// <summary>The spelling of bytes in byte-level vocabularies: every byte has a printable character, a space is <c>Ġ</c>.</summary>
/// <remarks>Source: GPT-2's byte-to-Unicode table: printable bytes stand for themselves, the others for the characters from U+0100 on, in order.</remarks>
internal static class ByteLevel
{
    private static readonly char[] Characters = MakeCharacters();
    private static readonly FrozenDictionary<char, byte> Bytes = Characters.Select((c, b) => (c, b)).ToFrozenDictionary(p => p.c, p => (byte)p.b);

    internal static char Spell(byte value) => Characters[value];

    /// <summary>The vocabulary's spelling of a text.</summary>
    internal static string Spell(ReadOnlySpan<char> text)
    {
        var bytes = ArrayPool<byte>.Shared.Rent(Encoding.UTF8.GetMaxByteCount(text.Length));
        var count = Encoding.UTF8.GetBytes(text, bytes);
        var spelling = string.Create(count, bytes, static (target, source) =>
        {
            for (var k = 0; k < target.Length; k++)
            {
                target[k] = Characters[source[k]];
            }
        });
        ArrayPool<byte>.Shared.Return(bytes);
        return spelling;
    }

    /// <summary>The bytes that a spelling stands for, or null where it has a character that stands for none.</summary>
    internal static byte[]? ToBytes(string spelling)
    {
        var bytes = new byte[spelling.Length];
        for (var k = 0; k < bytes.Length; k++)
        {
            if (!Bytes.TryGetValue(spelling[k], out bytes[k]))
            {
                return null;
            }
        }

        return bytes;
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
