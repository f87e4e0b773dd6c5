using System.Globalization;

namespace Collimate.Data.WebDataset;

/// <summary>Names of shards written short: <c>train-{000..123}.tar</c>, <c>{train,extra}-{0..9}.tar</c>, <c>train-*.tar</c>.</summary>
internal static class ShardPattern
{
    private const int MostShards = 1_000_000;

    /// <summary>The files that a pattern names, in its order.</summary>
    /// <param name="pattern">A path in which braces stand for a range or a choice, and <c>*</c> in the last part for anything.</param>
    /// <exception cref="DataException">The pattern is not well formed, or names files that do not exist.</exception>
    internal static IReadOnlyList<string> Files(string pattern)
    {
        var names = Expand(pattern);
        var files = new List<string>();
        foreach (var name in names.Select(Path.GetFullPath))
        {
            files.AddRange(name.Contains('*') ? Matching(pattern, name) : [name]);
        }

        if (files.FirstOrDefault(file => !File.Exists(file)) is { } missing)
        {
            throw new DataException(missing, $"there is no such shard, which '{pattern}' names{(files.Count > 1 ? $" among {files.Count}" : "")}; put it there, or mend the pattern", DataFault.Source);
        }

        return files.GroupBy(file => file, StringComparer.Ordinal).FirstOrDefault(group => group.Count() > 1) is { } twice
            ? throw new DataException(twice.Key, $"'{pattern}' names this shard {twice.Count()} times; its samples would come as often", DataFault.Source)
            : files;
    }

    /// <summary>The names that a pattern's braces stand for.</summary>
    /// <exception cref="DataException">The pattern is not well formed.</exception>
    internal static List<string> Expand(string pattern)
    {
        List<string> names = [""];
        for (var at = 0; at < pattern.Length;)
        {
            var open = pattern.IndexOf('{', at);
            var text = open < 0 ? pattern[at..] : pattern[at..open];
            var close = open < 0 ? pattern.Length - 1 : pattern.IndexOf('}', open);
            if (close < 0 || text.Contains('}') || (open >= 0 && pattern.AsSpan(open + 1, close - open - 1).Contains('{')))
            {
                throw Malformed(pattern, "its braces do not match");
            }

            var choices = open < 0 ? [""] : Choices(pattern, pattern[(open + 1)..close]);
            names = (long)names.Count * choices.Count <= MostShards
                ? [.. names.SelectMany(name => choices.Select(choice => name + text + choice))]
                : throw Malformed(pattern, $"it stands for more than {MostShards:N0} names");
            at = close + 1;
        }

        return names;
    }

    private static List<string> Choices(string pattern, string inner)
    {
        if (inner.Split("..") is not [var first, var last])
        {
            return inner.Contains(',') ? [.. inner.Split(',')] : throw Malformed(pattern, $"{{{inner}}} is neither a range such as {{000..123}} nor a choice such as {{a,b}}");
        }

        if (!int.TryParse(first, NumberStyles.None, CultureInfo.InvariantCulture, out var from) || !int.TryParse(last, NumberStyles.None, CultureInfo.InvariantCulture, out var to)
            || to < from || (long)to - from >= MostShards)
        {
            throw Malformed(pattern, $"{{{inner}}} is no range of whole numbers from the lesser to the greater, such as {{000..123}}");
        }

        // As a shell does: a leading zero asks for the same number of digits everywhere.
        var digits = first.StartsWith('0') || last.StartsWith('0') ? Math.Max(first.Length, last.Length) : 1;
        return [.. Enumerable.Range(from, to - from + 1).Select(number => number.ToString($"D{digits}", CultureInfo.InvariantCulture))];
    }

    private static string[] Matching(string pattern, string name)
    {
        var (folder, last) = (Path.GetDirectoryName(name)!, Path.GetFileName(name));
        if (folder.Contains('*'))
        {
            throw Malformed(pattern, "'*' may only stand in the file's name, not in its folder's");
        }

        var found = Directory.Exists(folder) ? Directory.GetFiles(folder, last) : [];
        Array.Sort(found, StringComparer.Ordinal);
        return found.Length > 0 ? found : throw new DataException(name, $"no file has such a name, as '{pattern}' asks for; put the shards there, or mend the pattern", DataFault.Source);
    }

    private static DataException Malformed(string pattern, string why) => new(pattern, $"this is no pattern of shards: {why}", DataFault.Source);
}
