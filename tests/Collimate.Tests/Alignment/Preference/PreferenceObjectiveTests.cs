using Collimate.Adapters;
using Collimate.Alignment;
using Collimate.Alignment.Objectives;
using Collimate.Alignment.Objectives.Preference;
using Collimate.Tests.Models.Language;
using Collimate.Torch;
using Collimate.Training;

namespace Collimate.Tests.Alignment.Preference;

public sealed class PreferenceObjectiveTests
{
    [Theory]
    [InlineData("copy", true)]
    [InlineData("copy", false)]
    [InlineData("adapters", true)]
    [InlineData("adapters", false)]
    public void Loss_PolicyEqualsReference_IsTheLogarithmOfTwoUntilThePolicyMoves(string kind, bool packed)
    {
        using var scope = new TensorScope();
        using var model = TinyVisionModel.Create();
        if (kind == "adapters")
        {
            AddAdapter(model);
        }

        IReferenceModel reference = kind == "adapters" ? new AdaptersOff(_ => true) : FrozenCopy.Of(model, model.NamedParameters().Select(p => p.Name), () => TinyVisionModel.Create(9));
        using var objective = new PreferenceObjective(reference);
        var (before, measures) = Run();
        Assert.Equal(Math.Log(2), before, 1e-6);
        Assert.Equal(0, measures["dpo/margin"], 1e-5);

        using (GradMode.Disable())
        {
            var moved = kind == "adapters" ? AdapterSet.Find(model)!.ParametersOf("a") : [.. model.Language.Parameters()];
            foreach (var parameter in moved)
            {
                parameter.CopyFrom_(parameter + 0.05);
            }
        }

        var (after, _) = Run();
        Assert.True(Math.Abs(after - Math.Log(2)) > 1e-3, $"{after}");
        if (kind == "adapters")
        {
            Assert.Equal(["a"], AdapterSet.Find(model)!.Active); // switched on again
            using var off = AdapterSet.Find(model)!.Disabled();
            Assert.Equal(Math.Log(2), Run().Loss, 1e-6); // the reference has not moved
        }

        (double Loss, IReadOnlyDictionary<string, double> Measures) Run()
        {
            using var batch = TinyPairs.Batch(packed);
            var pass = model.Forward(batch, pass: new PassContext { Training = true });
            return (objective.Loss(pass, new BatchShare(batch.AnswerTokens, 6, default)).Item(), pass.Context.Measures.Means);
        }
    }

    [Theory]
    [InlineData(PreferenceLoss.Dpo, 0.1, 0, 0, true)]
    [InlineData(PreferenceLoss.Dpo, 0.7, 0.2, 0, false)]
    [InlineData(PreferenceLoss.Dpo, 0.3, 0, 0.5, true)]
    [InlineData(PreferenceLoss.Ipo, 0.4, 0, 0, true)]
    [InlineData(PreferenceLoss.Ipo, 0.1, 0, 1, false)]
    public void Loss_LossAndGradient_AreThoseOfADirectComputation(PreferenceLoss variant, double beta, double smoothing, double sft, bool packed)
    {
        using var scope = new TensorScope();
        using var model = TinyVisionModel.Create(3);
        using var other = TinyVisionModel.Create(4);
        using var batch = TinyPairs.Batch(packed);
        var pass = model.Forward(batch);
        var hidden = pass.Hidden.Detach();
        hidden.RequiresGrad = true;
        pass = pass with { Hidden = hidden };
        var held = other.Forward(batch) with { Model = model };
        using var objective = new PreferenceObjective(new Fixed(held), variant, beta, smoothing, sft);
        var answers = batch.Layouts.Take(batch.PairCount).Sum(layout => layout.AnswerCount);

        var loss = objective.Loss(pass, new BatchShare(answers, 6, default));
        loss.Backward();

        var expected = DirectPreference.Of(pass, held, variant, beta, smoothing, sft, answers, 6);
        Assert.Equal(expected.Loss, loss.Item(), Math.Abs(expected.Loss) * 1e-5);
        var gradient = hidden.Grad!.ToArray<float>();
        var largest = expected.Gradient.Max(Math.Abs);
        Assert.True(largest > 1e-4);
        Assert.All(expected.Gradient.Zip(gradient), pair => Assert.Equal(pair.First, pair.Second, largest * 1e-4));
        Assert.Equal(expected.Accuracy, pass.Context.Measures.Means["dpo/accuracy"], 1e-9);
        Assert.Equal(expected.Margin, pass.Context.Measures.Means["dpo/margin"], Math.Abs(expected.Margin) * 1e-4);
        Assert.Equal(pass.Context.Measures.Means["dpo/chosen_reward"] - pass.Context.Measures.Means["dpo/rejected_reward"], pass.Context.Measures.Means["dpo/margin"], 1e-9);
    }

    [Fact]
    public void Losses_KnownMargins_AreThePapersNumbers()
    {
        using var scope = new TensorScope();
        var margins = Tensor.From([0.0, 2.0, -5.0], [3]);

        Assert.Equal([Math.Log(2), Math.Log(1 + Math.Exp(-1)), Math.Log(1 + Math.Exp(2.5))], Rounded(PreferenceObjective.Losses(margins, PreferenceLoss.Dpo, 0.5)));
        Assert.Equal(
            [Math.Log(2), (0.9 * Math.Log(1 + Math.Exp(-1))) + (0.1 * Math.Log(1 + Math.Exp(1))), (0.9 * Math.Log(1 + Math.Exp(2.5))) + (0.1 * Math.Log(1 + Math.Exp(-2.5)))],
            Rounded(PreferenceObjective.Losses(margins, PreferenceLoss.Dpo, 0.5, 0.1)), (a, b) => Math.Abs(a - b) < 1e-9);
        Assert.Equal([1.0, 1, 36], Rounded(PreferenceObjective.Losses(margins, PreferenceLoss.Ipo, 0.5)));

        static double[] Rounded(Tensor losses) => [.. losses.ToArray<double>()];
    }

    [Fact]
    public void Forward_PairsThatShareTheirPictures_SeeWhatRowsWithPicturesOfTheirOwnSee()
    {
        using var scope = new TensorScope();
        using var model = TinyVisionModel.Create();
        using var pairs = TinyPairs.Batch(packed: false);
        using var apart = TinyVisionModel.Batcher(packed: false).ToBatch(
            [.. TinyPairs.Samples, .. TinyPairs.Samples.Select(sample => sample with { Conversation = sample.Rejected! })], forGeneration: false, Device.Cpu);

        Assert.Equal((6, 5, 10), (pairs.PairCount, pairs.Pictures, apart.Pictures));
        Assert.Equal(model.Forward(apart).Hidden.ToArray<float>(), model.Forward(pairs).Hidden.ToArray<float>(), (a, b) => Math.Abs(a - b) < 1e-4);
    }

    [Fact]
    public void Loss_RowsThatAreNoPairs_AreRefused()
    {
        using var scope = new TensorScope();
        using var model = TinyVisionModel.Create();
        using var batch = TinyVisionModel.Batcher(packed: true).ToBatch(TinyPairs.Samples, forGeneration: false, Device.Cpu);
        using var objective = new PreferenceObjective(new AdaptersOff(_ => true));

        Assert.Contains("pairs of rows", Assert.Throws<ArgumentException>(() => objective.Loss(model.Forward(batch), new BatchShare(1, 6, default))).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentOutOfRangeException>(() => new PreferenceObjective(new AdaptersOff(_ => true), beta: 0));
    }

    internal static void AddAdapter(VisionLanguageModel model)
    {
        using var generator = new Generator(2);
        AdapterSet.Of(model).Add("a", new AdapterConfig { Targets = ModulePattern.Of("q_proj", "down_proj"), Rank = 2, Dropout = 0.1 }, generator);
    }

    private sealed class Fixed(ForwardPass held) : IReferenceModel
    {
        public ForwardPass Run(ForwardPass pass) => held;

        public IReferenceModel ForReplica() => this;
    }
}
