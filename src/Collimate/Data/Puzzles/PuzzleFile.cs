namespace Collimate.Data.Puzzles;

/// <summary>The rows of one puzzle.</summary>
internal static class PuzzleFile
{
    private const int OptionCount = 5;

    private static readonly string[] Letters = ["A", "B", "C", "D", "E"];

    /// <summary>Reads all rows, because the classes are those of the whole file.</summary>
    /// <param name="folder">The puzzle's folder.</param>
    /// <param name="puzzle">What is known of it.</param>
    /// <param name="generated">Whether it is none of SMART-101's.</param>
    /// <param name="icons">Names of icons.</param>
    /// <param name="notes">Takes what a reader should be told.</param>
    /// <exception cref="DataException">A file is missing, or a row cannot be used.</exception>
    internal static (PuzzleKind Kind, PuzzleInstance[] Instances) Read(
        string folder, PuzzleDescription puzzle, bool generated, Func<IReadOnlyList<string>> icons, List<string> notes)
    {
        var table = new PuzzleTable(TableOf(folder, puzzle.Id, generated, notes), ["Question", "image", .. Letters, "Answer"]);
        var pictures = Directory.Exists(Path.Combine(folder, PuzzleFolder.PictureFolder))
            ? Directory.EnumerateFiles(Path.Combine(folder, PuzzleFolder.PictureFolder)).Select(Path.GetFileName).ToHashSet(StringComparer.Ordinal) : [];
        int[]? Values(string text, int option) => generated ? PuzzleAnswers.Generated(text, puzzle.End) : PuzzleAnswers.Published(puzzle.Id, text, option, icons);

        var instances = new PuzzleInstance[table.Count];
        for (var row = 0; row < instances.Length; row++)
        {
            instances[row] = Instance(table, row, puzzle.Id, Values, folder, pictures);
        }

        var end = generated ? puzzle.End : PuzzleAnswers.EndOf(puzzle.Id);
        var classes = Math.Max(end ?? 0, instances.Max(instance => instance.Value.Max())) + 1;
        if (!generated && puzzle.Id == 63)
        {
            instances = [.. instances.Select(instance => Filled(instance, classes - 1))];
        }

        return (new PuzzleKind(puzzle.Id, puzzle.Skill, puzzle.Rule, classes, instances[0].Value.Count), instances);
    }

    private static string TableOf(string folder, int id, bool generated, List<string> notes)
    {
        var path = Path.Combine(folder, $"puzzle_{id}.csv");
        if (File.Exists(path))
        {
            return path;
        }

        var misnamed = Path.Combine(folder, $"puzzle_{id + 1}.csv");
        if (!generated && id == SmartFacts.MisnamedPuzzle && File.Exists(misnamed))
        {
            notes.Add($"{misnamed} was read as puzzle {id}: the data set is published with this slip; rename the file to puzzle_{id}.csv to be rid of this note");
            return misnamed;
        }

        throw new DataException(path, $"there is no such table, which the folder of puzzle {id} must hold. {SmartFacts.Source}", DataFault.Source);
    }

    private static PuzzleInstance Instance(
        PuzzleTable table, int row, int id, Func<string, int, int[]?> values, string folder, HashSet<string?> pictures)
    {
        string[] options = [.. Letters.Select(letter => table[row, letter])];
        if (options[0].Length == 0)
        {
            // What is to be chosen stands in the picture, under letters.
            options = options.All(option => option.Length == 0) ? [.. Letters] : throw table.Fault(
                row, "A", $"there are {options.Count(option => option.Length > 0)} options; expected five, or none where they stand in the picture");
        }

        var question = table[row, "Question"];
        if (question.Length == 0)
        {
            throw table.Fault(row, "Question", "there is no question", DataFault.NoAnswer);
        }

        var answer = table[row, "Answer"];
        if (answer is not [>= 'A' and <= 'E' and var letter])
        {
            throw table.Fault(row, "Answer", $"the answer is '{answer}', which is none of the options; expected a letter A to E", DataFault.NoAnswer);
        }

        var image = table[row, "image"];
        if (image.Length == 0 || !pictures.Contains(image))
        {
            throw table.Fault(row, "image", $"there is no picture {Path.Combine(folder, PuzzleFolder.PictureFolder, image)}; put it there, or take the row out", DataFault.Pictures);
        }

        var codes = new int[OptionCount][];
        for (var option = 0; option < OptionCount; option++)
        {
            codes[option] = values(options[option], option) ?? throw table.Fault(
                row, Letters[option], $"'{options[option]}' is no answer that puzzle {id} has{(options[option].Length == 0 ? "; there must be five options" : "")}");
        }

        var value = codes[letter - 'A'];
        return value.All(code => code >= 0)
            ? new PuzzleInstance(id, row, question, Path.Combine(folder, PuzzleFolder.PictureFolder, image), options, letter - 'A', value, codes)
            : throw table.Fault(row, letter.ToString(), $"the answer '{options[letter - 'A']}' is negative; a class is a number from 0");
    }

    private static PuzzleInstance Filled(PuzzleInstance instance, int end)
    {
        int[] Fill(IReadOnlyList<int> values) => PuzzleAnswers.Padded([.. values], end)
            ?? throw new DataException(instance.ImagePath, $"the answer has {values.Count} values; expected at most {PuzzleAnswers.SequenceSteps}", DataFault.Record);
        return instance with { Value = Fill(instance.Value), OptionValues = [.. instance.OptionValues.Select(Fill)] };
    }
}
