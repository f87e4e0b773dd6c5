using Collimate.Semantics;
using Collimate.Torch;
using FsCheck;
using FsCheck.Fluent;

namespace Collimate.Tests.Semantics;

/// <summary>The words found for patches against the whole matrix of similarities in double precision.</summary>
public class TopWordsTests
{
    [Theory]
    [InlineData(SimilarityMode.Raw)]
    [InlineData(SimilarityMode.Negated)]
    public void Find_ManyWordsInSeveralTiles_EqualsTheWholeMatrix(SimilarityMode mode)
    {
        using var scope = new TensorScope();
        using var generator = new Generator(3);
        var words = Tensor.RandomNormal([9001, 24], generator).Normalize();
        var patches = Tensor.RandomNormal([2, 9, 24], generator) * 3;
        using var search = new TopWords(words, 10);

        AssertEqual(Naive(patches, words, 10, mode), search.Find(patches, mode));
    }

    [Fact]
    public void Find_AnySmallCase_EqualsTheWholeMatrix() => Prop.ForAll(
        Arb.From(from seed in Gen.Choose(1, 10_000)
                 from words in Gen.Choose(1, 40)
                 from top in Gen.Choose(1, 12)
                 from width in Gen.Choose(1, 5)
                 select (seed, words, top, width)), sample =>
        {
            using var scope = new TensorScope();
            using var generator = new Generator((ulong)sample.seed);
            // Few distinct directions, so that many words tie and the first must win.
            var words = (Tensor.RandomNormal([sample.words, sample.width], generator).Sign() + 0.25).Normalize();
            var patches = Tensor.RandomNormal([1, 5, sample.width], generator);
            using var search = new TopWords(words, sample.top);

            AssertEqual(Naive(patches, words, sample.top, SimilarityMode.Raw), search.Find(patches, SimilarityMode.Raw));
        }).Check(Properties.Hold.WithMaxTest(60));

    [Fact]
    public void Find_ManyEqualWords_TakesTheFirst()
    {
        using var scope = new TensorScope();
        var words = Tensor.Ones([5000, 8]).Normalize();
        using var search = new TopWords(words, 4);

        var found = search.Find(Tensor.Ones([1, 1, 8]), SimilarityMode.Raw)[0];

        Assert.Equal([0, 1, 2, 3], found.WordsOf(0).ToArray());
    }

    [Fact]
    public void Find_NothingPositive_LeavesThePatchWithoutWords()
    {
        using var scope = new TensorScope();
        using var search = new TopWords(Tensor.From<float>([1, 0, 0, 1], [2, 2]), 2);

        var found = search.Find(Tensor.From<float>([-1, 0, 0, 2], [1, 2, 2]), SimilarityMode.Raw)[0];

        Assert.Equal((0, 1), (found.CountOf(0), found.CountOf(1)));
        Assert.Equal([1], found.WordsOf(1).ToArray());
        Assert.Equal([1f], found.ScoresOf(1).ToArray());
    }

    private static PatchLabels[] Naive(Tensor patches, Tensor words, int top, SimilarityMode mode)
    {
        var (images, count, width) = ((int)patches.Size(0), (int)patches.Size(1), (int)patches.Size(2));
        var unit = patches.Reshape(-1, width).Normalize().ToArray<float>();
        var directions = words.ToArray<float>();
        var all = new PatchLabels[images];
        for (var image = 0; image < images; image++)
        {
            all[image] = new PatchLabels(count, top, [.. Enumerable.Repeat(-1, count * top)], new float[count * top]);
            for (var patch = 0; patch < count; patch++)
            {
                var scores = Enumerable.Range(0, directions.Length / width).Select(word =>
                    (Word: word, Score: (mode == SimilarityMode.Negated ? -1 : 1) * (float)Enumerable.Range(0, width).Sum(k => (double)unit[((((image * count) + patch) * width) + k)] * directions[(word * width) + k])));
                foreach (var (at, (word, score)) in scores.OrderByDescending(s => s.Score).ThenBy(s => s.Word).Take(top).TakeWhile(s => s.Score > 0).Index())
                {
                    (all[image].Words[(patch * top) + at], all[image].Scores[(patch * top) + at]) = (word, score);
                }
            }
        }

        return all;
    }

    private static void AssertEqual(PatchLabels[] expected, PatchLabels[] found)
    {
        Assert.Equal(expected.Length, found.Length);
        foreach (var (one, other) in expected.Zip(found))
        {
            Assert.Equal(one.Words, other.Words);
            Assert.Equal(one.Scores, other.Scores);
        }
    }
}
