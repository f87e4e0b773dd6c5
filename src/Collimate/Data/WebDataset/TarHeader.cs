using System.Numerics;
using System.Text;
using System.Text.Unicode;

namespace Collimate.Data.WebDataset;

/// <summary>Reads one 512-byte header of a tar archive (POSIX ustar, GNU, and the older form). Nothing in it is trusted.</summary>
/// <remarks>IEEE Std 1003.1, "pax", for ustar and the extended headers; the GNU tar manual for long names and sizes in base 256.</remarks>
internal readonly ref struct TarHeader
{
    internal const int BlockSize = 512;

    private readonly ReadOnlySpan<byte> block;
    private readonly string where;

    /// <param name="block">The header's 512 bytes.</param>
    /// <param name="where">The archive and the place, for messages.</param>
    /// <exception cref="DataException">The checksum does not fit.</exception>
    internal TarHeader(ReadOnlySpan<byte> block, string where)
    {
        this.block = block;
        this.where = where;
        var written = Number(148, 8, "checksum");
        var (plain, signed) = (0L, 0L);
        for (var k = 0; k < BlockSize; k++)
        {
            var value = k is >= 148 and < 156 ? (byte)' ' : block[k];
            (plain, signed) = (plain + value, signed + (sbyte)value); // some old programs added signed bytes
        }

        if (written != plain && written != signed)
        {
            throw Broken($"the checksum of the header is {written}, its bytes add up to {plain}; this is no tar archive, or it is damaged there. Fetch it anew");
        }
    }

    /// <summary>What the member is: <c>0</c> for a file.</summary>
    internal char Type => block[156] == 0 ? '0' : (char)block[156];

    /// <summary>How many bytes follow.</summary>
    internal long Size => Number(124, 12, "size");

    /// <summary>The name as the header itself has it.</summary>
    internal string Name
    {
        get
        {
            var name = Text(block[..100]);
            // Only POSIX ustar has a prefix there; GNU's own form, whose magic goes on with a space, keeps times in its place.
            var prefix = block.Slice(257, 6).SequenceEqual("ustar\0"u8) ? Text(block.Slice(345, 155)) : "";
            return prefix.Length == 0 ? name : $"{prefix}/{name}";
        }
    }

    /// <summary>Text up to the first zero byte.</summary>
    internal string Text(ReadOnlySpan<byte> field)
    {
        var end = field.IndexOf((byte)0);
        var text = end < 0 ? field : field[..end];
        return Utf8.IsValid(text) ? Encoding.UTF8.GetString(text) : throw Broken("the member's name is not UTF-8; pack the archive anew with names in UTF-8");
    }

    private long Number(int start, int length, string what)
    {
        var field = block.Slice(start, length);
        if ((field[0] & 0x80) != 0)
        {
            // GNU: a big-endian number in the bits after the first one; with all bits of the first byte it is negative.
            var value = new BigInteger(field, isUnsigned: true, isBigEndian: true) - (BigInteger.One << ((8 * length) - 1));
            return field[0] == 0x80 && value <= long.MaxValue ? (long)value : throw Broken($"the {what} is negative or beyond all measure; the archive is damaged. Fetch it anew");
        }

        var digits = field.Trim(" \0"u8);
        var number = 0L;
        foreach (var digit in digits)
        {
            number = digit is >= (byte)'0' and <= (byte)'7' ? (number * 8) + (digit - '0') : throw Broken(
                $"the {what} is no octal number; this is no tar archive, or it is damaged there. Fetch it anew");
        }

        return number; // at most 12 octal digits: it cannot overflow
    }

    private DataException Broken(string message) => new(where, message, DataFault.Source);
}
