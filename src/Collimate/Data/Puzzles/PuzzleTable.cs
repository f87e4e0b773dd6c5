using Collimate.Data.Records;

namespace Collimate.Data.Puzzles;

/// <summary>A table of comma-separated values with a header, whose fields are asked for by their column's name.</summary>
internal sealed class PuzzleTable
{
    private readonly string path;
    private readonly List<(int Line, List<string> Fields)> rows = [];
    private List<string> header = [];

    /// <summary>Reads a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="columns">The columns it must have.</param>
    /// <exception cref="DataException">The file cannot be read, lacks a column, or a row is damaged.</exception>
    internal PuzzleTable(string path, params string[] columns)
    {
        this.path = path;
        try
        {
            using var stream = File.OpenRead(path);
            TextLines.Read(stream, path, quoted: true, (line, _, text) => Add(line, TableRow.Fields(text.Span, ',', Where(line)), columns));
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new DataException($"{path}: the table cannot be read: {failure.Message}", failure);
        }

        if (rows.Count == 0)
        {
            throw new DataException(path, "the table holds no rows", DataFault.Source);
        }
    }

    /// <summary>How many rows there are.</summary>
    internal int Count => rows.Count;

    /// <summary>A field of a row, without the blanks around it.</summary>
    internal string this[int row, string column] => rows[row].Fields[IndexOf(column)].Trim();

    /// <summary>A mistake in a field.</summary>
    internal DataException Fault(int row, string column, string message, DataFault fault = DataFault.Record) => new($"{Where(rows[row].Line)}, column '{column}'", message, fault);

    private void Add(int line, List<string> fields, string[] columns)
    {
        if (header.Count == 0)
        {
            header = [.. fields.Select(field => field.Trim())];
            var missing = columns.Where(column => IndexOf(column) < 0).ToArray();
            if (missing.Length > 0)
            {
                var options = missing.Count(column => column is [>= 'A' and <= 'E']);
                throw new DataException(
                    Where(line),
                    (options > 0 ? $"there are {5 - options} options where there must be five: " : "") +
                    $"the column '{missing[0]}' is missing; the first line must name {string.Join(", ", columns)} (found: {string.Join(", ", header.Take(16))})",
                    DataFault.Source);
            }

            return;
        }

        if (fields.Count != header.Count)
        {
            var place = fields.Count < header.Count ? header[fields.Count] : header[^1];
            throw new DataException(
                $"{Where(line)}, column '{place}'", $"the row has {fields.Count} fields, where the header names {header.Count}; quote a field that holds a comma", DataFault.Record);
        }

        rows.Add((line, fields));
    }

    private int IndexOf(string column) => header.FindIndex(name => string.Equals(name, column, StringComparison.OrdinalIgnoreCase));

    private string Where(int line) => $"{path}, line {line}";
}
