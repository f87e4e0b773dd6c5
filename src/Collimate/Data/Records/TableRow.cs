using System.Text;
using System.Text.Unicode;

namespace Collimate.Data.Records;

/// <summary>Takes a row of a table of comma- or tab-separated values apart (RFC 4180).</summary>
internal static class TableRow
{
    /// <summary>The fields of a row.</summary>
    /// <param name="row">Its bytes; quoted fields may hold line ends.</param>
    /// <param name="separator">What stands between fields.</param>
    /// <param name="where">The file and the line, for messages.</param>
    /// <exception cref="DataException">The bytes are not UTF-8, or something follows a closing quote.</exception>
    internal static List<string> Fields(ReadOnlySpan<byte> row, char separator, string where)
    {
        if (!Utf8.IsValid(row))
        {
            throw new DataException(where, "there are bytes that are not UTF-8; save the file as UTF-8", DataFault.Record);
        }

        var text = Encoding.UTF8.GetString(row);
        var fields = new List<string>();
        for (var at = 0; ; at++)
        {
            var (field, end) = at < text.Length && text[at] == '"' ? Quoted(text, at + 1, where) : Plain(text, at, separator, where);
            fields.Add(field);
            if (end == text.Length)
            {
                return fields;
            }

            at = text[end] == separator ? end : throw new DataException(
                where, $"after the quoted field {fields.Count} stands '{text[end]}'; expected '{(separator == '\t' ? "a tab" : separator)}'. Write a quote within quotes twice", DataFault.Record);
        }
    }

    private static (string Field, int End) Plain(string text, int start, char separator, string where)
    {
        var end = text.IndexOf(separator, start);
        end = end < 0 ? text.Length : end;
        // Where such a row ends cannot be told: a quote elsewhere may have joined it with the next.
        return text.AsSpan(start, end - start).Contains('"')
            ? throw new DataException(where, "a field holds a double quote but is not quoted itself; put it in quotes and write the quote twice", DataFault.Record)
            : (text[start..end], end);
    }

    private static (string Field, int End) Quoted(string text, int start, string where)
    {
        var field = new StringBuilder();
        while (true)
        {
            var quote = text.IndexOf('"', start);
            if (quote < 0)
            {
                throw new DataException(where, "a double quote is opened and never closed; close it, or write it twice where it belongs to the text", DataFault.Record);
            }

            field.Append(text, start, quote - start);
            if (quote + 1 == text.Length || text[quote + 1] != '"')
            {
                return (field.ToString(), quote + 1);
            }

            field.Append('"');
            start = quote + 2;
        }
    }
}
