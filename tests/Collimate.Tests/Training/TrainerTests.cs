using Collimate.Data;
using Collimate.Torch;
using Collimate.Torch.Optimization;
using Collimate.Training;

namespace Collimate.Tests.Training;

public sealed class TrainerTests
{
    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(8)]
    public void Run_AnyNumberOfWorkers_SameBits(int workers)
    {
        using var one = new LineProgram();
        using var many = new LineProgram();
        var (first, second) = (new Recorder(), new Recorder());

        Train(one, 12, first, workers: 1);
        Train(many, 12, second, workers);

        Assert.Equal(Bits(one.Weights), Bits(many.Weights));
        Assert.Equal(first.Steps.Select(step => step.Loss), second.Steps.Select(step => step.Loss));
    }

    [Fact]
    public void Run_TinyTask_LossFallsAndReportsAddUp()
    {
        using var program = new LineProgram();
        var recorder = new Recorder();

        Assert.Equal(200, Train(program, 200, recorder));

        Assert.Equal(Enumerable.Range(1, 200).Select(step => (long)step), recorder.Steps.Select(step => step.Step));
        Assert.True(recorder.Steps[^1].Loss < recorder.Steps[0].Loss / 50, $"{recorder.Steps[0].Loss} became {recorder.Steps[^1].Loss}");
        Assert.All(recorder.Steps, step => Assert.Equal((40, 40, 200L, "line"), (step.Samples, step.Tokens, step.TotalSteps, step.Stage)));
        Assert.Empty(recorder.Skipped);
        Assert.Equal(0, program.OpenPieces);
    }

    [Fact]
    public void Run_Schedule_MovesTheRateAndPutsItBack()
    {
        using var program = new LineProgram();
        var recorder = new Recorder();

        Trainer.Run(program, new TrainingOptions { Steps = 4, Workers = 1, Schedule = LearningRateSchedule.Linear(4, 2) }, program.Optimizer, recorder);

        Assert.Equal([0.025, 0.05, 0.05, 0.025], recorder.Steps.Select(step => step.LearningRate));
        Assert.Equal(0.05, program.Optimizer.Groups[0].LearningRate);
    }

    [Fact]
    public void Run_LossThatIsNoNumber_StepLeavesNoTrace()
    {
        using var poisoned = new LineProgram { IsPoisoned = step => step == 2 };
        using var without = new LineProgram { DataOf = step => step < 2 ? step : step + 1 };
        var weights = new List<float[]>();
        var recorder = new Recorder(_ => weights.Add(poisoned.Weights));

        Train(poisoned, 6, recorder);
        Train(without, 5);

        Assert.Equal([3L], recorder.Skipped);
        Assert.Equal(weights[1], weights[2]);
        Assert.NotEqual(weights[2], weights[3]);
        Assert.Equal(Bits(without.Weights), Bits(poisoned.Weights));
    }

    [Fact]
    public void Run_TenSuchStepsInARow_StopsAndSaysHowToMend()
    {
        using var program = new LineProgram { IsPoisoned = step => step >= 2 };
        var weights = new List<float[]>();

        var failure = Assert.Throws<DataException>(() => Train(program, 40, new Recorder(_ => weights.Add(program.Weights))));

        Assert.StartsWith("step 12: the loss (NaN)", failure.Message, StringComparison.Ordinal);
        Assert.Contains("10 steps in a row", failure.Message, StringComparison.Ordinal);
        Assert.Contains("Lower the learning rate", failure.Message, StringComparison.Ordinal);
        Assert.Equal(weights[1], program.Weights);
        Assert.Equal(0, program.OpenPieces);
    }

    [Fact]
    public void Run_NineSuchStepsInARow_GoesOn()
    {
        using var program = new LineProgram { IsPoisoned = step => step % 10 != 0 };
        var recorder = new Recorder();

        Assert.Equal(30, Train(program, 30, recorder));
        Assert.Equal(27, recorder.Skipped.Count);
    }

    [Fact]
    public void Run_Cancelled_EndsAtTheStepsBoundaryAndGoesOnFromThere()
    {
        using var whole = new LineProgram();
        using var broken = new LineProgram();
        using var cancel = new CancellationTokenSource();
        Train(whole, 7);

        var done = Trainer.Run(broken, Options(7, 2), broken.Optimizer, new Recorder(step => CancelAt(step, 3, cancel)), cancellation: cancel.Token);
        Assert.Equal(3, done);
        Assert.Equal(0, broken.OpenPieces);
        Assert.Equal(3, broken.Optimizer.StepCount);

        Assert.Equal(7, Trainer.Run(broken, Options(7, 2), broken.Optimizer, firstStep: 3));
        Assert.Equal(Bits(whole.Weights), Bits(broken.Weights));
    }

    [Fact]
    public void Run_SaveEvery_SavesBetweenButNotAtTheEnd()
    {
        using var program = new LineProgram();
        var saved = new List<long>();

        Trainer.Run(program, Options(6, 1) with { SaveEvery = 2 }, program.Optimizer, hooks: new TrainingHooks { Save = saved.Add });

        Assert.Equal([2L, 4L], saved);
    }

    [Fact]
    public void Run_PrepareFails_SurfacesItAfterTheStepsBefore()
    {
        var thrown = new DataException("sample 9", "is broken");
        using var program = new LineProgram { OnPrepare = step => Fail(step == 2, thrown) };
        var recorder = new Recorder();

        Assert.Same(thrown, Assert.Throws<DataException>(() => Train(program, 9, recorder)));
        Assert.Equal(2, recorder.Steps.Count);
        Assert.Equal(0, program.OpenPieces);
    }

    [Fact]
    public void Run_PrepareGivesUpWaiting_SurfacesThatToo()
    {
        using var program = new LineProgram { OnPrepare = step => Fail(step == 1, new TaskCanceledException("the server did not answer")) };

        Assert.Equal("the server did not answer", Assert.Throws<TaskCanceledException>(() => Train(program, 4)).Message);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Run_PieceFails_SurfacesItAndLeavesNothingBehind(bool onOtherThread)
    {
        var before = SettledTensors.Count();
        var thrown = new InvalidOperationException("a piece failed");
        var starter = Environment.CurrentManagedThreadId;
        using var failed = new ManualResetEventSlim();
        using (var program = new LineProgram
        {
            OnRun = piece =>
            {
                if (piece.Step < 1)
                {
                    return;
                }

                var isOther = Environment.CurrentManagedThreadId != starter;
                // The starter's thread waits with its piece, so that the other one certainly gets one.
                _ = isOther == onOtherThread || failed.Wait(TimeSpan.FromSeconds(30));
                if (isOther == onOtherThread && piece.Number > 0)
                {
                    failed.Set();
                    throw thrown;
                }
            },
        })
        {
            Assert.Same(thrown, Assert.Throws<InvalidOperationException>(() => Train(program, 5)));
            Assert.Equal(0, program.OpenPieces);
        }

        Assert.Equal(before, LiveTensors.Count);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void Run_ToTheEnd_LeavesNoTensorBehind(int workers)
    {
        var before = SettledTensors.Count();
        using (var program = new LineProgram())
        {
            var held = SettledTensors.Count();
            Train(program, 6, workers: workers);
            Assert.Equal(held, LiveTensors.Count);
            Assert.All(program.ParameterGroups[0].Parameters, parameter => Assert.Null(parameter.Grad));
        }

        Assert.Equal(before, LiveTensors.Count);
    }

    [Fact]
    public void Run_NoWorkers_IsRefused()
    {
        using var program = new LineProgram();
        Assert.Throws<ArgumentOutOfRangeException>(() => Train(program, 1, workers: 0));
    }

    private static long Train(LineProgram program, long steps, ITrainingObserver? observer = null, int workers = 2) =>
        Trainer.Run(program, Options(steps, workers), program.Optimizer, observer);

    private static TrainingOptions Options(long steps, int workers) =>
        new() { Steps = steps, Workers = workers, Schedule = LearningRateSchedule.Constant(steps) };

    private static void CancelAt(StepReport report, long step, CancellationTokenSource cancel)
    {
        if (report.Step == step)
        {
            cancel.Cancel();
        }
    }

    private static void Fail(bool now, Exception failure)
    {
        if (now)
        {
            throw failure;
        }
    }

    private static int[] Bits(float[] values) => [.. values.Select(BitConverter.SingleToInt32Bits)];
}
