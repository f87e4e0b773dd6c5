using Collimate.Models.Permutation;
using Collimate.Torch;

namespace Collimate.Tests.Models.Permutation;

public sealed class GpsNetworkTests
{
    private static readonly GpsConfig Small = new() { Width = 6, Hidden = 10, Layers = 3, Dropout = 0.3 };

    [Fact]
    public void Scores_PermutedTokens_AreThePermutedScores()
    {
        using var scope = new TensorScope();
        using var network = Create(Small);
        var x = Tokens(2, 7);
        var order = Tensor.From<long>([3, 0, 6, 1, 5, 2, 4]);

        var expected = network.Scores(x).IndexSelect(1, order).IndexSelect(2, order);
        var found = network.Scores(x.IndexSelect(1, order));

        Assert.InRange((expected - found).Abs().Max().Item(), 0, 1e-5);
        Assert.True((expected - network.Scores(x)).Abs().Max().Item() > 0.1, "the order must matter");
    }

    [Theory]
    [InlineData(null)]
    [InlineData(11UL)]
    public void Scores_LastBlockWithoutItsDeadHalf_AreTheSameBits(ulong? dropout)
    {
        using var scope = new TensorScope();
        using var network = Create(Small);
        using var whole = new WholeNetwork(Small);
        whole.LoadStateDict(network.StateDict(), strict: false);
        var x = Tokens(2, 5);
        x.RequiresGrad = true;

        var lean = network.Scores(x, dropout);
        lean.Square().Sum().Backward();
        var mine = (Scores: lean.ToArray<float>(), Gradient: x.Grad!.ToArray<float>());
        x.Grad = null;
        var full = whole.Scores(x, dropout);
        full.Square().Sum().Backward();

        Assert.Equal(full.ToArray<float>(), mine.Scores);
        Assert.Equal(x.Grad!.ToArray<float>(), mine.Gradient);
        Assert.True(whole.ParameterCount > network.ParameterCount);
    }

    [Fact]
    public void Scores_Alpha_IsTheIdentityMatrixTimesAlphaAddedToTheLastAffinity()
    {
        using var scope = new TensorScope();
        using var without = Create(Small with { Alpha = 0 });
        using var with = Create(Small with { Alpha = 0.75 });
        var x = Tokens(1, 5);

        var explicitly = without.Scores(x) + (Tensor.Eye(5) * 0.75);

        Assert.Equal(explicitly.ToArray<float>(), with.Scores(x).ToArray<float>());
    }

    [Fact]
    public void Scores_DefinitionOperatorByOperator_IsTheSame()
    {
        using var scope = new TensorScope();
        using var network = Create(Small with { Layers = 2 });
        var state = network.StateDict();
        var x = Tokens(1, 5).Select(0, 0);

        Tensor Weight(string name) => state[name].Transpose(0, 1);
        Tensor Affinity(Tensor t, int block) => t.MatMul(Weight($"blocks.{block}.query.weight")).MatMul(t.MatMul(Weight($"blocks.{block}.key.weight")).Transpose(0, 1)) / Math.Sqrt(6);
        Tensor Norm(Tensor t, string name) => t.LayerNorm([6], state[$"{name}.weight"], state[$"{name}.bias"]);
        var read = Affinity(x, 0).Softmax(-1).MatMul(x.MatMul(Weight("blocks.0.value.weight")));
        var after = Norm(x + read, "blocks.0.attention_norm");
        var inner = (after.MatMul(Weight("blocks.0.up.weight")) + state["blocks.0.up.bias"]).Relu();
        var next = Norm(after + inner.MatMul(Weight("blocks.0.down.weight")) + state["blocks.0.down.bias"], "blocks.0.feed_forward_norm");
        var expected = Affinity(next, 1) + (Tensor.Eye(5) * 0.5);

        Assert.InRange((network.Scores(x.Unsqueeze(0)).Select(0, 0) - expected).Abs().Max().Item(), 0, 1e-5);
        Assert.Equal(13, state.Count);
    }

    [Fact]
    public void Backward_ThroughNoiseAndSinkhorn_EqualsFiniteDifferences()
    {
        using var scope = new TensorScope();
        using var network = Create(new GpsConfig { Width = 4, Hidden = 5, Layers = 2, ScoreWidth = 3, Dropout = 0.2 });
        network.To(ScalarType.Float64);
        var x = Tokens(1, 4).To(ScalarType.Float64);
        x.RequiresGrad = true;
        var sampler = new GumbelSinkhorn { Sinkhorn = new() { Iterations = 4 } };
        var targets = Tensor.From<long>([2, 0, 3, 1], [1, 4]);
        Tensor Loss() => PermutationLoss.Published(sampler.Of(network.Scores(x, 5), 0.8, 7).Matrix, targets);
        Loss().Backward();

        (string Name, Tensor Value)[] all = [("x", x), .. network.NamedParameters()];
        Assert.All(all, parameter =>
        {
            var gradient = parameter.Value.Grad!.ToArray<double>();
            var numbers = parameter.Value.Detach().ToArray<double>();
            for (var k = 0; k < numbers.Length; k += Math.Max(1, numbers.Length / 5))
            {
                Assert.Equal((At(+1e-5) - At(-1e-5)) / 2e-5, gradient[k], 1e-6);

                double At(double step)
                {
                    using var inner = new TensorScope();
                    using var _ = GradMode.Disable();
                    var moved = (double[])numbers.Clone();
                    moved[k] += step;
                    parameter.Value.CopyFrom_(Tensor.From(moved, parameter.Value.Shape));
                    var loss = Loss().Item();
                    parameter.Value.CopyFrom_(Tensor.From(numbers, parameter.Value.Shape));
                    return loss;
                }
            }
        });
    }

    [Fact]
    public void Scores_DropoutSeed_DecidesWhatIsLeftOut()
    {
        using var scope = new TensorScope();
        using var network = Create(Small);
        var x = Tokens(1, 5);

        Assert.Equal(network.Scores(x, 3).ToArray<float>(), network.Scores(x, 3).ToArray<float>());
        Assert.NotEqual(network.Scores(x, 3).ToArray<float>(), network.Scores(x, 4).ToArray<float>());
        Assert.NotEqual(network.Scores(x, 3).ToArray<float>(), network.Scores(x).ToArray<float>());
    }

    [Fact]
    public void Create_PaperShape_HasItsParametersWithoutTheDeadHalf()
    {
        const long Width = 2048, Hidden = 8192;
        using var deferred = new GpsNetworkShape();

        var whole = 4 * ((3 * Width * Width) + (2 * Width * Hidden) + Hidden + Width + (4 * Width));
        var dead = (Width * Width) + (2 * Width * Hidden) + Hidden + Width + (4 * Width);
        Assert.Equal(whole - dead, deferred.Count);
        Assert.InRange(whole, 184_000_000, 186_000_000);
    }

    [Theory]
    [InlineData(0, 1, 1, 0.5, 0.1)]
    [InlineData(4, -1, 1, 0.5, 0.1)]
    [InlineData(4, 1, 0, 0.5, 0.1)]
    [InlineData(4, 1, 1, double.NaN, 0.1)]
    [InlineData(4, 1, 1, 0.5, 1)]
    [InlineData(4, 1, 1, 0.5, double.NaN)]
    public void Create_ImpossibleShape_IsRefused(int width, int hidden, int layers, double alpha, double dropout) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new GpsNetwork(new GpsConfig { Width = width, Hidden = hidden, Layers = layers, Alpha = alpha, Dropout = dropout }));

    [Fact]
    public void Scores_TokensOfAnotherWidth_SaySo()
    {
        using var network = Create(Small);
        using var x = Tensor.Zeros([1, 3, 5]);

        Assert.Contains("[batch, tokens, 6]", Assert.Throws<ArgumentException>(() => network.Scores(x)).Message, StringComparison.Ordinal);
    }

    private static GpsNetwork Create(GpsConfig config)
    {
        using var generator = new Generator(2);
        return new GpsNetwork(config, generator);
    }

    private static Tensor Tokens(int sets, int count)
    {
        using var generator = new Generator(9);
        return Tensor.RandomNormal([sets, count, 6], generator).Narrow(2, 0, 6) is var x && count == 4 ? x.Narrow(2, 0, 4) : x;
    }

    // Every block whole, and of the last one the scores: what the authors' code computes.
    private sealed class WholeNetwork : Module
    {
        private readonly GpsConfig config;
        private readonly GpsBlock[] blocks;

        public WholeNetwork(GpsConfig config)
        {
            this.config = config;
            blocks = [.. Enumerable.Range(0, config.Layers).Select(k => AddModule($"blocks.{k}", new GpsBlock(config, scoresOnly: false, null)))];
        }

        public Tensor Scores(Tensor x, ulong? seed)
        {
            var dropout = seed is { } given ? new PassDropout(config.Dropout, given) : null;
            var scores = x;
            foreach (var block in blocks)
            {
                scores = block.Scores(x);
                x = block.Forward(x, dropout);
            }

            return scores;
        }
    }

    private sealed class GpsNetworkShape : IDisposable
    {
        private readonly GpsNetwork network;

        public GpsNetworkShape()
        {
            using var _ = Torch.Layers.Initialization.Defer(); // addresses only: nothing this large is drawn
            network = new GpsNetwork(new GpsConfig { Width = 2048, Hidden = 8192, Layers = 4 });
        }

        public long Count => network.ParameterCount;

        public void Dispose() => network.Dispose();
    }
}
