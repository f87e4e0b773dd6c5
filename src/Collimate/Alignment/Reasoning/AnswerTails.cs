using Collimate.Models;
using Collimate.Torch;

namespace Collimate.Alignment.Reasoning;

/// <summary>The answers' heads of all puzzles.</summary>
/// <remarks>Puzzles with classes are put together by how many they have, at most twice as many as the fewest, so that no product is padded to more than double.</remarks>
internal sealed class AnswerTails : Module
{
    private readonly (Module Tail, int Number)[] tailOf; // by puzzle: its tail, and its number in it

    public AnswerTails(ReasonerShape shape, Activation activation, Generator? generator)
    {
        tailOf = new (Module, int)[shape.Puzzles.Count];
        var plain = new List<int>();
        foreach (var (puzzle, kind) in shape.Puzzles.Index())
        {
            if (kind.Steps > 1)
            {
                tailOf[puzzle] = (AddModule($"sequence.{kind.Id}", new SequenceTail(shape.Width, kind.Classes, kind.Steps, shape.Form == ReasonerForm.Baseline, generator)), 0);
            }
            else
            {
                plain.Add(puzzle);
            }
        }

        foreach (var (at, alike) in Buckets(shape, plain).Index())
        {
            Module tail = shape.Answers == AnswerForm.Values
                ? AddModule($"values.{at}", new ValueTail(shape.Width, alike.Count, activation, generator))
                : AddModule($"classes.{at}", new ClassTail(shape.Width, [.. alike.Select(puzzle => shape.Puzzles[puzzle].Classes)], activation, generator));
            foreach (var (number, puzzle) in alike.Index())
            {
                tailOf[puzzle] = (tail, number);
            }
        }
    }

    /// <param name="x"><c>[rows, width]</c></param>
    /// <param name="puzzles">The puzzle of each row.</param>
    public IReadOnlyList<TailScores> Forward(Tensor x, IReadOnlyList<int> puzzles)
    {
        var scores = new List<TailScores>();
        foreach (var group in Enumerable.Range(0, puzzles.Count).GroupBy(row => tailOf[puzzles[row]].Tail))
        {
            int[] rows = [.. group];
            var own = rows.Length == puzzles.Count ? x : x.IndexSelect(0, Tensor.From([.. rows.Select(row => (long)row)], [rows.Length], x.Device));
            PuzzleRows Gathered() => new([.. rows.Select(row => tailOf[puzzles[row]].Number)]);
            scores.Add(group.Key switch
            {
                SequenceTail sequence => new TailScores(rows, sequence.Forward(own), IsValue: false),
                ValueTail value => new TailScores(rows, value.Forward(own, Gathered()).Unsqueeze(1), IsValue: true),
                var tail => new TailScores(rows, ((ClassTail)tail).Forward(own, Gathered()).Unsqueeze(1), IsValue: false),
            });
        }

        return scores;
    }

    private static IEnumerable<List<int>> Buckets(ReasonerShape shape, List<int> plain)
    {
        if (shape.Answers == AnswerForm.Values)
        {
            return plain.Count > 0 ? [plain] : [];
        }

        var buckets = new List<List<int>>();
        foreach (var puzzle in plain.OrderBy(puzzle => shape.Puzzles[puzzle].Classes).ThenBy(puzzle => puzzle))
        {
            if (buckets.Count == 0 || shape.Puzzles[puzzle].Classes > 2 * shape.Puzzles[buckets[^1][0]].Classes)
            {
                buckets.Add([]);
            }

            buckets[^1].Add(puzzle);
        }

        return buckets;
    }
}
