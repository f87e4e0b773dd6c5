using Collimate.Data;
using Collimate.Data.Puzzles;
using Collimate.Tests.Data.Scenes;

namespace Collimate.Tests.Data.Puzzles;

public sealed class PuzzleSetTests : IDisposable
{
    private static readonly PuzzleSplitOptions All = new() { TrainShare = 100, ValidationShare = 0 };

    private readonly SmartFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData(2, "5|6|7|8|-9 C", "7")] // plain numbers
    [InlineData(2, "R|L|K|N|O D", "13")] // a letter is its place in the alphabet
    [InlineData(2, "|||| D", "3")] // options that stand in the picture
    [InlineData(21, "2 hours|3 hours|1 hour|5 hours|6 hours C", "1")]
    [InlineData(22, "40 cm|45 cm|50 cm|Impossible|60 cm D", "0")]
    [InlineData(93, "7 km|9 km|11 km|16 km|18 km E", "18")]
    [InlineData(58, "-38|/8|-45|x6|+2 B", "48")]
    [InlineData(58, "-38|/8|-45|x6|+2 E", "12")]
    [InlineData(58, "-38|/8|-45|x6|+2 A", "58")]
    [InlineData(25, "1:00 AM|2:00 PM|5:00 PM|11:00 AM|12:00 PM B", "14")]
    [InlineData(25, "1:00 AM|2:00 PM|5:00 PM|12:00 AM|12:00 PM E", "24")]
    [InlineData(25, "1:00 AM|2:00 PM|5:00 PM|12:00 AM|12:00 PM D", "12")]
    [InlineData(16, "1 and 2|2 and 3|3 and 4|3, 5, and 6|4 and 5 D", "3 5 6 26 26 26 26 26 26 26")]
    [InlineData(18, "5-2-3-1-4|5-2-3-4-1|4-5-2-3-1|5-3-2-1-4|1-2-3-4-5 A", "5 2 3 1 4 5 5 5 5 5")]
    [InlineData(35, "A|B, and C|C|D|E B", "1 2 5 5 5 5 5 5 5 5")]
    [InlineData(39, "KNAO|KNGO|KNR|ARGO|KAO E", "10 0 14 26 26 26 26 26 26 26")]
    [InlineData(100, "MAZE|MASK|MILK|MATE|MATH E", "12 0 19 7 26 26 26 26 26 26")]
    [InlineData(63, "only 5|2, 3, or 4|only 3|only 1 or 3|1, 3, or 5 E", "1 3 5 5 5 5 5 5 5 5")] // filled with its own largest value
    public void Read_Published_AnswersHaveTheBenchmarksValues(int puzzle, string row, string expected)
    {
        var read = Assert.Single(PuzzleSet.Read(folder.Puzzle(puzzle, row).Path, All).Train);

        Assert.Equal(expected, string.Join(' ', read.Value));
        Assert.Equal(row[^1] - 'A', read.AnswerOption);
        Assert.Equal(read.Value, read.OptionValues[read.AnswerOption]);
        Assert.Equal(row.StartsWith('|') ? ["A", "B", "C", "D", "E"] : row[..^2].Split('|'), read.Options);
        Assert.Equal(Path.Combine(folder.Path, $"{puzzle}", "img", "p0.png"), read.ImagePath);
    }

    [Theory]
    [InlineData("Flower", null)]
    [InlineData("flower", 20)]
    [InlineData("bunny ear", 9)] // the plural is looked for too
    [InlineData("star", 42)] // after the stray README.txt
    public void Read_PuzzleOne_IconsAreLinesOfTheFile(string name, int? expected)
    {
        var icons = Enumerable.Range(0, 50).Select(line => line switch { 9 => "bunny_ears", 20 => "flower", 41 => "README.txt", 42 => "star", _ => $"other_{line}" });
        folder.Write("icon-classes.txt", string.Join('\n', icons)).Puzzle(1, $"{name}|other 1|other 2|other 3|other 4 A");
        if (expected is { } line)
        {
            Assert.Equal([line], PuzzleSet.Read(folder.Path, All).Train[0].Value);
        }
        else
        {
            Assert.Contains("line 2, column 'A': 'Flower' is no answer that puzzle 1 has", Assert.Throws<DataException>(() => PuzzleSet.Read(folder.Path, All)).Message);
        }
    }

    [Theory]
    [InlineData(2, "7 A", 8, 1)]
    [InlineData(16, "7 A", 27, 10)]
    [InlineData(18, "1-2 A", 6, 10)]
    [InlineData(35, "B A", 6, 10)]
    [InlineData(39, "AB A", 27, 10)]
    [InlineData(63, "3 A", 4, 10)]
    public void Read_Published_ClassesAreThoseOfTheWholeFile(int puzzle, string first, int classes, int steps)
    {
        var option = first[..^2];
        var row = $"{option}|{option}|{option}|{option}|{option} A";
        var small = row.Replace('7', '1').Replace('3', '1');
        var kind = Assert.Single(PuzzleSet.Read(folder.Puzzle(puzzle, small, small, row).Path, All with { RowsPerPuzzle = 1 }).Kinds);

        Assert.Equal((classes, steps), (kind.Classes, kind.Steps));
    }

    [Fact]
    public void Read_FolderSixtyTwo_TakesTheMisnamedFileAndSaysSo()
    {
        var set = PuzzleSet.Read(folder.PuzzleAs(62, "puzzle_63.csv", "1|2|3|4|5 B").Path, All);

        Assert.Equal([62], set.Kinds.Select(kind => kind.Id));
        Assert.Contains("puzzle_63.csv was read as puzzle 62", Assert.Single(set.Notes));
        using var other = new SmartFolder();
        Assert.Contains("puzzle_61.csv: there is no such table", Assert.Throws<DataException>(() => PuzzleSet.Read(other.PuzzleAs(61, "puzzle_62.csv", "1|2|3|4|5 B").Path, All)).Message);
    }

    [Fact]
    public void Read_Rules_FollowTheNumbersOfTheBenchmark()
    {
        foreach (var puzzle in (int[])[2, 16, 32, 98])
        {
            folder.Puzzle(puzzle, puzzle == 16 ? "1|2|3|4|5 B" : "1|2|3|4|5 B");
        }

        Assert.Equal(
            [PuzzleAnswerRule.Nearest, PuzzleAnswerRule.Sequence, PuzzleAnswerRule.Match, PuzzleAnswerRule.Match], PuzzleSet.Read(folder.Path, All).Kinds.Select(kind => kind.Rule));
    }

    [Theory]
    [InlineData("0,How many?,gone.png,1,2,3,4,5,B", "line 2, column 'image': there is no picture")]
    [InlineData("0,How many?,p0.png,1,2,3,4,5,F", "column 'Answer': the answer is 'F', which is none of the options; expected a letter A to E")]
    [InlineData("0,How many?,p0.png,1,2,3,4,5,", "column 'Answer': the answer is ''")]
    [InlineData("0,How many?,p0.png,1,2,3,4,B", "line 2, column 'Answer': the row has 8 fields, where the header names 9")]
    [InlineData("0,How many?,p0.png,,2,3,4,5,B", "column 'A': there are 4 options; expected five")]
    [InlineData("0,How many?,p0.png,1,2,many,4,5,B", "column 'C': 'many' is no answer that puzzle 2 has")]
    [InlineData("0,How many?,p0.png,1,-2,3,4,5,B", "column 'B': the answer '-2' is negative")]
    [InlineData("0,,p0.png,1,2,3,4,5,B", "column 'Question': there is no question")]
    [InlineData("0,How \"many\"?,p0.png,1,2,3,4,5,B", "line 2: a field holds a double quote")]
    public void Read_BadRow_NamesLineAndColumn(string row, string expected)
    {
        folder.Puzzle(2, "1|2|3|4|5 A").Write("2/puzzle_2.csv", $"{SmartFolder.Header}\n{row}\n");

        var failure = Assert.Throws<DataException>(() => PuzzleSet.Read(folder.Path, All));

        Assert.Contains("puzzle_2.csv", failure.Message);
        Assert.Contains(expected, failure.Message);
    }

    [Theory]
    [InlineData("id,Question,image,A,B,C,D,Answer", "there are 4 options where there must be five: the column 'E' is missing")]
    [InlineData("id,Question,A,B,C,D,E,Answer", "the column 'image' is missing")]
    public void Read_BadHeader_NamesTheColumn(string header, string expected)
    {
        folder.Puzzle(2, "1|2|3|4|5 A").Write("2/puzzle_2.csv", $"{header}\n0,How many?,p0.png,1,2,3,4,B\n");

        Assert.Contains($"puzzle_2.csv, line 1: {expected}", Assert.Throws<DataException>(() => PuzzleSet.Read(folder.Path, All)).Message);
    }

    [Fact]
    public void Read_UnknownPuzzle_IsNamed()
    {
        folder.Puzzle(2, "1|2|3|4|5 A").Puzzle(102, "1|2|3|4|5 A");

        Assert.Contains("102 is an unknown puzzle; SMART_info_v2.csv knows 101, 1 to 101", Assert.Throws<DataException>(() => PuzzleSet.Read(folder.Path, All)).Message);
        Assert.Contains("puzzle 7 is asked for, but its folder 7 is not there", Assert.Throws<DataException>(() => PuzzleSet.Read(folder.Path, All with { Puzzles = [7] })).Message);
        Assert.Single(PuzzleSet.Read(folder.Path, All with { Puzzles = [2] }).Kinds);
    }

    [Fact]
    public void Read_NothingThere_SaysWhereTheDataSetIsToBeHad()
    {
        Assert.Contains("https://zenodo.org/records/7775984", Assert.Throws<DataException>(() => PuzzleSet.Read(Path.Combine(folder.Path, "absent"), All)).Message);
        Assert.Contains("merl.com/research/highlights/smart-101", Assert.Throws<DataException>(() => PuzzleSet.Read(folder.Path, All)).Message);
        File.Delete(Path.Combine(folder.Puzzle(2, "1|2|3|4|5 A").Path, "SMART_info_v2.csv"));
        Assert.Contains("say with info_file where it is", Assert.Throws<DataException>(() => PuzzleSet.Read(folder.Path, All)).Message);
    }

    [Fact]
    public void Read_BadList_SaysWhatIsExpected()
    {
        folder.Puzzle(2, "1|2|3|4|5 A").Write("puzzles.json", """{"puzzles": [{"id": 2, "skill": "cooking", "rule": "nearest", "part": "train"}]}""");
        Assert.Contains("'skill' is 'cooking'; expected one of counting, math", Assert.Throws<DataException>(() => PuzzleSet.Read(folder.Path, All)).Message);
        folder.Write("puzzles.json", """{"puzzles": [{"id": 2, "skill": "math", "rule": "sequence", "part": "train"}]}""");
        Assert.Contains("'end', the code that fills up an answer", Assert.Throws<DataException>(() => PuzzleSet.Read(folder.Path, All)).Message);
    }

    [Fact]
    public void Read_GeneratedFolder_SpecialNumbersAreNotSpecial()
    {
        folder.Puzzle(58, "1|2|3|4|5 B").Puzzle(63, "A|B|C|D|E C")
            .Write("puzzles.json", """{"puzzles": [{"id": 58, "skill": "math", "rule": "nearest", "part": "test"}, {"id": 63, "skill": "path", "rule": "match", "part": "train"}]}""");

        var set = PuzzleSet.Read(folder.Path, All with { Split = PuzzleSplit.Puzzle, TrainShare = 80, ValidationShare = 5 });

        Assert.Equal([(58, PuzzleAnswerRule.Nearest, 3, 1), (63, PuzzleAnswerRule.Match, 3, 1)], set.Kinds.Select(kind => (kind.Id, kind.Rule, kind.Classes, kind.Steps)));
        Assert.Equal([2], PuzzleSet.Read(folder.Path, All).Train[0].Value);
    }

    [SharedFact("data/smart101/SMART_info_v2.csv")]
    public void Read_PublishedTable_HasTheBenchmarksSkills()
    {
        var catalogue = PuzzleCatalogue.Published(SharedFiles.Require("data/smart101/SMART_info_v2.csv"));

        Assert.Equal(
            [(PuzzleSkill.Counting, 26), (PuzzleSkill.Math, 14), (PuzzleSkill.Logic, 9), (PuzzleSkill.Path, 12), (PuzzleSkill.Algebra, 15), (PuzzleSkill.Measure, 8), (PuzzleSkill.Spatial, 9), (PuzzleSkill.Pattern, 5), (PuzzleSkill.Order, 3)],
            catalogue.Values.GroupBy(puzzle => puzzle.Skill).OrderBy(skill => skill.Key).Select(skill => (skill.Key, skill.Count())));
        Assert.Equal(21, catalogue.Values.Count(puzzle => puzzle.Part == PuzzlePart.Test));
        Assert.Equal(3, catalogue.Values.Count(puzzle => puzzle.Part == PuzzlePart.Validation));
    }

    [SharedFact("data/smart101/icon-classes.txt")]
    public void Read_PublishedIcons_CountTheStrayLine()
    {
        var icons = SharedFiles.Require("data/smart101/icon-classes.txt");

        Assert.Equal([21], PuzzleSet.Read(folder.Puzzle(1, "flower|star|moon|boat|hand A").Path, All with { IconFile = icons }).Train[0].Value);
        Assert.Equal([42], PuzzleSet.Read(folder.Puzzle(1, "flower|star|moon|boat|hand B").Path, All with { IconFile = icons }).Train[0].Value);
    }
}
