using Collimate.Data;
using Collimate.Evaluation.Metrics.Captions;
using FsCheck;
using FsCheck.Fluent;

namespace Collimate.Tests.Evaluation.Metrics;

/// <summary>BLEU, ROUGE-L and CIDEr against COCO's tool and others, and what must hold of any captions.</summary>
public sealed class CaptionMetricsTests
{
    private static readonly Gen<string> Words = Gen.Elements("a", "cat", "dog", "on", "mat", "the", "sits", "red").ListOf().Select(words => string.Join(' ', words));

    private static readonly Arbitrary<CaptionPair[]> Sets = (from candidate in Words from reference in Words select new CaptionPair("", candidate, [reference, "a cat"]))
        .NonEmptyListOf().Select(pairs => pairs.Select((pair, at) => pair with { Id = $"{at}" }).ToArray()).ToArbitrary();

    [Fact]
    public void Score_Tricky_EqualsCocosTool() => AssertEqual(CaptionGolden.Tricky);

    [SharedFact("golden/caption-metrics/coco80")]
    public void Score_Coco_EqualsCocosTool() => AssertEqual(CaptionGolden.Load(SharedFiles.Require("golden/caption-metrics/coco80")));

    [SharedFact("golden/caption-metrics/abstract80")]
    public void Score_AbstractScenes_EqualsCocosTool() => AssertEqual(CaptionGolden.Load(SharedFiles.Require("golden/caption-metrics/abstract80")));

    [Fact]
    public void Score_AnySet_LiesInItsRangeWhateverTheOrderAndThreads() => Prop.ForAll(Sets, pairs =>
    {
        CaptionPair[] reversed = [.. pairs.AsEnumerable().Reverse()];
        var (one, three, back) = (All(pairs, 1), All(pairs, 3), All(reversed, 2));
        foreach (var (at, forward) in one.Index())
        {
            Assert.All(forward.Images.Append(forward.Corpus), score => Assert.InRange(score, 0, Most[at] + 1e-6));
            Assert.Equal(forward.Corpus, three[at].Corpus);
            Assert.Equal(forward.Images, three[at].Images);
            Assert.Equal(forward.Corpus, back[at].Corpus, 1e-9);
            Assert.All(forward.Images.Zip(back[at].Images.AsEnumerable().Reverse()), two => Assert.Equal(two.First, two.Second, 1e-9));
        }
    }).Check(Properties.Hold);

    [Fact]
    public void Score_CandidateThatIsAReference_IsTheMaximum()
    {
        CaptionPair[] pairs = [.. CaptionGolden.Tricky.Tokenized.Where(pair => pair.References[0].Split(' ').Length > 3).Select(pair => pair with { Candidate = pair.References[0], References = [pair.References[0]] })];

        Assert.All(All(pairs, 2).Zip(Most), one => Assert.All(one.First.Images, score => Assert.Equal(one.Second, score, 1e-6)));
    }

    [Fact]
    public void Cider_OnePicture_IsZero() => Assert.Equal(0, Cider.ScoreD([new CaptionPair("1", "a cat", ["a cat"])]).Corpus);

    [Fact]
    public void Cider_WordSaidTooOften_GainsWithoutTheGuards()
    {
        CaptionPair[] pairs = [new("1", "cat cat cat cat", ["a cat sits"]), new("2", "a dog", ["a dog"])];

        Assert.True(Cider.Score(pairs).Images[0] > Cider.ScoreD(pairs).Images[0]);
        Assert.Equal(5, Cider.Score(pairs).Images[1], 1e-9); // two of four orders exist; both are equal
    }

    [Fact]
    public void SentenceBleu_NltksExample_IsNltksFigure()
    {
        string[] references =
        [
            "It is a guide to action that ensures that the military will forever heed Party commands",
            "It is the guiding principle which guarantees the military forces always being under the command of the Party",
            "It is the practical guide for the army always to heed the directions of the party",
        ];
        var candidate = "It is a guide to action which ensures that the military always obeys the commands of the party".Split(' ');

        Assert.Equal(0.5045666840058485, SentenceBleu.Score(candidate, [.. references.Select(text => text.Split(' '))], 4), 1e-12);
    }

    [Theory]
    [InlineData("the cat", "the dog", 0.22360679774997896)]    // sqrt(1/2 * 0.1/1)
    [InlineData("cat", "cat", 0.31622776601683794)]            // an order that is too long counts as one run without a match
    [InlineData("a dog", "the cat", 0.0)]
    [InlineData("", "the cat", 0.0)]
    [InlineData("the cat", "the cat sat", 0.6065306597126334)] // brevity alone
    public void SentenceBleu_ShortSentences_AreSmoothed(string candidate, string reference, double expected) => Assert.Equal(
        expected, SentenceBleu.Score(candidate.Split(' ', StringSplitOptions.RemoveEmptyEntries), [reference.Split(' ')]), 1e-12);

    [Theory]
    [InlineData("The quick brown dog jumps on the log.", "The quick brown fox jumps over the lazy dog", 10.0 / 17)]
    [InlineData("Testing one-two", "tests one two", 1.0)]      // stemmed; a dash parts words
    [InlineData("", "a cat", 0.0)]
    [InlineData("a cat", "...", 0.0)]
    public void RougeLF1_Stemmed_IsRougeScores(string candidate, string reference, double expected) => Assert.Equal(expected, RougeLF1.Score(candidate, [reference]), 1e-12);

    [Fact]
    public void Score_NothingToCompareWith_IsRefused()
    {
        Assert.Contains("at least one", Assert.Throws<DataException>(() => Bleu.Score([])).Message, StringComparison.Ordinal);
        Assert.Contains("picture 7", Assert.Throws<DataException>(() => RougeL.Score([new CaptionPair("7", "a cat", [])])).Message, StringComparison.Ordinal);
    }

    private static readonly double[] Most = [1, 1, 1, 1, 1, 10, 1];

    private static CaptionScores[] All(IReadOnlyList<CaptionPair> pairs, int threads) => [.. Bleu.Score(pairs, threads), RougeL.Score(pairs, threads), Cider.ScoreD(pairs, threads), RougeLF1.Score(pairs, threads)];

    private static void AssertEqual(CaptionGolden golden)
    {
        foreach (var (order, scores) in Bleu.Score(golden.Tokenized, 2).Index())
        {
            golden.AssertEqual($"Bleu_{order + 1}", scores);
        }

        golden.AssertEqual("ROUGE_L", RougeL.Score(golden.Tokenized, 2));
        golden.AssertEqual("CIDEr", Cider.ScoreD(golden.Tokenized, 2));
    }
}
