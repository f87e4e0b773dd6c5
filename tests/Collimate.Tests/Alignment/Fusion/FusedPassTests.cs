using Collimate.Alignment;
using Collimate.Data.Conversations;
using Collimate.Generation;
using Collimate.Tests.Alignment.TokenMixer;
using Collimate.Tests.Models;
using Collimate.Torch;
using FsCheck;
using FsCheck.Fluent;

namespace Collimate.Tests.Alignment.Fusion;

/// <summary>What holds for every fusion: a sample's result is its own, generation on a cache equals passes over everything, gradients are right.</summary>
public sealed class FusedPassTests
{
    public static TheoryData<string> All => TinyFusionModel.All;

    public static TheoryData<string, string> Orders
    {
        get
        {
            var data = new TheoryData<string, string>();
            foreach (var kind in (string[])["paper", "authors", "both", "cross", "cross-all"])
            {
                foreach (var order in (string[])["concat", "mixer", "gps"])
                {
                    data.Add(kind, order);
                }
            }

            data.Add("cross", "text_only");
            data.Add("separate", "concat");
            data.Add("additive", "concat");
            data.Add("gated", "concat");
            data.Add("late", "concat");
            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Orders))]
    public void Generate_OnACache_EqualsGreedyDecodingByFullPasses(string kind, string order)
    {
        using var model = TinyFusionModel.Create(kind, order, filled: order != "concat");
        var batcher = order == "mixer" ? MixerSamples.Batcher : TinyFusionModel.Batcher;
        Prop.ForAll(TinyVisionModel.AnySample.Generator.Two().ToArbitrary(), samples =>
        {
            using var scope = new TensorScope();
            Sample[] rows = [samples.Item1, samples.Item2];
            using var session = new VisionLanguageSession(model, batcher.ToBatch(rows, forGeneration: true, Device.Cpu));

            var generated = new TextGenerator().Generate(session, [[], []], new GenerationOptions { MaxNewTokens = 5, StopTokens = [] });

            foreach (var (sample, row) in rows.Zip(generated))
            {
                Assert.Equal(FullPasses.Greedy(model, batcher, sample, 5), row.Tokens);
            }
        }).Check(Properties.Hold.WithMaxTest(4));
    }

    [Theory]
    [MemberData(nameof(All))]
    public void Forward_OtherRowsBesideIt_LeaveASamplesResultAlone(string kind)
    {
        using var model = TinyFusionModel.Create(kind);
        using var scope = new TensorScope();
        using var noGradient = GradMode.Disable();
        Sample[] samples = [TinyFusionModel.Ask("abc", "de", 1, 2), TinyFusionModel.Ask("abcdefgabcdefgabcd", "f", 3), TinyFusionModel.Ask("g", "a")];

        foreach (var order in (int[][])[[0, 1, 2], [2, 1, 0], [1, 0, 2]])
        {
            using var together = TinyFusionModel.Batch([.. order.Select(number => samples[number])]);
            var pass = model.Forward(together);
            foreach (var (row, number) in order.Index())
            {
                using var alone = TinyFusionModel.Batch(samples[number]);
                var expected = model.Forward(alone);
                var length = expected.Sequence.Positions.RowLengths[0];
                Near.Assert(expected.Hidden.Select(0, 0).Narrow(0, 0, length), pass.Hidden.Select(0, row).Narrow(0, 0, length), 1e-5, $"sample {number} in row {row}");
            }
        }
    }

    [Theory]
    [MemberData(nameof(All))]
    public void SelectRows_InAnotherOrderAndTwice_GoesOnAsThoseRows(string kind)
    {
        using var model = TinyFusionModel.Create(kind);
        using var scope = new TensorScope();
        using var noGradient = GradMode.Disable();
        Sample[] samples = [TinyFusionModel.Ask("abc", "", 1, 2), TinyFusionModel.Ask("gf", "", 3), TinyFusionModel.Ask("e", "")];
        Sample[] chosen = [samples[1], samples[0], samples[1]];
        using var session = Session(samples);
        using var expected = Session(chosen);

        session.Prefill();
        expected.Prefill();
        session.SelectRows([1, 0, 1]);

        Near.Assert(expected.Step([4, 5, 6]), session.Step([4, 5, 6]), 1e-5, "first step");
        session.SelectRows([2, 1]);
        expected.SelectRows([2, 1]);
        Near.Assert(expected.Step([7, 8]), session.Step([7, 8]), 1e-5, "second step");

        VisionLanguageSession Session(Sample[] rows) => new(model, TinyFusionModel.Batcher.ToBatch(
            [.. rows.Select(sample => sample with { Conversation = [sample.Conversation[0]] })], forGeneration: true, Device.Cpu));
    }

    [Theory]
    [MemberData(nameof(All))]
    public void Generate_ThenDispose_LeavesNoTensorBehind(string kind)
    {
        var before = LiveTensors.Count;
        using (var model = TinyFusionModel.Create(kind))
        {
            var sample = new Sample("s", [TinyVisionModel.Picture(1)], [new Turn("user", "<image>abc")]);
            using var session = new VisionLanguageSession(model, TinyFusionModel.Batcher.ToBatch([sample, sample], forGeneration: true, Device.Cpu));
            new TextGenerator().Generate(session, [new([], new GenerationOptions { MaxNewTokens = 3 }), new([], new GenerationOptions { MaxNewTokens = 5 })]);
        }

        Assert.Equal(before, LiveTensors.Count);
    }

    [Theory]
    [MemberData(nameof(All))]
    public void Backward_InDoublePrecision_EqualsFiniteDifferences(string kind)
    {
        using var model = TinyFusionModel.Create(kind);
        model.To(ScalarType.Float64);
        using var scope = new TensorScope();
        using var batch = TinyFusionModel.Batch(TinyFusionModel.Ask("abc", "de", 1, 2), TinyFusionModel.Ask("fgabcd", "a"));
        Loss(model, batch).Backward();
        var random = new Random(3);

        foreach (var (name, parameter) in model.NamedParameters().Where(p => p.Name.StartsWith("fusion.", StringComparison.Ordinal) || p.Name == "language_model.model.embed_tokens.weight" || p.Name.EndsWith("linear_1.weight", StringComparison.Ordinal)))
        {
            var gradient = parameter.Grad!.ToArray<double>();
            for (var trial = 0; trial < 2; trial++)
            {
                var at = random.Next(gradient.Length);
                var slope = Slope(model, batch, parameter, at);
                Assert.True(Math.Abs(slope - gradient[at]) <= 1e-6 * Math.Max(1, Math.Abs(slope)), $"{name}[{at}]: {gradient[at]:g9} where the slope is {slope:g9}");
            }
        }
    }

    [Theory]
    [MemberData(nameof(All))]
    public void Backward_LayersRecomputed_HasTheSameGradients(string kind)
    {
        using var model = TinyFusionModel.Create(kind, filled: true);
        using var scope = new TensorScope();
        using var batch = TinyFusionModel.Batch(TinyFusionModel.Ask("abc", "de", 1, 2), TinyFusionModel.Ask("fg", "a"));
        float[][] Gradients(bool recomputes)
        {
            model.RecomputesLayers = recomputes;
            Loss(model, batch).Backward();
            var all = model.NamedParameters().Select(p => p.Value.Grad is { } gradient ? Near.Floats(gradient) : []).ToArray();
            foreach (var parameter in model.Parameters())
            {
                parameter.Grad = null;
            }

            return all;
        }

        var (kept, recomputed) = (Gradients(false), Gradients(true));

        Assert.All(kept.Zip(recomputed), pair => Assert.InRange(Near.Distance(pair.First, pair.Second), 0, 1e-3));
        Assert.Contains(model.NamedParameters().Zip(recomputed), pair => pair.First.Name.StartsWith("vision_tower.", StringComparison.Ordinal) && pair.Second.Any(value => value != 0));
    }

    private static Tensor Loss(VisionLanguageModel model, Batch batch)
    {
        var pass = model.Forward(batch, null, new PassContext { Training = true });
        var positions = pass.Sequence.Positions;
        double[] weights = [.. Enumerable.Range(0, positions.Rows * positions.Length).Select(at => positions.Labels[at] == Positions.NoLabel ? 0 : 1 + (0.1 * at))];
        var each = Tensor.From(weights, [positions.Rows, positions.Length, 1]).To(pass.Hidden.Type);
        return (pass.Hidden.Square() * each).Sum() + (pass.Hidden * each).Sum();
    }

    private static double Slope(VisionLanguageModel model, Batch batch, Tensor parameter, int at)
    {
        const double Step = 1e-5;
        using var scope = new TensorScope();
        using var noGradient = GradMode.Disable();
        var entry = parameter.Detach().Reshape(-1).Narrow(0, at, 1);
        var before = entry.Item();
        entry.Fill_(before + Step);
        var up = Loss(model, batch).Item();
        entry.Fill_(before - Step);
        var down = Loss(model, batch).Item();
        entry.Fill_(before);
        return (up - down) / (2 * Step);
    }
}
