using Collimate.Alignment;
using Collimate.Alignment.Connectors;
using Collimate.Alignment.Reading;
using Collimate.Alignment.Towers;
using Collimate.Data.Conversations;
using Collimate.Tests.Models;
using Collimate.Torch;

namespace Collimate.Tests.Alignment.Connectors;

/// <summary>Connectors other than the plain MLP and the resampler, held against plain arithmetic, differences and each other.</summary>
public sealed class ConnectorTests
{
    private static readonly QFormerShape Former = new(Queries: 3, Width: 8, Layers: 3, Heads: 2, Intermediate: 10, CrossEvery: 2, OutputScale: 1, MostWords: 5);

    [Fact]
    public void Project_FusedMlp_WidensFourTimesAndEndsInTwoLayersOfTheDecodersWidth()
    {
        using var scope = new TensorScope();
        using var noGradient = GradMode.Disable();
        using var generator = new Generator(1);
        using var connector = new FusedMlpConnector(6, 5, 1, generator);
        var state = connector.StateDict();
        var x = Tensor.RandomNormal([2, 4, 6], generator);
        Tensor Layer(Tensor of, int number) => of.MatMul(state[$"projector.{number}.weight"].Transpose(0, 1)) + state[$"projector.{number}.bias"];

        Near.Assert(Layer(Layer(Layer(x, 0).Gelu(), 2).Gelu(), 4), connector.Project(x), 1e-5, "tokens");
        Assert.Equal("24x6 5x24 5x5", string.Join(' ', new[] { 0, 2, 4 }.Select(layer => string.Join('x', state[$"projector.{layer}.weight"].Shape))));
    }

    [Fact]
    public void Project_PixelShuffle_PutsTheBlocksOfTheGridRowByRow()
    {
        using var scope = new TensorScope();
        using var noGradient = GradMode.Disable();
        using var generator = new Generator(2);
        using var connector = new PixelShuffleConnector(3, new PatchGrid(4, 6), 2, 5, 1, generator);
        var state = connector.StateDict();
        var x = Tensor.RandomNormal([1, 24, 3], generator);

        var found = connector.Project(x);

        Assert.Equal((6, new PatchGrid(2, 3)), (connector.TokenCount(24), connector.GridOf(new PatchGrid(4, 6))!.Value));
        int[] last = [16, 17, 22, 23]; // the block in the second row and third column
        var block = Tensor.Cat([.. last.Select(patch => x.Select(0, 0).Select(0, patch))]).LayerNorm([12]);
        var expected = (block.MatMul(state["mlp1.1.weight"].Transpose(0, 1)) + state["mlp1.1.bias"]).Gelu().MatMul(state["mlp1.3.weight"].Transpose(0, 1)) + state["mlp1.3.bias"];
        Near.Assert(expected, found.Select(0, 0).Select(0, 5), 1e-5, "last token");
    }

    [Theory]
    [InlineData(3, 4)]
    [InlineData(4, 5)]
    [InlineData(0, 0)]
    public void Construct_PixelShuffleOnAGridThatHasNoBlocks_IsRefused(int rows, int columns)
    {
        var failure = Assert.Throws<ArgumentException>(() => new PixelShuffleConnector(3, new PatchGrid(rows, columns), 2, 5, 1, null));

        Assert.Contains($"{rows} x {columns} patches cannot be cut into blocks of 2 x 2", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void TokenCount_PixelShuffleOfMoreThanPatches_IsRefused()
    {
        using var connector = new PixelShuffleConnector(3, new PatchGrid(4, 4), 2, 5, 1, null);

        Assert.Throws<ArgumentException>(() => connector.TokenCount(17));
    }

    [Fact]
    public void Project_QFormer_EqualsPlainArithmetic()
    {
        using var scope = new TensorScope();
        using var noGradient = GradMode.Disable();
        using var generator = new Generator(3);
        using var connector = Drawn(new QFormerConnector(6, 5, Former, null, generator), generator);
        var patches = Tensor.RandomNormal([2, 7, 6], generator);

        var found = connector.Project(patches);

        Assert.Equal([2, 3, 5], found.Shape);
        for (var picture = 0; picture < 2; picture++)
        {
            Near.Assert(ByHand(connector.StateDict(), patches.Select(0, picture)), found.Select(0, picture), 1e-4, $"picture {picture}");
        }
    }

    [Theory]
    [InlineData(2)] // fewer patches than queries
    [InlineData(7)]
    public void Gradients_OfAQFormer_EqualDifferences(int patchCount)
    {
        using var scope = new TensorScope();
        using var generator = new Generator(4);
        using var connector = Drawn(new QFormerConnector(6, 5, Former, null, generator), generator);
        connector.To(ScalarType.Float64);
        connector.SetRequiresGrad(true);
        var patches = Tensor.RandomNormal([2, patchCount, 6], generator).To(ScalarType.Float64);
        patches.RequiresGrad = true;
        var weights = Tensor.RandomNormal([2, 3, 5], generator).To(ScalarType.Float64);

        FiniteDifferences.Check(connector, [patches], () => (connector.Project(patches) * weights).Sum());
    }

    [Fact]
    public void Gradients_OfAQFormerThatReadsTheQuestion_EqualDifferences()
    {
        using var scope = new TensorScope();
        using var model = Reading();
        model.To(ScalarType.Float64);
        model.SetRequiresGrad(false);
        var connector = (Module)model.Connector;
        connector.SetRequiresGrad(true);
        using var batch = TinyVisionModel.Batcher(false, 3).ToBatch([TinyVisionModel.Asked("abc", "d", 1), TinyVisionModel.Asked("gfedcba", "d", 2)], false, Device.Cpu);
        var weights = Tensor.RandomNormal([2, 3, TinyVisionModel.HiddenSize], new Generator(5)).To(ScalarType.Float64);

        FiniteDifferences.Check(connector, [], () => (model.Compose(batch).Visual! * weights).Sum());
    }

    [Theory]
    [InlineData("mlp")]
    [InlineData("shuffle")]
    public void Gradients_OfPatchwiseConnectors_EqualDifferences(string kind)
    {
        using var scope = new TensorScope();
        using var generator = new Generator(6);
        using Module connector = kind == "mlp" ? new FusedMlpConnector(6, 5, 1, generator) : new PixelShuffleConnector(6, new PatchGrid(2, 4), 2, 5, 1, generator);
        connector.To(ScalarType.Float64);
        connector.SetRequiresGrad(true);
        var patches = Tensor.RandomNormal([2, 8, 6], generator).To(ScalarType.Float64);
        patches.RequiresGrad = true;

        FiniteDifferences.Check(connector, [patches], () => ((IConnector)connector).Project(patches).Square().Sum());
    }

    [Fact]
    public void Project_QFormerThatReadsTheQuestion_DependsOnItAndNotOnItsCompany()
    {
        using var scope = new TensorScope();
        using var noGradient = GradMode.Disable();
        using var model = Reading();
        Sample[] samples = [TinyVisionModel.Asked("abc", "d", 1), TinyVisionModel.Asked("abd", "d", 1), TinyVisionModel.Asked("gfedcba", "d", 2)];
        using var together = TinyVisionModel.Batcher(false, 3).ToBatch(samples, false, Device.Cpu);
        using var alone = TinyVisionModel.Batcher(false, 3).ToBatch([samples[0]], false, Device.Cpu);

        var visual = model.Compose(together).Visual!;

        Near.Assert(model.Compose(alone).Visual!, visual.Slice(0, 0, 1), 1e-5, "company");
        Assert.True((visual.Select(0, 0) - visual.Select(0, 1)).Abs().Max().Item() > 1e-3, "another question about the same picture");
        Assert.True(model.LooksByQuestion);
        Assert.Equal(3, model.TokensPerImage);
    }

    private static VisionLanguageModel Reading()
    {
        var model = TinyVisionModel.Create(7, connector: (tower, generator) => new QFormerConnector(tower.Width, TinyVisionModel.HiddenSize, Former, new DecoderReader(TinyVisionModel.HiddenSize), generator));
        using var scope = new TensorScope();
        using var generator = new Generator(8);
        Drawn((QFormerConnector)model.Connector, generator);
        return model;
    }

    // Fresh weights are too small for a mistake to show.
    private static QFormerConnector Drawn(QFormerConnector connector, Generator generator)
    {
        using var noGradient = GradMode.Disable();
        foreach (var (name, value) in connector.NamedParameters())
        {
            var centre = name.Contains("orm", StringComparison.Ordinal) && name.EndsWith("weight", StringComparison.Ordinal) ? 1 : 0;
            value.CopyFrom_((Tensor.RandomNormal(value.Shape, generator) * 0.4) + centre);
        }

        return connector;
    }

    private static Tensor ByHand(IReadOnlyDictionary<string, Tensor> state, Tensor patches)
    {
        Tensor Map(Tensor x, string name) => x.MatMul(state[$"{name}.weight"].Transpose(0, 1)) + state[$"{name}.bias"];
        Tensor Norm(Tensor x, string name, double epsilon = 1e-12) => x.LayerNorm([x.Size(1)], state[$"{name}.weight"], state[$"{name}.bias"], epsilon);
        Tensor Attend(Tensor from, Tensor to, string name)
        {
            var (q, k, v) = (Map(from, $"{name}.query"), Map(to, $"{name}.key"), Map(to, $"{name}.value"));
            return Tensor.Cat([.. Enumerable.Range(0, 2).Select(head => (q.Narrow(1, head * 4, 4).MatMul(k.Narrow(1, head * 4, 4).Transpose(0, 1)) / 2).Softmax(-1).MatMul(v.Narrow(1, head * 4, 4)))], -1);
        }

        var seen = Norm(patches, "ln_vision", 1e-5);
        var x = Norm(state["query_tokens"].Select(0, 0), "qformer.layernorm");
        for (var layer = 0; layer < 3; layer++)
        {
            var at = $"qformer.encoder.layer.{layer}";
            x = Norm(Map(Attend(x, x, $"{at}.attention.attention"), $"{at}.attention.output.dense") + x, $"{at}.attention.output.LayerNorm");
            x = layer % 2 == 0 ? Norm(Map(Attend(x, seen, $"{at}.crossattention.attention"), $"{at}.crossattention.output.dense") + x, $"{at}.crossattention.output.LayerNorm") : x;
            x = Norm(Map(Map(x, $"{at}.intermediate_query.dense").Gelu(), $"{at}.output_query.dense") + x, $"{at}.output_query.LayerNorm");
        }

        return Map(x, "language_projection");
    }
}
