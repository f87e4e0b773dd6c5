using Collimate.Alignment.Reasoning;
using Collimate.Torch;

namespace Collimate.Tests.Alignment.Reasoning;

public sealed class PuzzleRowsTests
{
    [Fact]
    public void Scatter_OfGathered_IsTheSameRows()
    {
        using var scope = new TensorScope();
        var random = new Random(5);
        for (var trial = 0; trial < 20; trial++)
        {
            int[] puzzles = [.. Enumerable.Range(0, 1 + random.Next(12)).Select(_ => 2 + random.Next(5))];
            var rows = new PuzzleRows(puzzles);
            var x = Tensor.From([.. Enumerable.Range(0, puzzles.Length * 3).Select(k => (float)k)], [puzzles.Length, 3]);
            var gathered = rows.Gather(x);

            Assert.Equal([rows.PuzzleCount, rows.Most, 3L], gathered.Shape);
            Assert.Equal(puzzles.Max() - puzzles.Min() + 1, rows.PuzzleCount);
            Assert.Equal(puzzles.CountBy(puzzle => puzzle).Max(count => count.Value), rows.Most);
            Assert.Equal(x.ToArray<float>(), rows.Scatter(gathered).ToArray<float>());
            // Every row stands in the line of its own puzzle.
            foreach (var puzzle in puzzles.Distinct())
            {
                var line = gathered.Select(0, puzzle - rows.First).ToArray<float>().Chunk(3).Select(row => row[0] / 3).ToHashSet();
                Assert.All(Enumerable.Range(0, puzzles.Length).Where(row => puzzles[row] == puzzle), row => Assert.Contains(row, line));
            }
        }
    }

    [Fact]
    public void PuzzleLinear_OfMixedRows_EqualsEachPuzzlesOwnProduct()
    {
        using var scope = new TensorScope();
        using var generator = new Generator(2);
        using var layer = new PuzzleLinear(5, 4, 3, generator);
        var weights = layer.StateDict();
        weights["bias"].CopyFrom_(Tensor.RandomNormal([5, 3], generator));
        int[] puzzles = [3, 1, 1, 4, 3, 1];
        var x = Tensor.RandomNormal([6, 4], generator);
        var rows = new PuzzleRows(puzzles);

        var together = rows.Scatter(layer.Forward(rows.Gather(x), rows)).ToArray<float>();
        for (var row = 0; row < puzzles.Length; row++)
        {
            var alone = x.Narrow(0, row, 1).Linear(weights["weight"].Select(0, puzzles[row]), weights["bias"].Select(0, puzzles[row])).ToArray<float>();
            for (var k = 0; k < 3; k++)
            {
                Assert.Equal(alone[k], together[(row * 3) + k], 1e-5f);
            }
        }
    }

    [Fact]
    public void Rows_None_AreRefused() => Assert.Throws<ArgumentException>(() => new PuzzleRows([]));
}
