namespace Collimate.Data.Puzzles.Programs;

/// <summary>All programs; a puzzle's number is its place, from 1.</summary>
internal static class PuzzlePrograms
{
    /// <summary>The programs.</summary>
    internal static IReadOnlyList<PuzzleProgram> All { get; } =
    [
        new CountKind(), new CountStars(),
        new SumBySquare(), new CoveredNumber(),
        new LatinSquare(), new CodeBoard(), new Heaviest(),
        new MazeExit(), new ShortestWay(), new TangledLines(),
        new StandsFor(), new Trade(),
        new ClockHour(), new RulerLength(), new SizeOrder(),
        new FlipCard(), new CubePile(), new StackOrder(),
        new NextInRow(), new NumberRow(),
    ];
}
