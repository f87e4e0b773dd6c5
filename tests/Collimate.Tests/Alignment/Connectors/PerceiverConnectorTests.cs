using Collimate.Alignment.Connectors;
using Collimate.Tests.Models;
using Collimate.Torch;

namespace Collimate.Tests.Alignment.Connectors;

public sealed class PerceiverConnectorTests
{
    private static readonly PerceiverShape Shape = new(Queries: 3, Layers: 2, Heads: 2, HeadSize: 4, OutputScale: 1);

    [Fact]
    public void Project_SmallPicture_EqualsPlainArithmetic()
    {
        using var scope = new TensorScope();
        using var generator = new Generator(1);
        using var noGradient = GradMode.Disable();
        using var connector = new PerceiverConnector(6, 5, Shape, generator);
        connector.To(ScalarType.Float64);
        var patches = Tensor.RandomNormal([2, 4, 6], generator).To(ScalarType.Float64);

        Near.Assert(ByHand(connector.StateDict(), patches), connector.Project(patches), 1e-6, "tokens");
        Assert.Equal((3, null), (connector.TokenCount(4), connector.GridOf(new(2, 2))));
    }

    [Fact]
    public void Project_OtherPicturesBeside_ChangeNothing()
    {
        using var scope = new TensorScope();
        using var generator = new Generator(2);
        using var noGradient = GradMode.Disable();
        using var connector = new PerceiverConnector(6, 5, Shape, generator);
        var (one, two) = (Tensor.RandomNormal([1, 4, 6], generator), Tensor.RandomNormal([1, 4, 6], generator));

        var together = connector.Project(Tensor.Cat([two, one]));

        Near.Assert(connector.Project(one), together.Slice(0, 1), 1e-6, "the same picture, second in its batch");
        Assert.True((together.Select(0, 0) - together.Select(0, 1)).Abs().Max().Item() > 1e-3);
    }

    [Fact]
    public void Project_PatchesInAnotherOrder_GivesTheSameTokens()
    {
        using var scope = new TensorScope();
        using var generator = new Generator(3);
        using var noGradient = GradMode.Disable();
        using var connector = new PerceiverConnector(6, 5, Shape, generator);
        var patches = Tensor.RandomNormal([1, 4, 6], generator);

        Near.Assert(connector.Project(patches), connector.Project(patches.Flip(1)), 1e-5, "a set of patches has no order of its own");
    }

    [Fact]
    public void Gradients_OfEveryParameter_EqualDifferences()
    {
        using var scope = new TensorScope();
        using var generator = new Generator(4);
        using var connector = new PerceiverConnector(6, 5, Shape, generator);
        connector.To(ScalarType.Float64);
        connector.SetRequiresGrad(true);
        var patches = Tensor.RandomNormal([2, 4, 6], generator).To(ScalarType.Float64);
        patches.RequiresGrad = true;
        var weights = Tensor.RandomNormal([2, 3, 5], generator).To(ScalarType.Float64);

        FiniteDifferences.Check(connector, [patches], () => (connector.Project(patches) * weights).Sum());
    }

    private static Tensor ByHand(IReadOnlyDictionary<string, Tensor> state, Tensor patches)
    {
        var pictures = new List<Tensor>();
        for (var picture = 0; picture < patches.Size(0); picture++)
        {
            var (x, q) = (patches.Select(0, picture), state["latents"]);
            for (var layer = 0; layer < Shape.Layers; layer++)
            {
                Tensor Of(string name) => state[$"layers.{layer}.{name}"];
                Tensor Norm(Tensor of, string name) => of.LayerNorm([6], Of($"{name}.weight"), Of($"{name}.bias"));
                var normed = Norm(q, "0.norm_latents");
                var seen = Tensor.Cat([Norm(x, "0.norm_media"), normed]);
                var (queries, both) = (normed.MatMul(Of("0.to_q.weight").Transpose(0, 1)), seen.MatMul(Of("0.to_kv.weight").Transpose(0, 1)));
                var heads = Enumerable.Range(0, Shape.Heads).Select(head =>
                {
                    var (mine, keys, values) = (queries.Narrow(1, head * 4, 4), both.Narrow(1, head * 4, 4), both.Narrow(1, 8 + (head * 4), 4));
                    return (mine.MatMul(keys.Transpose(0, 1)) / 2).Softmax(-1).MatMul(values);
                });
                q += Tensor.Cat([.. heads], -1).MatMul(Of("0.to_out.weight").Transpose(0, 1));
                q += Norm(q, "1.0").MatMul(Of("1.1.weight").Transpose(0, 1)).Gelu().MatMul(Of("1.3.weight").Transpose(0, 1));
            }

            q = q.LayerNorm([6], state["norm.weight"], state["norm.bias"]);
            pictures.Add(q.MatMul(state["projection.weight"].Transpose(0, 1)) + state["projection.bias"]);
        }

        return Tensor.Cat([.. pictures.Select(one => one.Unsqueeze(0))]);
    }
}
