using System.Text.Json;

namespace Collimate.Data.LlavaJson;

/// <summary>Where each record of a LLaVA JSON file stands, found in one pass that never holds more of the file than its longest record.</summary>
internal sealed class LlavaJsonIndex
{
    private const int FirstBuffer = 1 << 16;
    private const int LongestRecord = 1 << 28;

    private static readonly byte[] ByteOrderMark = [0xEF, 0xBB, 0xBF];

    private readonly List<(long Start, int Length)> records = [];

    private LlavaJsonIndex()
    {
    }

    /// <summary>Is handed every record's bytes.</summary>
    /// <param name="number">The record's number, from 0.</param>
    /// <param name="json">One JSON object.</param>
    internal delegate void Visitor(int number, ReadOnlyMemory<byte> json);

    /// <summary>How many records there are.</summary>
    internal int Count => records.Count;

    /// <summary>Where a record's bytes lie in the file.</summary>
    internal (long Start, int Length) this[int number] => records[number];

    /// <summary>Reads a file.</summary>
    /// <param name="stream">The file, at its beginning.</param>
    /// <param name="path">What messages call it.</param>
    /// <param name="visit">Is handed every record once.</param>
    /// <exception cref="DataException">It is no array of JSON objects; the message says where.</exception>
    internal static LlavaJsonIndex Read(Stream stream, string path, Visitor visit)
    {
        var index = new LlavaJsonIndex();
        try
        {
            index.Scan(stream, path, visit);
        }
        catch (JsonException broken)
        {
            throw new DataException(
                $"{path}, line {broken.LineNumber + 1}: record {index.Count + 1} is not valid JSON: {Detail(broken)} "
                + "Expected one array of records, [{\"id\": …, \"conversations\": […]}, …]; a file that was cut off must be fetched anew.",
                broken);
        }

        return index;
    }

    private void Scan(Stream stream, string path, Visitor visit)
    {
        var buffer = new byte[FirstBuffer];
        var filled = stream.ReadAtLeast(buffer, ByteOrderMark.Length, throwOnEndOfStream: false);
        var from = buffer.AsSpan(0, filled).StartsWith(ByteOrderMark) ? ByteOrderMark.Length : 0;
        var (position, state, isLast) = (0L, default(JsonReaderState), filled < ByteOrderMark.Length); // position: of buffer[0] in the file
        while (true)
        {
            var used = from + Take(buffer.AsMemory(from, filled - from), position + from, isLast, ref state, path, visit);
            if (isLast)
            {
                return;
            }

            // What is left is the beginning of a record; it goes to the front, and more is read behind it.
            buffer.AsSpan(used, filled - used).CopyTo(buffer);
            (position, filled, from) = (position + used, filled - used, 0);
            if (filled == buffer.Length)
            {
                Array.Resize(ref buffer, buffer.Length < LongestRecord ? buffer.Length * 2 : throw new DataException(
                    $"{path}: record {Count + 1} is longer than {LongestRecord >> 20} MiB; pictures belong in files of their own, which the record names."));
            }

            var read = stream.Read(buffer, filled, buffer.Length - filled);
            (filled, isLast) = (filled + read, read == 0);
        }
    }

    /// <summary>Takes the whole records out of a stretch of the file.</summary>
    /// <returns>How many bytes are done with.</returns>
    private int Take(ReadOnlyMemory<byte> stretch, long position, bool isLast, ref JsonReaderState state, string path, Visitor visit)
    {
        var reader = new Utf8JsonReader(stretch.Span, isLast, state);
        var done = 0;
        while (reader.Read())
        {
            if (reader.CurrentDepth == 0 && reader.TokenType is not (JsonTokenType.StartArray or JsonTokenType.EndArray))
            {
                throw new DataException($"{path}: the file holds {Name(reader.TokenType)}; expected an array of records. Put [ and ] around them, and commas between them.");
            }

            if (reader.CurrentDepth == 1 && reader.TokenType is not JsonTokenType.StartArray)
            {
                if (reader.TokenType != JsonTokenType.StartObject)
                {
                    throw new DataException($"{path}: record {Count + 1} is {Name(reader.TokenType)}; expected an object with id and conversations. Take it out or mend it.");
                }

                var start = (int)reader.TokenStartIndex;
                if (!reader.TrySkip())
                {
                    return done; // the state is that from before the record
                }

                var length = (int)reader.BytesConsumed - start;
                visit(Count, stretch.Slice(start, length));
                records.Add((position + start, length));
            }

            (done, state) = ((int)reader.BytesConsumed, reader.CurrentState);
        }

        return done;
    }

    private static string Name(JsonTokenType type) => type switch
    {
        JsonTokenType.StartObject => "an object",
        JsonTokenType.StartArray => "an array",
        JsonTokenType.String => "a string",
        JsonTokenType.Number => "a number",
        _ => type.ToString().ToLowerInvariant(),
    };

    // The reader's own sentence, without the line number that is said already.
    private static string Detail(JsonException broken)
    {
        var place = broken.Message.IndexOf(" LineNumber:", StringComparison.Ordinal);
        return place < 0 ? broken.Message : broken.Message[..place];
    }
}
