using System.Buffers.Binary;
using System.Text;

namespace Collimate.Tokenization.Normalization;

/// <summary>SentencePiece's compiled table of replacements: a double-array trie over UTF-8 bytes whose values are places in a list of texts.</summary>
/// <remarks>Source: sentencepiece's <c>normalizer.cc</c> (<c>precompiled_charsmap</c>) and the unit layout of the Darts-clone double array.</remarks>
internal sealed class CharactersMap
{
    private readonly uint[] units;
    private readonly byte[] texts;

    private CharactersMap(uint[] units, byte[] texts) => (this.units, this.texts) = (units, texts);

    /// <summary>Reads the table.</summary>
    /// <returns>Null where the bytes are no such table.</returns>
    internal static CharactersMap? Read(ReadOnlySpan<byte> blob)
    {
        if (blob.Length < 4)
        {
            return null;
        }

        var size = BinaryPrimitives.ReadUInt32LittleEndian(blob);
        if (size == 0 || size % 4 != 0 || size > (uint)(blob.Length - 4))
        {
            return null;
        }

        var units = new uint[size / 4];
        for (var k = 0; k < units.Length; k++)
        {
            units[k] = BinaryPrimitives.ReadUInt32LittleEndian(blob[(4 + (k * 4))..]);
        }

        return new CharactersMap(units, blob[(4 + (int)size)..].ToArray());
    }

    /// <summary>What the shortest entry that a text begins with is replaced by; null where none is.</summary>
    internal string? Find(ReadOnlySpan<byte> utf8)
    {
        var at = Offset(units[0]);
        foreach (var value in utf8)
        {
            at ^= value;
            if (value == 0 || at >= (uint)units.Length || (units[at] & 0x800000FF) != value)
            {
                return null;
            }

            var unit = units[at];
            at ^= Offset(unit);
            if ((unit & 0x100) != 0)
            {
                return at < (uint)units.Length ? TextAt(units[at] & 0x7FFFFFFF) : null;
            }
        }

        return null;
    }

    private static uint Offset(uint unit) => (unit >> 10) << (int)((unit & 0x200) >> 6);

    private string? TextAt(uint place)
    {
        if (place > (uint)texts.Length)
        {
            return null;
        }

        var rest = texts.AsSpan((int)place);
        var end = rest.IndexOf((byte)0);
        return Encoding.UTF8.GetString(end < 0 ? rest : rest[..end]);
    }
}
