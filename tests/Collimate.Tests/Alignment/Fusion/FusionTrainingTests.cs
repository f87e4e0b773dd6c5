using Collimate.Alignment;
using Collimate.Alignment.Objectives;
using Collimate.Data;
using Collimate.Data.Conversations;
using Collimate.Tests.Training;
using Collimate.Torch;
using Collimate.Torch.Optimization;
using Collimate.Training;
using Collimate.Training.Programs;

namespace Collimate.Tests.Alignment.Fusion;

/// <summary>Training with a fusion: threads, narrow products, recomputed layers and ranks come to the same model.</summary>
public sealed class FusionTrainingTests
{
    private static readonly Sample[] Samples =
    [
        TinyFusionModel.Ask("ab", "cd", 1), TinyFusionModel.Ask("abcdefg", "e", 2, 3), TinyFusionModel.Ask("f", "ggg"), TinyFusionModel.Ask("gfa", "edcba", 4),
    ];

    public static TheoryData<string> Kinds => new("paper", "authors", "both", "cross");

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Run_NarrowProductsAndLayersRecomputed_OneWorkerOrTwoSameBits(string kind)
    {
        var (one, two) = (Train(kind, 1, ScalarType.BFloat16, recomputes: true), Train(kind, 2, ScalarType.BFloat16, recomputes: true));

        Assert.Equal(one.Weights, two.Weights);
        Assert.Equal(one.Losses, two.Losses);
        Assert.All(one.Losses, loss => Assert.True(double.IsFinite(loss)));
        Assert.True(one.Losses[^1] < one.Losses[0], string.Join(", ", one.Losses));
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Run_TwoRanks_EqualOne(string kind)
    {
        var alone = Train(kind, 1, null, recomputes: false);
        using var meeting = new Barrier(2);
        var desk = new object?[2];
        var results = new (float[] Weights, double[] Losses)[2];
        var threads = Enumerable.Range(0, 2).Select(rank => new Thread(() => results[rank] = Train(kind, 1, null, recomputes: false, new ThreadRanks(rank, meeting, desk)))).ToArray();
        Array.ForEach(threads, thread => thread.Start());
        Array.ForEach(threads, thread => thread.Join());

        Assert.Equal(results[0].Weights, results[1].Weights);
        Assert.All(alone.Weights.Zip(results[0].Weights), pair => Assert.Equal(pair.First, pair.Second, 1e-5));
    }

    private static (float[] Weights, double[] Losses) Train(string kind, int workers, ScalarType? precision, bool recomputes, IRankGroup? ranks = null)
    {
        VisionLanguageModel Create(ulong seed)
        {
            var model = TinyFusionModel.Create(kind, seed: seed);
            model.RecomputesLayers = recomputes;
            return model;
        }

        using var model = Create(5);
        ParameterGroup[] groups = [new ParameterGroup("fusion", [.. model.NamedParameters().Where(p => p.Name.StartsWith("fusion.", StringComparison.Ordinal)).Select(p => p.Value)]) { LearningRate = 0.02 }];
        model.SetRequiresGrad(false);
        foreach (var parameter in groups[0].Parameters)
        {
            parameter.RequiresGrad = true;
        }

        using var program = new ConversationProgram(
            model, () => Create(6), groups, new Repeated(), TinyFusionModel.Batcher, [(new LanguageObjective(), 1)],
            new StageOptions("tiny", Samples.Length, 2, precision) { Rank = ranks?.Rank ?? 0, Ranks = ranks?.Count ?? 1 });
        using var optimizer = new AdamW(groups, epsilon: 1e-2);
        var recorder = new Recorder();
        Trainer.Run(program, new TrainingOptions { Steps = 4, Workers = workers, Schedule = LearningRateSchedule.Constant(4), Ranks = ranks }, optimizer, recorder);
        return ([.. groups[0].Parameters.SelectMany(p => p.ToArray<float>())], [.. recorder.Steps.Select(step => step.Loss)]);
    }

    private sealed class Repeated : ISampleSource
    {
        public IReadOnlyList<Sample> Draw(long step, int count) => [.. Samples.Take(count)];
    }
}
