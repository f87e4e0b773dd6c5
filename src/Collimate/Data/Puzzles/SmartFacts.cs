namespace Collimate.Data.Puzzles;

/// <summary>What is fixed about SMART-101 and stands in no file of it, in one place.</summary>
public static class SmartFacts
{
    /// <summary>Where the data set is to be had; it is not part of this project.</summary>
    public const string Source = "SMART-101 is to be had from https://zenodo.org/records/7775984 or https://www.merl.com/research/highlights/smart-101";

    /// <summary>Where the two small tables are to be had.</summary>
    public const string TableSource = "it lies in the folder dataset of https://github.com/merlresearch/SMART";

    /// <summary>The puzzles' table.</summary>
    public const string InfoFile = "SMART_info_v2.csv";

    /// <summary>The names of icons; a name's class is its line, from 0. One line is <c>README.txt</c>, a slip that must stay.</summary>
    public const string IconFile = "icon-classes.txt";

    /// <summary>The puzzle whose file is published as <c>62/puzzle_63.csv</c>.</summary>
    public const int MisnamedPuzzle = 62;

    /// <summary>Answered by the name of an icon.</summary>
    public const int IconPuzzle = 1;

    /// <summary>Answered by a time of day.</summary>
    public const int HourPuzzle = 25;

    /// <summary>Answered by an operator and a number.</summary>
    public const int OperatorPuzzle = 58;

    /// <summary>Answered by several values, all of which must be right.</summary>
    public static IReadOnlySet<int> Sequences { get; } = new HashSet<int> { 16, 18, 35, 39, 63, 100 };

    /// <summary>Whose predicted value is taken for the option's number, whatever the options' own values are.</summary>
    public static IReadOnlySet<int> Matches { get; } = new HashSet<int> { 32, 44, 51, 66, 68, 69, 82, 84, 95, 98 };

    /// <summary>The puzzle split's puzzles for validation.</summary>
    public static IReadOnlySet<int> ValidationPuzzles { get; } = new HashSet<int> { 7, 43, 64 };

    /// <summary>The puzzle split's puzzles for the test.</summary>
    public static IReadOnlySet<int> TestPuzzles { get; } =
        new HashSet<int> { 61, 62, 65, 66, 67, 69, 70, 71, 72, 73, 74, 75, 76, 77, 94, 95, 96, 97, 98, 99, 101 };

    /// <summary>How an option of a puzzle is chosen.</summary>
    public static PuzzleAnswerRule RuleOf(int puzzle) =>
        Sequences.Contains(puzzle) ? PuzzleAnswerRule.Sequence : Matches.Contains(puzzle) ? PuzzleAnswerRule.Match : PuzzleAnswerRule.Nearest;
}
