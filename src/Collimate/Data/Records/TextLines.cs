namespace Collimate.Data.Records;

/// <summary>Finds the lines of a text file, or the rows of a table whose quoted fields may hold line ends, in one pass that never holds more than the longest.</summary>
internal static class TextLines
{
    private const int FirstBuffer = 1 << 16;

    /// <summary>Is handed every line that is not blank.</summary>
    /// <param name="line">Its number in the file, from 1.</param>
    /// <param name="start">Where it begins in the file.</param>
    /// <param name="text">Its bytes, without the line end.</param>
    internal delegate void Visitor(int line, long start, ReadOnlyMemory<byte> text);

    /// <summary>Reads a file.</summary>
    /// <param name="stream">The file, at its beginning; a byte order mark is passed over.</param>
    /// <param name="path">What messages call it.</param>
    /// <param name="quoted">Whether line ends between double quotes belong to the line, as in a table.</param>
    /// <param name="visit">Is handed every line that is not blank, once.</param>
    /// <exception cref="DataException">A line is too long, or a quote is never closed.</exception>
    internal static void Read(Stream stream, string path, bool quoted, Visitor visit)
    {
        var buffer = new byte[FirstBuffer];
        var filled = stream.ReadAtLeast(buffer, RecordText.ByteOrderMark.Length, throwOnEndOfStream: false);
        var isLast = filled < RecordText.ByteOrderMark.Length;
        var lineStart = buffer.AsSpan(0, filled).StartsWith(RecordText.ByteOrderMark) ? RecordText.ByteOrderMark.Length : 0;
        var (position, scanned, line, first, inQuotes) = (0L, lineStart, 1, 1, false); // position: of buffer[0] in the file; first: line on which the record began
        while (true)
        {
            while (FindEnd(buffer.AsSpan(scanned, filled - scanned), quoted, ref inQuotes, out var found))
            {
                scanned += found;
                line++;
                if (!inQuotes)
                {
                    Hand(buffer.AsMemory(lineStart, scanned - 1 - lineStart), first, position + lineStart, visit);
                    (lineStart, first) = (scanned, line);
                }
            }

            scanned = filled;
            if (isLast)
            {
                if (inQuotes)
                {
                    throw new DataException($"{path}, line {first}: a double quote is opened there and never closed; close it, or write it twice where it belongs to the text.");
                }

                Hand(buffer.AsMemory(lineStart, filled - lineStart), first, position + lineStart, visit);
                return;
            }

            // What is left is the beginning of a line; it goes to the front, and more is read behind it.
            buffer.AsSpan(lineStart, filled - lineStart).CopyTo(buffer);
            (position, filled, scanned, lineStart) = (position + lineStart, filled - lineStart, scanned - lineStart, 0);
            if (filled == buffer.Length)
            {
                Array.Resize(ref buffer, buffer.Length < RecordText.LongestRecord ? Math.Min(buffer.Length * 2, RecordText.LongestRecord) : throw new DataException(
                    $"{path}, line {first}: the line is longer than {RecordText.LongestRecord:N0} bytes{(inQuotes ? "; is a double quote opened there and never closed?" : "; expected one record a line, its pictures in files of their own.")}"));
            }

            var read = stream.Read(buffer, filled, buffer.Length - filled);
            (filled, isLast) = (filled + read, read == 0);
        }
    }

    // The bytes up to and including the next line end, and whether a quote is open there.
    private static bool FindEnd(ReadOnlySpan<byte> bytes, bool quoted, ref bool inQuotes, out int count)
    {
        count = bytes.IndexOf((byte)'\n') + 1;
        if (quoted && (bytes[..(count == 0 ? bytes.Length : count)].Count((byte)'"') & 1) != 0)
        {
            inQuotes = !inQuotes; // a quote within quotes is written twice, so only odd numbers open or close
        }

        return count > 0;
    }

    private static void Hand(ReadOnlyMemory<byte> text, int line, long start, Visitor visit)
    {
        text = text.Span.EndsWith("\r"u8) ? text[..^1] : text;
        if (text.Span.ContainsAnyExcept(" \t"u8))
        {
            visit(line, start, text);
        }
    }
}
