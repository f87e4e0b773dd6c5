using System.Text;
using System.Text.Json;
using System.Text.Unicode;

namespace Collimate.Data.Records;

/// <summary>Finds the records of a JSON file, which stand in an array or in named lists of one object, in one pass that never holds more of the file than its longest record.</summary>
internal sealed class JsonArrays
{
    private const int FirstBuffer = 1 << 16;

    private readonly string path;
    private readonly string? lists;
    private readonly Visitor visit;
    private readonly Dictionary<string, int> counts = [];
    private string? list;

    private JsonArrays(string path, string? lists, Visitor visit) => (this.path, this.lists, this.visit) = (path, lists, visit);

    /// <summary>Is handed every record's bytes.</summary>
    /// <param name="list">The list that it stands in; null where the file is one array.</param>
    /// <param name="number">The record's number in its list, from 0.</param>
    /// <param name="start">Where it begins in the file.</param>
    /// <param name="json">One JSON object (in lists of an object: any one value), in sound UTF-8.</param>
    internal delegate void Visitor(string? list, int number, long start, ReadOnlyMemory<byte> json);

    private int Depth => lists is null ? 1 : 2;

    private int Count => counts.GetValueOrDefault(list ?? "");

    /// <summary>Reads a file.</summary>
    /// <param name="stream">The file, at its beginning.</param>
    /// <param name="path">What messages call it.</param>
    /// <param name="lists">What the file should look like where it is an object with lists of records, for messages; null where it is one array of them.</param>
    /// <param name="visit">Is handed every record once.</param>
    /// <exception cref="DataException">It is not built so; the message says where.</exception>
    internal static void Read(Stream stream, string path, string? lists, Visitor visit)
    {
        var scan = new JsonArrays(path, lists, visit);
        try
        {
            scan.Scan(stream);
        }
        catch (JsonException broken)
        {
            throw new DataException(
                $"{path}, line {broken.LineNumber + 1}: {scan.Here()} is not valid JSON: {RecordText.Detail(broken)} "
                + $"Expected {scan.Form}; a file that was cut off must be fetched anew.",
                broken);
        }
    }

    private string Form => lists ?? "one array of records, [{\"id\": …}, …]";

    private void Scan(Stream stream)
    {
        var buffer = new byte[FirstBuffer];
        var filled = stream.ReadAtLeast(buffer, RecordText.ByteOrderMark.Length, throwOnEndOfStream: false);
        var from = buffer.AsSpan(0, filled).StartsWith(RecordText.ByteOrderMark) ? RecordText.ByteOrderMark.Length : 0;
        var (position, state, isLast) = (0L, default(JsonReaderState), filled < RecordText.ByteOrderMark.Length); // position: of buffer[0] in the file
        while (true)
        {
            var used = from + Take(buffer.AsMemory(from, filled - from), position + from, isLast, ref state);
            if (isLast)
            {
                return;
            }

            // What is left is the beginning of a record; it goes to the front, and more is read behind it.
            buffer.AsSpan(used, filled - used).CopyTo(buffer);
            (position, filled, from) = (position + used, filled - used, 0);
            if (filled == buffer.Length)
            {
                Array.Resize(ref buffer, buffer.Length < RecordText.LongestRecord ? Math.Min(buffer.Length * 2, RecordText.LongestRecord) : throw new DataException(
                    $"{path}: {Here()} is longer than {RecordText.LongestRecord:N0} bytes; pictures belong in files of their own, which the record names."));
            }

            var read = stream.Read(buffer, filled, buffer.Length - filled);
            (filled, isLast) = (filled + read, read == 0);
        }
    }

    /// <summary>Takes the whole records out of a stretch of the file.</summary>
    /// <returns>How many bytes are done with.</returns>
    private int Take(ReadOnlyMemory<byte> stretch, long position, bool isLast, ref JsonReaderState state)
    {
        var reader = new Utf8JsonReader(stretch.Span, isLast, state);
        var done = 0;
        while (reader.Read())
        {
            if (reader.CurrentDepth == 0)
            {
                CheckWhole(reader.TokenType);
            }
            else if (reader.CurrentDepth == Depth)
            {
                if (lists is null && reader.TokenType != JsonTokenType.StartObject)
                {
                    throw new DataException($"{path}: {Here()} is {Name(reader.TokenType)}; expected an object, such as {{\"id\": …}}. Take it out or mend it.");
                }

                var start = (int)reader.TokenStartIndex;
                if (!reader.TrySkip())
                {
                    return done; // the state is that from before the record
                }

                Visit(stretch.Slice(start, (int)reader.BytesConsumed - start), position + start);
            }
            else if (!EntersList(ref reader))
            {
                return done;
            }

            (done, state) = ((int)reader.BytesConsumed, reader.CurrentState);
        }

        return done;
    }

    // At a key of the outermost object, or at what it names. False where more of the file is needed first.
    private bool EntersList(ref Utf8JsonReader reader)
    {
        if (reader.TokenType == JsonTokenType.PropertyName)
        {
            list = Encoding.UTF8.GetString(reader.ValueSpan);
        }

        return reader.TokenType != JsonTokenType.StartObject || reader.TrySkip();
    }

    private void Visit(ReadOnlyMemory<byte> json, long start)
    {
        if (!Utf8.IsValid(json.Span))
        {
            throw new DataException($"{path}: {Here()} holds bytes that are not UTF-8; save the file as UTF-8, or take the record out.");
        }

        var number = Count;
        counts[list ?? ""] = number + 1;
        visit(list, number, start, json);
    }

    private void CheckWhole(JsonTokenType type)
    {
        var fits = lists is null ? type is JsonTokenType.StartArray or JsonTokenType.EndArray : type is JsonTokenType.StartObject or JsonTokenType.EndObject;
        if (!fits)
        {
            throw new DataException(lists is null
                ? $"{path}: the file holds {Name(type)}; expected an array of records. Put [ and ] around them, and commas between them."
                : $"{path}: the file holds {Name(type)}; expected {lists}. Name the file that has this form.");
        }
    }

    private string Here() => list is null ? $"record {Count + 1}" : $"record {Count + 1} of '{list}'";

    private static string Name(JsonTokenType type) => type switch
    {
        JsonTokenType.StartObject => "an object",
        JsonTokenType.StartArray => "an array",
        JsonTokenType.String => "a string",
        JsonTokenType.Number => "a number",
        _ => type.ToString().ToLowerInvariant(),
    };
}
