using Collimate.Alignment;
using Collimate.Alignment.Objectives;
using Collimate.Data;
using Collimate.Data.Conversations;
using Collimate.Tests.Alignment;
using Collimate.Torch;
using Collimate.Torch.Optimization;
using Collimate.Training;
using Collimate.Training.Programs;

namespace Collimate.Tests.Training;

/// <summary>One batch of eight, eight accumulated rows, and ranks of rows give the same step.</summary>
public sealed class RanksTests
{
    private static readonly Sample[] Eight = [.. Enumerable.Range(0, 8).Select(k => new Sample($"{k}", k % 3 == 0 ? [] : [TinyVisionModel.Picture(k)],
        [new Turn("user", (k % 3 == 0 ? "" : "<image>") + "abcdefg"[..(1 + (k % 5))]), new Turn("assistant", "gfedcba"[..(1 + (k * 3 % 7))])]))];

    [Theory]
    [InlineData(8, 1)]
    [InlineData(4, 2)]
    [InlineData(8, 4)]
    [InlineData(2, 4)]
    public void Run_AccumulatedOrShared_EqualsTheBigBatch(int pieces, int ranks)
    {
        var big = Train(pieces: 1, ranks: 1)[0];
        var parts = Train(pieces, ranks);
        foreach (var part in parts)
        {
            Assert.All(big.Losses.Zip(part.Losses), pair => Assert.Equal(pair.First, pair.Second, 1e-6));
            Assert.All(big.Weights.Zip(part.Weights), pair => Assert.Equal(pair.First, pair.Second, 1e-6));
            Assert.Equal(parts[0].Weights, part.Weights);
        }
    }

    private static (double[] Losses, float[] Weights)[] Train(int pieces, int ranks)
    {
        using var meeting = new Barrier(ranks);
        var desk = new object?[ranks];
        var results = new (double[], float[])[ranks];
        var threads = Enumerable.Range(0, ranks).Select(rank => new Thread(() =>
        {
            using var model = TinyVisionModel.Create(5);
            model.SetRequiresGrad(true);
            ParameterGroup[] groups = [new ParameterGroup("all", [.. model.Parameters()]) { LearningRate = 1e-3 }];
            using var program = new ConversationProgram(
                model, () => TinyVisionModel.Create(6), groups, new Fixed(), TinyVisionModel.Batcher(packed: false), [(new LanguageObjective(), 1)],
                new StageOptions("ranks", 8, pieces, null) { Rank = rank, Ranks = ranks });
            // Adam's first steps divide by the root of almost nothing, which would enlarge a rounding difference.
            using var optimizer = new AdamW(groups, epsilon: 1e-2);
            var recorder = new Recorder();
            var options = new TrainingOptions
            {
                Steps = 3, Workers = 1, Schedule = LearningRateSchedule.Constant(3), Ranks = ranks == 1 ? null : new ThreadRanks(rank, meeting, desk),
            };
            Trainer.Run(program, options, optimizer, recorder);
            results[rank] = ([.. recorder.Steps.Select(s => s.Loss)], [.. model.Parameters().SelectMany(p => p.ToArray<float>())]);
        })).ToArray();
        Array.ForEach(threads, thread => thread.Start());
        Array.ForEach(threads, thread => thread.Join());
        return results;
    }

    private sealed class Fixed : ISampleSource
    {
        public IReadOnlyList<Sample> Draw(long step, int count) => Eight;
    }
}
