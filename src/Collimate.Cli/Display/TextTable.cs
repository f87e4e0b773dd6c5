using Spectre.Console;

namespace Collimate.Cli.Display;

/// <summary>A table of a report: drawn with lines on a terminal, aligned plain text in a file or a pipe.</summary>
internal sealed class TextTable
{
    private readonly string[] headers;
    private readonly bool[] isRight;
    private readonly List<string[]> rows = [];

    /// <param name="headers">The columns' titles; one that begins with <c>&gt;</c> heads numbers, which are aligned to the right.</param>
    public TextTable(params string[] headers)
    {
        isRight = [.. headers.Select(header => header.StartsWith('>'))];
        this.headers = [.. headers.Select(header => header.TrimStart('>'))];
    }

    /// <summary>Adds a row.</summary>
    /// <returns>This table, to add the next.</returns>
    /// <exception cref="ArgumentException">The row has another number of cells than there are columns.</exception>
    public TextTable Row(params string[] cells)
    {
        if (cells.Length != headers.Length)
        {
            throw new ArgumentException($"a row of {headers.Length} cells was expected, not {cells.Length}", nameof(cells));
        }

        rows.Add(cells);
        return this;
    }

    /// <summary>Writes the table to a command's output.</summary>
    public void Write(CommandIo io)
    {
        if (io.OutputIsTerminal)
        {
            Draw(io);
        }
        else
        {
            io.Output.Write(ToString());
        }
    }

    /// <summary>The table as aligned plain text.</summary>
    public override string ToString()
    {
        var widths = headers.Select((header, column) => rows.Select(row => row[column].Length).Append(header.Length).Max()).ToArray();
        var lines = rows.Prepend(headers).Select(cells => string.Join(
            "  ",
            cells.Select((cell, column) => isRight[column] ? cell.PadLeft(widths[column]) : cell.PadRight(widths[column]))).TrimEnd());
        return string.Concat(lines.Select(line => line + "\n"));
    }

    private void Draw(CommandIo io)
    {
        var table = new Table().Border(TableBorder.Simple);
        for (var column = 0; column < headers.Length; column++)
        {
            var drawn = new TableColumn(new Text(headers[column], new Style(decoration: Decoration.Bold))).NoWrap();
            table.AddColumn(isRight[column] ? drawn.RightAligned() : drawn);
        }

        foreach (var row in rows)
        {
            table.AddRow(row.Select(cell => new Text(cell))); // never markup: a cell may hold brackets
        }

        AnsiConsole.Create(new AnsiConsoleSettings
        {
            Out = new AnsiConsoleOutput(io.Output),
            ColorSystem = io.HasColour ? ColorSystemSupport.Detect : ColorSystemSupport.NoColors,
            Interactive = InteractionSupport.No,
        }).Write(table);
    }
}
