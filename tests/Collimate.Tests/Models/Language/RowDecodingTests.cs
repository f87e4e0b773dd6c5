using Collimate.Models.Attention;
using Collimate.Models.Language;
using Collimate.Torch;

namespace Collimate.Tests.Models.Language;

/// <summary>What rows compute together is, to the last bit, what each computes alone.</summary>
public sealed class RowDecodingTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(7)]
    [InlineData(9)]
    [InlineData(16)]
    public void Step_RowsAtDifferentPlaces_ComputesWhatEachDoesAlone(int rows)
    {
        using var scope = new TensorScope();
        using var noGradient = GradMode.Disable();
        using var model = TinyDecoder.Create(3, Wide);
        var random = new Random(rows);
        var alone = Enumerable.Range(0, rows).Select(row => Begin(model, 3 + (5 * row), row)).ToArray();
        var together = alone.Select(state => state.Copy()).ToArray();
        for (var step = 0; step < 4; step++)
        {
            int[] tokens = [.. Enumerable.Range(0, rows).Select(_ => random.Next(Wide.VocabularySize))];
            var scores = model.Step(tokens, together).ToArray<float>();
            var expected = alone.SelectMany((state, row) => model.Step([tokens[row]], state).ToArray<float>()).ToArray();
            Assert.Equal(expected, scores);
        }

        Array.ForEach([.. alone, .. together], state => state.Dispose());
    }

    [Fact]
    public void Step_NarrowWeights_ComputesTheSameInAnyCompany()
    {
        using var scope = new TensorScope();
        using var noGradient = GradMode.Disable();
        using var model = TinyDecoder.Create(3, Wide);
        model.To(ScalarType.BFloat16);
        var first = Begin(model, 12, 0);
        var others = Enumerable.Range(0, 8).Select(row => Begin(model, 3 + row, row + 1)).ToArray();
        var copies = Enumerable.Range(0, 3).Select(_ => first.Copy()).ToArray();

        var alone = model.Step([5], [copies[0]]).ToArray<float>();
        var withOne = model.Step([5, 6], [copies[1], others[0].Copy()]).Narrow(0, 0, 1).ToArray<float>();
        // The last of nine would otherwise be a row of its own in the product.
        var withEight = model.Step([1, 2, 3, 4, 5, 6, 7, 8, 5], [.. others, copies[2]]).Narrow(0, 8, 1).ToArray<float>();

        Assert.Equal(alone, withOne);
        Assert.Equal(alone, withEight);
    }

    [Theory]
    [InlineData(16, 3)]
    [InlineData(32, 1)]
    public void Prefill_KnownBlocks_ComputesWhatItDoesWithoutThem(int blockSize, int known)
    {
        using var scope = new TensorScope();
        using var noGradient = GradMode.Disable();
        using var model = TinyDecoder.Create(3, Wide);
        var prompt = Prompt(model, length: 61, padded: 64, seed: 9);
        var (logits, state) = model.Prefill(prompt, blockSize, []);
        var blocks = Enumerable.Range(0, known).Select(block => state.Cache.Cut(block * blockSize, blockSize)).ToArray();

        var (again, resumed) = model.Prefill(prompt, blockSize, blocks);

        Assert.Equal(logits.ToArray<float>(), again.ToArray<float>());
        Assert.Equal(model.Step([4], state).ToArray<float>(), model.Step([4], resumed).ToArray<float>());
        var (whole, other) = model.Prefill(prompt);
        Near.Assert(whole, logits, 1e-4, "in blocks and whole");
        Array.ForEach(blocks, block => block.Dispose());
        Array.ForEach([state, resumed, other], one => one.Dispose());
    }

    [Fact]
    public void Copy_OfAState_GoesOnByItself()
    {
        using var scope = new TensorScope();
        using var noGradient = GradMode.Disable();
        using var model = TinyDecoder.Create(3, Wide);
        using var state = Begin(model, 10, 1);
        using var copy = state.Copy();

        model.Step([7], copy);
        model.Step([8], copy);

        Assert.Equal(model.Step([3], Begin(model, 10, 1)).ToArray<float>(), model.Step([3], state).ToArray<float>());
    }

    private static LanguageConfig Wide => TinyDecoder.Config with { HiddenSize = 48, HeadSize = 16, IntermediateSize = 80, MaxPositions = 256 };

    private static DecodingState Begin(CausalLanguageModel model, int length, int seed) => model.Prefill(Prompt(model, length, (length + 15) / 16 * 16, seed)).State;

    private static LanguageInput Prompt(CausalLanguageModel model, int length, int padded, int seed)
    {
        int[] valid = [.. Enumerable.Range(0, padded).Select(at => at < length ? 1 : 0)];
        long[] places = [.. Enumerable.Range(0, padded).Select(at => (long)Math.Min(at, length))];
        return new LanguageInput(model.Embed(TinyDecoder.Ids(new Random(seed), 1, padded)), Tensor.From(places, [1, padded]), AttentionSpec.Causal(1, padded, valid));
    }
}
