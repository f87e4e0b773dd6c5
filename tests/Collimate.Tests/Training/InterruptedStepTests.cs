using Collimate.Torch.Optimization;
using Collimate.Training;

namespace Collimate.Tests.Training;

/// <summary>An interruption in the middle of an accumulation, and what goes on from there.</summary>
public sealed class InterruptedStepTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Run_InterruptedBetweenPieces_GoesOnToTheSameBits(int workers)
    {
        using var whole = new LineProgram { Pieces = 7 };
        var losses = new Recorder();
        Trainer.Run(whole, Options(6, workers), whole.Optimizer, losses);

        using var cancel = new CancellationTokenSource();
        var runs = 0;
        using var broken = new LineProgram
        {
            Pieces = 7,
            OnRun = piece =>
            {
                if (piece.Step == 3 && piece.Number == 4 && Interlocked.Increment(ref runs) == 1)
                {
                    cancel.Cancel();
                }
            },
        };
        PartialStep? kept = null;
        var hooks = new TrainingHooks { SaveWithin = (step, partial) => kept = step == 3 ? Copy(partial) : null };
        var after = new Recorder();

        Assert.Equal(3, Trainer.Run(broken, Options(6, workers), broken.Optimizer, hooks: hooks, cancellation: cancel.Token));
        Assert.NotNull(kept);
        Assert.InRange(kept.Pieces, 1, 6);
        Assert.Equal(0, broken.OpenPieces);
        Assert.Equal(6, Trainer.Run(broken, Options(6, workers), broken.Optimizer, after, firstStep: 3, begun: kept));

        Assert.Equal(Bits(whole.Weights), Bits(broken.Weights));
        Assert.Equal(losses.Steps.Skip(3).Select(s => (s.Samples, s.Tokens)), after.Steps.Select(s => (s.Samples, s.Tokens)));
        Assert.Equal(losses.Steps[^1].Loss, after.Steps[^1].Loss);
    }

    [Fact]
    public void Run_GoesOnSaysNo_EndsThere()
    {
        using var program = new LineProgram();
        var asked = new List<long>();
        var done = Trainer.Run(program, Options(9, 2), program.Optimizer, hooks: new TrainingHooks { GoesOn = step => { asked.Add(step); return step < 4; } });
        Assert.Equal(4, done);
        Assert.Equal([1L, 2, 3, 4], asked);
    }

    [Fact]
    public void Run_LowestRate_IsAFloorOnTheWayDownOnly()
    {
        using var program = new LineProgram();
        var recorder = new Recorder();
        var options = Options(6, 1) with { Schedule = LearningRateSchedule.Cosine(6, 2), LowestRate = 0.03 };
        Trainer.Run(program, options, program.Optimizer, recorder);
        Assert.Equal([0.025, 0.05, 0.05], recorder.Steps.Take(3).Select(s => s.LearningRate));
        Assert.All(recorder.Steps.Skip(1), step => Assert.InRange(step.LearningRate, 0.03, 0.05));
        Assert.Equal(0.03, recorder.Steps[^1].LearningRate);
    }

    private static PartialStep Copy(PartialStep partial) => partial with { Gradients = [.. partial.Gradients.Select(g => g?.Clone().Keep())] };

    private static TrainingOptions Options(long steps, int workers) => new() { Steps = steps, Workers = workers, Schedule = LearningRateSchedule.Constant(steps) };

    private static int[] Bits(float[] values) => [.. values.Select(BitConverter.SingleToInt32Bits)];
}
