using Collimate.Alignment.Composition.Gps;
using Collimate.Models.Permutation;

namespace Collimate.Tests.Alignment.Gps;

public sealed class KeptTextTests
{
    [Theory]
    [InlineData(HardeningMode.Assignment)]
    [InlineData(HardeningMode.Auction)]
    public void Choose_AnyMatrix_IsTheBestOfAllPlacings(HardeningMode mode)
    {
        var random = new Random(3);
        for (var trial = 0; trial < 60; trial++)
        {
            var n = random.Next(2, 7);
            var pictures = Enumerable.Range(0, n).Select(_ => random.Next(2) == 0).ToArray();
            var matrix = Enumerable.Range(0, n * n).Select(_ => (float)random.NextDouble()).ToArray();

            var choice = KeptText.Choose(matrix, pictures, [.. Enumerable.Range(0, n)], mode);

            Assert.Equal(Enumerable.Range(0, n), choice.Order());
            var words = choice.Where(token => !pictures[token]).ToArray();
            Assert.Equal(words.Order(), words);
            Assert.Equal(AllPermutations.Of(n).Max(Score), Score(choice), 1e-4);

            double Score(int[] one) => one.Select((token, slot) => pictures[token] ? Math.Log(matrix[(slot * n) + token]) : 0).Sum();
        }
    }

    [Fact]
    public void Choose_MatrixThatSaysWhere_PutsThePictureThere()
    {
        // Slots 0 to 3 hold a picture's token and three words; the token belongs in slot 2.
        float[] matrix = [0.1f, 0.3f, 0.3f, 0.3f, 0.1f, 0.3f, 0.3f, 0.3f, 0.7f, 0.1f, 0.1f, 0.1f, 0.1f, 0.3f, 0.3f, 0.3f];

        Assert.Equal([1, 2, 0, 3], KeptText.Choose(matrix, [true, false, false, false], [0, 1, 2, 3], HardeningMode.Assignment));
    }

    [Fact]
    public void Choose_OneWordTwice_PutsThePicturesInOrderAndFirst()
    {
        // Slots 2 and 4 hold one word: both suit both pictures' tokens alike, whatever rounding says.
        float[] matrix = new float[25];
        matrix.AsSpan().Fill(0.1f);
        foreach (var slot in (int[])[2, 4])
        {
            (matrix[(slot * 5) + 0], matrix[(slot * 5) + 1]) = (slot == 2 ? 0.7f : 0.7000001f, slot == 2 ? 0.7000001f : 0.7f);
        }

        Assert.Equal([2, 3, 0, 4, 1], KeptText.Choose(matrix, [true, true, false, false, false], [0, 1, 2, 3, 2], HardeningMode.Assignment));
    }
}
