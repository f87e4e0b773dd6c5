using System.Buffers.Text;
using System.Text;
using System.Text.Unicode;

namespace Collimate.Data.WebDataset;

/// <summary>The records of an extended tar header, of which a member's path and size matter here.</summary>
/// <param name="Path">The member's path; null where the header's own holds.</param>
/// <param name="Size">The member's size; null where the header's own holds.</param>
internal sealed record PaxRecords(string? Path, long? Size)
{
    /// <summary>Reads records of the form <c>LENGTH KEY=VALUE\n</c>, where the length counts the whole record.</summary>
    /// <param name="data">The extended header's data.</param>
    /// <param name="where">The archive and the place, for messages.</param>
    /// <exception cref="DataException">They are not of that form, or describe a sparse file.</exception>
    internal static PaxRecords Parse(ReadOnlySpan<byte> data, string where)
    {
        var found = new PaxRecords(null, null);
        while (data.Length > 0)
        {
            if (!Utf8Parser.TryParse(data, out uint length, out var digits) || length > data.Length || length < digits + 3
                || data[digits] != ' ' || data[(int)length - 1] != '\n')
            {
                throw Broken(where, "the extended header is not of the form LENGTH KEY=VALUE");
            }

            var record = data[(digits + 1)..((int)length - 1)];
            var equals = record.IndexOf((byte)'=');
            if (equals < 1 || !Utf8.IsValid(record[..equals]))
            {
                throw Broken(where, "the extended header is not of the form LENGTH KEY=VALUE");
            }

            found = found.With(Encoding.UTF8.GetString(record[..equals]), record[(equals + 1)..], where);
            data = data[(int)length..];
        }

        return found;
    }

    private PaxRecords With(string key, ReadOnlySpan<byte> value, string where) => key switch
    {
        "path" => this with { Path = Utf8.IsValid(value) ? Encoding.UTF8.GetString(value) : throw Broken(where, "the member's path is not UTF-8") },
        "size" => this with
        {
            Size = Utf8Parser.TryParse(value, out long size, out var used) && used == value.Length && size >= 0 ? size : throw Broken(where, "the member's size is no number"),
        },
        _ when key.StartsWith("GNU.sparse.", StringComparison.Ordinal) => throw Broken(where, "the member is a sparse file"),
        _ => this,
    };

    private static DataException Broken(string where, string what) => new(where, $"{what}; pack the archive anew with plain files, or fetch it anew if it is damaged", DataFault.Source);
}
