using Collimate.Data.Puzzles;
using Collimate.Data.Puzzles.Programs;
using Collimate.Data.Scenes;
using Collimate.Tests.Data.Scenes;

namespace Collimate.Tests.Data.Puzzles;

public sealed class PuzzleProgramsTests
{
    private const int Solved = 60;
    private const int Counted = 400;

    private static readonly PuzzleGenerator Generator = new(GymWorld.World);

    public static TheoryData<int> Puzzles => [.. Enumerable.Range(1, PuzzleGenerator.Programs)];

    [Theory]
    [MemberData(nameof(Puzzles))]
    public void Draft_ManySeeds_IsSolvedByAnIndependentSolver(int puzzle)
    {
        for (var seed = 0; seed < Solved; seed++)
        {
            var draft = Generator.Draft(puzzle, (ulong)seed, seed * 7);
            Assert.Equal(5, draft.Options.Distinct().Count());
            Assert.True(draft.Answer == PuzzleSolver.Solve(PuzzlePrograms.All[puzzle - 1].Name, draft), $"seed {seed}: {draft.Question} {string.Join(' ', draft.Options)}");
        }
    }

    [Theory]
    [MemberData(nameof(Puzzles))]
    public void Draft_ManyRows_AnswersAndTheirPlacesAreBalanced(int puzzle)
    {
        var drafts = Enumerable.Range(0, Counted).Select(row => Generator.Draft(puzzle, 11, row)).ToArray();
        for (var option = 0; option < 5; option++)
        {
            Assert.InRange(drafts.Count(draft => draft.Answer == option), Counted * 0.13, Counted * 0.27);
        }

        var answers = drafts.GroupBy(draft => draft.Options[draft.Answer]).Select(answer => answer.Count()).ToArray();
        Assert.True(answers.Max() <= (Counted / (double)answers.Length) + (Counted * 0.07), $"the commonest of {answers.Length} answers is given {answers.Max()} times of {Counted}");
    }

    [Theory]
    [MemberData(nameof(Puzzles))]
    public void Draft_NumbersAsOptions_TheirOrderOfSizeSaysNothing(int puzzle)
    {
        if (PuzzlePrograms.All[puzzle - 1].Answer != PuzzleAnswerKind.Number)
        {
            return;
        }

        var ranks = new int[5];
        for (var row = 0; row < Counted; row++)
        {
            var draft = Generator.Draft(puzzle, 12, row);
            var numbers = draft.Options.Select(option => int.Parse(option.Split(' ')[0])).ToArray();
            ranks[numbers.Count(number => number < numbers[draft.Answer])]++;
        }

        Assert.All(ranks, rank => Assert.InRange(rank, Counted * 0.13, Counted * 0.27));
    }

    [Fact]
    public void All_EveryReportedSkillHasTwoProgramsAndEveryAnswerKindOccurs()
    {
        var skills = PuzzlePrograms.All.GroupBy(program => program.Skill).ToDictionary(skill => skill.Key, skill => skill.Count());
        Assert.All(Enum.GetValues<PuzzleSkill>().Where(skill => skill != PuzzleSkill.Order), skill => Assert.True(skills[skill] >= 2, skill.ToString()));
        Assert.Equal(Enum.GetValues<PuzzleAnswerKind>(), PuzzlePrograms.All.Select(program => program.Answer).Distinct().Order());
        Assert.Equal(Enum.GetValues<PuzzlePart>(), PuzzlePrograms.All.Select(program => program.Part).Distinct().Order());
        Assert.Equal(PuzzlePrograms.All.Count, PuzzlePrograms.All.Select(program => program.Name).Distinct().Count());
    }

    [Fact]
    public void Draft_Objects_AreThoseThatTrainingMayShow() => Assert.All(
        Enumerable.Range(1, PuzzleGenerator.Programs).SelectMany(puzzle => Enumerable.Range(0, 10).SelectMany(row => Generator.Draft(puzzle, 5, row).Picture.Marks)),
        mark => Assert.False(mark is Collimate.Data.Puzzles.Drawing.GlyphMark glyph && GymWorld.World.IsUnseen(glyph.Item)));

    [Theory]
    [InlineData(96)]
    [InlineData(160)]
    public void Paint_AnySize_DrawsEveryProgram(int side)
    {
        for (var puzzle = 1; puzzle <= PuzzleGenerator.Programs; puzzle++)
        {
            var image = Generator.Paint(puzzle, 1, 0, side);
            Assert.Equal((side, side), (image.Width, image.Height));
            // Not just ground: several colours, some of them dark.
            Assert.True(image.Pixels.Chunk(3).Select(pixel => (pixel[0], pixel[1], pixel[2])).Distinct().Count() > 20);
        }
    }
}
