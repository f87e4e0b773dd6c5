using Collimate.Data;
using Collimate.Data.Puzzles;
using Collimate.Imaging;
using Collimate.Tests.Cli;
using Collimate.Tests.Data.Scenes;

namespace Collimate.Tests.Data.Puzzles;

public sealed class PuzzleExporterTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Export_AnyNumberOfThreads_FilesAreTheSameByteForByte()
    {
        Write("one", 41, workers: 1);
        Write("two", 41, workers: 3);
        Write("other", 41, workers: 1, seed: 9);

        var (one, two, other) = (Files("one"), Files("two"), Files("other"));
        Assert.Equal(41 + PuzzleGenerator.Programs + 1, one.Count);
        Assert.Equal(one.Keys.Order(), two.Keys.Order());
        Assert.All(one, file => Assert.True(file.Value.AsSpan().SequenceEqual(two[file.Key]), file.Key));
        Assert.False(one["1/puzzle_1.csv"].AsSpan().SequenceEqual(other["1/puzzle_1.csv"]));
    }

    [Fact]
    public void Export_MorePuzzles_TheFirstAreTheSame()
    {
        Write("few", 20);
        Write("many", 60);

        Assert.Equal(File.ReadAllBytes(folder["few/7/img/puzzle_7_000000.png"]), File.ReadAllBytes(folder["many/7/img/puzzle_7_000000.png"]));
    }

    [Fact]
    public void Read_GeneratedPuzzles_AreWhatTheProgramsSay()
    {
        Write("set", 5 * PuzzleGenerator.Programs);
        var set = PuzzleSet.Read(folder["set"], new PuzzleSplitOptions { TrainShare = 60, ValidationShare = 20 });

        Assert.Equal((3 * PuzzleGenerator.Programs, PuzzleGenerator.Programs, PuzzleGenerator.Programs), (set.Train.Count, set.Validation.Count, set.Test.Count));
        Assert.Empty(set.Notes);
        foreach (var kind in set.Kinds)
        {
            var (_, skill, answer) = PuzzleGenerator.Describe(kind.Id);
            Assert.Equal(skill, kind.Skill);
            Assert.Equal(answer switch { "number" => PuzzleAnswerRule.Nearest, "letter" => PuzzleAnswerRule.Match, _ => PuzzleAnswerRule.Sequence }, kind.Rule);
            Assert.Equal(kind.Rule == PuzzleAnswerRule.Sequence ? 10 : 1, kind.Steps);
        }

        Assert.Equal(3, set.Kinds.Count(kind => kind.Rule == PuzzleAnswerRule.Sequence));
        Assert.All(set.Train.Concat(set.Validation).Concat(set.Test), instance =>
        {
            var kind = set.Kinds[instance.Puzzle - 1];
            Assert.All(instance.Value, value => Assert.InRange(value, 0, kind.Classes - 1));
            Assert.Equal(5, instance.OptionValues.Select(values => string.Join(' ', values)).Distinct().Count());
            var picture = ImageCodec.Load(instance.ImagePath);
            Assert.Equal((96, 96), (picture.Width, picture.Height));
        });
        var whole = PuzzleSet.Read(folder["set"], new PuzzleSplitOptions { Split = PuzzleSplit.Puzzle, TrainShare = 60, ValidationShare = 20 });
        Assert.Equal((14, 2, 4), (Kinds(whole.Train), Kinds(whole.Validation), Kinds(whole.Test))); // as the programs say, not as SMART-101's numbers do
    }

    [Fact]
    public void Export_WhereAFileIs_SaysSo()
    {
        File.WriteAllText(folder["taken"], "");

        Assert.Contains("the puzzles cannot be written there", Assert.Throws<DataException>(() => Write("taken", 3)).Message);
    }

    [Fact]
    public void Command_Puzzles_WritesThemAndSaysSo()
    {
        var ran = CommandLine.Run("scenes", "--puzzles", "--count", "20", "--seed", "4", "--size", "64", "--out", folder["cli"]);

        Assert.Equal(0, ran.Code);
        Assert.Contains("20 puzzles of 20 programs, pictures of 64 pixels, seed 4", ran.Output);
        Assert.Equal(64, ImageCodec.Load(folder["cli/3/img/puzzle_3_000000.png"]).Width);
    }

    [Theory]
    [InlineData("--format is of scenes", "--puzzles", "--format", "coco")]
    [InlineData("--size is of puzzles' pictures", "--size", "64")]
    [InlineData("--size is 8; expected 48 to 1024", "--puzzles", "--size", "8")]
    [InlineData("--count is 0; expected at least 1", "--puzzles", "--count", "0")]
    public void Command_OptionsThatDoNotGoTogether_AreRefused(string expected, params string[] options)
    {
        var ran = CommandLine.Run(["scenes", "--out", folder["cli"], .. options]);

        Assert.Equal(2, ran.Code);
        Assert.Contains(expected, ran.Error);
    }

    private static int Kinds(IEnumerable<PuzzleInstance> instances) => instances.Select(instance => instance.Puzzle).Distinct().Count();

    private void Write(string name, int count, int workers = 2, ulong seed = 8) =>
        PuzzleExporter.Export(GymWorld.World, new PuzzleExportOptions { Folder = folder[name], Count = count, Seed = seed, Workers = workers });

    private Dictionary<string, byte[]> Files(string name) => Directory.GetFiles(folder[name], "*", SearchOption.AllDirectories)
        .ToDictionary(path => Path.GetRelativePath(folder[name], path), File.ReadAllBytes);
}
