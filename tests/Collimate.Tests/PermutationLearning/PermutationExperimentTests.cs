using Collimate.Models.Permutation;
using Collimate.PermutationLearning;
using Collimate.Torch;
using Collimate.Torch.Fused;

namespace Collimate.Tests.PermutationLearning;

public sealed class PermutationExperimentTests
{
    private static readonly PermutationSettings Tiny = PermutationSettings.Lean with
    {
        Tokens = 20, Sets = 4, Network = new GpsConfig { Width = 32, Hidden = 32, Layers = 2, Dropout = 0 }, Steps = 25, LearningRate = 1e-2,
    };

    [Fact]
    public void Run_RandomPermutations_AreLearntByHeart()
    {
        var report = PermutationExperiment.Run(Tiny);

        Assert.Equal((1, true), (report.Headline.Accuracy, report.Headline.IsPermutation));
        Assert.Equal(1, report.Clean.Soft.Accuracy);
        Assert.InRange(report.Steps[0].Figures.Accuracy, 0, 0.3);
        Assert.InRange(report.FirstPerfectStep!.Value, 2, 25);
        Assert.Null(report.HeldOut);
        // The temperature of the first step is the start; of the last, one step before the end of its course.
        Assert.Equal(2, report.Steps[0].Temperature);
        Assert.Equal(new TemperatureSchedule(2, 0.1).At(24 / 25.0), report.Steps[^1].Temperature);
    }

    [Fact]
    public void Run_OneWorkerOrTwo_SameFigures()
    {
        var settings = Tiny with { Steps = 4, Network = Tiny.Network with { Dropout = 0.2 } };

        var (one, two) = (PermutationExperiment.Run(settings), PermutationExperiment.Run(settings, workers: 2));

        Assert.Equal(one.Steps.Select(step => step.Figures), two.Steps.Select(step => step.Figures));
        Assert.NotEqual(one.Steps[^1].Figures, PermutationExperiment.Run(settings with { Seed = 2 }).Steps[^1].Figures);
    }

    [Fact]
    public void Run_PublishedCourse_IsHardAfterHalf()
    {
        // A rate of nearly nothing: what changes is the matrix that the loss is taken of.
        var settings = Tiny with { Loss = PermutationLossKind.Published, HardAfter = 0.5, Steps = 4, LearningRate = 1e-12, Sinkhorn = SinkhornOptions.Paper, Temperature = new(1, 1), Noise = 0 };

        var losses = PermutationExperiment.Run(settings).Steps.Select(step => step.Figures.Loss).ToArray();

        // 18.42 = −ln 1e-8, the loss of a wrong row of a hard matrix.
        Assert.All(losses[..3], loss => Assert.InRange(loss, 1, 8));
        Assert.InRange(losses[3], 10, 18.6);
    }

    [Fact]
    public void Run_Sort_IsRightOnSetsThatWereNeverTrainedOn()
    {
        var settings = PermutationSettings.Sort with { Tokens = 8, Sets = 4, Steps = 150, Network = PermutationSettings.Sort.Network with { Width = 6 } };

        var report = PermutationExperiment.Run(settings);

        Assert.InRange(report.HeldOut!.Hard.Accuracy, 0.8, 1);
        Assert.True(report.HeldOut.Hard.IsPermutation);
        Assert.Equal(report.HeldOut.Hard, report.Headline);
    }

    [Fact]
    public void Draw_Sort_TargetsOrderTheTokensAndStepsDiffer()
    {
        var task = PermutationTask.Create(PermutationSettings.Sort with { Tokens = 9 });

        var sets = task.Draw(0)[0];
        var (tokens, target) = (sets.Tokens[0], sets.Targets[0]);

        Assert.Equal(Enumerable.Range(0, 9).Select(at => (long)at), target.Order());
        // The last number of a token is its place's address, the same in every set.
        var addresses = Enumerable.Range(0, 9).Select(at => tokens[(at * 16) + 15]).ToArray();
        Assert.Equal(addresses.Order(), addresses);
        Assert.Equal(0, addresses[4], 1e-6f);
        Assert.NotEqual(tokens, task.Draw(1)[0].Tokens[0]);
        Assert.Equal(tokens, task.Draw(0)[0].Tokens[0]);
        Assert.DoesNotContain(task.HeldOut, held => held.Tokens[0].SequenceEqual(tokens));
    }

    [Fact]
    public void Film_Frames_AreADozenMomentsFromTheFirstToTheLast()
    {
        var report = PermutationExperiment.Run(Tiny with { Noise = 0 });

        Assert.Equal((1, 25), (report.Frames[0].Step, report.Frames[^1].Step));
        Assert.InRange(report.Frames.Count, 8, 12);
        var last = report.Frames[^1];
        // A permutation that has been learnt lies on the diagonal of the sorted picture.
        Assert.All(Enumerable.Range(0, 20), at => Assert.InRange(last.Sorted[(at * 20) + at], 200, 255));
        Assert.InRange(last.Sorted.Sum(value => value), 0, 20 * 255 + 2000);
        var film = PermutationPage.Film(report.Frames);
        Assert.Equal(((report.Frames.Count * 204) + 4, 412), (film.Width, film.Height));
    }

    [Fact]
    public void Run_Cancelled_EndsBetweenTwoSetsAndReleasesEverything()
    {
        var before = SettledTensors.Count();
        using var cancel = new CancellationTokenSource();

        Assert.Throws<OperationCanceledException>(() => PermutationExperiment.Run(Tiny, new Canceller(cancel), cancellation: cancel.Token));

        Assert.Equal(before, LiveTensors.Count);
    }

    [Theory]
    [InlineData(1, 1, 1e-3, 1)]
    [InlineData(-5, 1, 1e-3, 1)]
    [InlineData(10_001, 1, 1e-3, 1)]
    [InlineData(5, 0, 1e-3, 1)]
    [InlineData(5, 1, double.NaN, 1)]
    [InlineData(5, 1, 1e-3, double.NaN)]
    [InlineData(5, 1, 1e-3, -1)]
    public void Run_ImpossibleSettings_AreRefused(int tokens, long steps, double rate, double noise) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => PermutationExperiment.Run(Tiny with { Tokens = tokens, Steps = steps, LearningRate = rate, Noise = noise }));

    private sealed class Canceller(CancellationTokenSource source) : IPermutationObserver
    {
        public void OnStep(PermutationStep step) => source.Cancel();

        public void OnSkippedStep(long step, double gradientNorm)
        {
        }
    }
}
