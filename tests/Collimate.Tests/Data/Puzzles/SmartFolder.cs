namespace Collimate.Tests.Data.Puzzles;

/// <summary>A small folder in SMART-101's layout.</summary>
internal sealed class SmartFolder : IDisposable
{
    internal const string Header = "id,Question,image,A,B,C,D,E,Answer";

    private readonly TemporaryFolder folder = new();

    internal SmartFolder() => Write("SMART_info_v2.csv", "id,Question,image,type\r\n" + string.Concat(Enumerable.Range(1, 101).Select(id => $"{id},\"What, then?\",a.png,{(id % 2 == 0 ? "Counting" : "order")}\r\n")));

    internal string Path => folder.Path;

    public void Dispose() => folder.Dispose();

    internal SmartFolder Write(string name, string text)
    {
        var path = folder[name];
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
        return this;
    }

    /// <summary>A puzzle's table and a picture of each row.</summary>
    /// <param name="puzzle">Its number.</param>
    /// <param name="rows">The options, with bars between them, and the answer: <c>1|2|3|4|5 B</c>.</param>
    internal SmartFolder Puzzle(int puzzle, params string[] rows) => PuzzleAs(puzzle, $"puzzle_{puzzle}.csv", rows);

    internal SmartFolder PuzzleAs(int puzzle, string file, params string[] rows)
    {
        var lines = rows.Select((row, at) => $"{at},How many?,p{at}.png,{string.Join(',', row[..^2].Split('|').Select(option => $"\"{option}\""))},{row[^1]}");
        Write($"{puzzle}/{file}", Header + "\n" + string.Join('\n', lines) + "\n");
        for (var at = 0; at < rows.Length; at++)
        {
            Write($"{puzzle}/img/p{at}.png", "");
        }

        return this;
    }
}
