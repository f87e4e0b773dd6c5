using Collimate.Models.Text;
using Collimate.Models.Vision;
using Collimate.Torch;

namespace Collimate.Tests.Models.Vision;

public sealed class VisionTransformerTests
{
    private static readonly VisionConfig Siglip = new() { HiddenSize = 16, LayerCount = 2, HeadCount = 4, IntermediateSize = 24, ImageSize = 12, PatchSize = 4 };
    private static readonly VisionConfig Clip = Siglip with { Family = EncoderFamily.Clip, HasPoolingHead = false };

    [Theory]
    [InlineData(12, 4)]
    [InlineData(14, 4)]
    public void PatchEmbedding_AnyPicture_EqualsConvolution(int image, int patch)
    {
        using var scope = new TensorScope();
        using var generator = new Generator(1);
        var config = Siglip with { ImageSize = image, PatchSize = patch };
        using var embedding = new PatchEmbedding(config, generator);
        var pixels = Tensor.RandomNormal([2, 3, image, image], generator);
        var parameters = embedding.NamedParameters().ToDictionary(p => p.Name, p => p.Value);

        var convolved = pixels.Conv2d(parameters["weight"], parameters["bias"], stride: patch).Flatten(2).Transpose(1, 2);

        Near.Assert(convolved, embedding.Forward(pixels), 1e-5, "patches");
    }

    [Fact]
    public void Backward_RecomputedLayers_GivesTheSameGradients()
    {
        using var scope = new TensorScope();
        using var generator = new Generator(1);
        using var tower = new VisionTransformer(Siglip with { HasPoolingHead = false }, generator);
        var pixels = Tensor.RandomNormal([2, 3, 12, 12], generator);
        float[][] Gradients(bool recompute)
        {
            tower.RecomputesLayers = recompute;
            tower.HiddenState(pixels, -1).Square().Sum().Backward();
            float[][] found = [.. tower.Parameters().Where(p => p.Grad is not null).Select(p => p.Grad!.ToArray<float>())];
            foreach (var parameter in tower.Parameters())
            {
                parameter.Grad = null;
            }

            return found;
        }

        var kept = Gradients(recompute: false);
        Assert.True(kept.Length > 20 && kept.All(g => g.Any(x => x != 0)));
        Assert.Equal(kept, Gradients(recompute: true));
    }

    [Fact]
    public void Encode_PixelsOfAnotherSize_NamesBothShapes()
    {
        using var scope = new TensorScope();
        using var tower = new VisionTransformer(Siglip);
        var error = Assert.Throws<ArgumentException>(() => tower.Encode(Tensor.Zeros([1, 3, 16, 16])));
        Assert.Contains("[1, 3, 16, 16]", error.Message, StringComparison.Ordinal);
        Assert.Contains("[images, 3, 12, 12]", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(3)]
    [InlineData(-4)]
    public void HiddenState_NumberBeyondTheLayers_IsRefused(int number)
    {
        using var scope = new TensorScope();
        using var tower = new VisionTransformer(Siglip);
        Assert.Throws<ArgumentOutOfRangeException>(() => tower.HiddenState(Tensor.Zeros([1, 3, 12, 12]), number));
    }

    [Fact]
    public void PatchesOf_ClipTokens_LeavesOutTheClassToken()
    {
        using var scope = new TensorScope();
        using var generator = new Generator(2);
        using var tower = new VisionTransformer(Clip, generator);
        var states = tower.HiddenState(Tensor.RandomNormal([2, 3, 12, 12], generator), -2);
        Assert.Equal([2, 10, 16], states.Shape);
        Near.Assert(states.Slice(1, 1), tower.PatchesOf(states), 0, "patches");
    }

    [Fact]
    public void PooledPatches_SiglipPictureOfOnePatch_EqualsItsPooledVector()
    {
        using var scope = new TensorScope();
        using var generator = new Generator(3);
        using var tower = new VisionTransformer(Siglip with { ImageSize = 4 }, generator);
        var pixels = Tensor.RandomNormal([3, 3, 4, 4], generator);
        Near.Assert(tower.Encode(pixels).Pooled!, tower.PooledPatches(pixels).Select(1, 0), 1e-5, "pooled patch");
    }

    [Fact]
    public void PooledPatches_Siglip_EachEqualsPoolingItAlone()
    {
        using var scope = new TensorScope();
        using var generator = new Generator(4);
        var shape = new Collimate.Models.Encoders.EncoderShape(16, 1, 4, 24, Collimate.Models.Activation.GeluTanh, 1e-6);
        using var head = new AttentionPoolingHead(shape, generator);
        var tokens = Tensor.RandomNormal([2, 5, 16], generator);
        var each = head.PoolEach(tokens);
        for (var token = 0; token < 5; token++)
        {
            Near.Assert(head.Pool(tokens.Slice(1, token, token + 1)), each.Select(1, token), 1e-5, $"token {token}");
        }
    }

    [Fact]
    public void PatchEmbeddings_Clip_PassTheSameNormAndProjectionAsTheClassToken()
    {
        using var scope = new TensorScope();
        using var generator = new Generator(5);
        var text = new TextConfig { Family = EncoderFamily.Clip, VocabularySize = 20, HiddenSize = 16, LayerCount = 1, HeadCount = 2, IntermediateSize = 16 };
        using var model = new DualEncoder(new DualEncoderConfig { Vision = Clip, Text = text, ProjectionSize = 8 }, generator);
        var pixels = Tensor.RandomNormal([2, 3, 12, 12], generator);
        var state = model.StateDict();

        var last = model.Vision.HiddenState(pixels, -1).LayerNorm([16], state["vision_model.post_layernorm.weight"], state["vision_model.post_layernorm.bias"], Clip.NormEpsilon);
        var expected = last.MatMul(state["visual_projection.weight"].Transpose(0, 1));

        Near.Assert(expected.Slice(1, 1), model.PatchEmbeddings(pixels), 1e-5, "patches");
        Near.Assert(expected.Select(1, 0), model.EncodeImage(pixels), 1e-5, "picture");
    }
}
