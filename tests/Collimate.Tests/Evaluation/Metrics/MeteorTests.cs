using System.IO.Compression;
using Collimate.Data;
using Collimate.Evaluation.Metrics.Captions;
using Collimate.Evaluation.Metrics.Captions.Meteor;

namespace Collimate.Tests.Evaluation.Metrics;

/// <summary>METEOR against METEOR 1.5 without its paraphrase table.</summary>
public sealed class MeteorTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [WordNetFact]
    public void Score_TrickyWithWordNet_EqualsMeteors() => AssertEqual(CaptionGolden.Tricky);

    [WordNetFact("golden/caption-metrics/coco80")]
    public void Score_CocoWithWordNet_EqualsMeteors() => AssertEqual(CaptionGolden.Load(SharedFiles.Require("golden/caption-metrics/coco80")));

    [WordNetFact("golden/caption-metrics/abstract80")]
    public void Score_AbstractScenesWithWordNet_EqualsMeteors() => AssertEqual(CaptionGolden.Load(SharedFiles.Require("golden/caption-metrics/abstract80")));

    [Fact]
    public void Count_WithoutWordNet_EqualsMeteorsWhereNoSynonymMatched()
    {
        // In pictures 30 and 34 a synonym that could match, though it was not chosen, decides what else is.
        var scorer = new MeteorScorer();
        var plain = CaptionGolden.Tricky.Tokenized.Where(pair => pair.Id is not ("30" or "34") && CaptionGolden.Tricky.MeteorCounts(pair.Id)[12..16].All(count => count == 0)).ToArray();

        Assert.Equal("METEOR exact+stem", scorer.Name);
        Assert.True(plain.Length > 25, $"{plain.Length} pictures");
        Assert.All(plain, pair => Assert.Equal(CaptionGolden.Tricky.MeteorCounts(pair.Id), Counts(scorer.Count(pair))));
    }

    [Fact]
    public void Score_SameWordsInAnyMeasure_IsOneAndThreadsDoNotMatter()
    {
        CaptionPair[] pairs = [.. CaptionGolden.Tricky.Tokenized.Select(pair => pair with { Candidate = pair.References[^1] })];
        var scorer = new MeteorScorer();

        var scores = scorer.Score(pairs);

        Assert.All(scores.Images, score => Assert.Equal(1, score, 1e-12));
        Assert.Equal(scores.Corpus, scorer.Score([.. pairs.AsEnumerable().Reverse()], 3).Corpus, 1e-12);
        Assert.All(scorer.Score(CaptionGolden.Tricky.Tokenized, 3).Images, score => Assert.InRange(score, 0, 1));
        Assert.Equal(scorer.Score(CaptionGolden.Tricky.Tokenized).Images, scorer.Score(CaptionGolden.Tricky.Tokenized, 3).Images);
    }

    [Fact]
    public void Count_SynonymsOfASmallWordNet_Match()
    {
        WriteWordNet("car n 1 0 1 1 02958343", "automobile n 1 0 1 1 02958343", "goose n 1 0 1 1 01855672", "gander n 1 0 1 1 01855672", "dish n 1 0 1 0 00000005", "plate n 1 0 1 0 00000005");
        File.WriteAllText(Path.Combine(folder.Path, "noun.exc"), "geese goose\n");
        var scorer = new MeteorScorer(WordNetSynonyms.Load(folder.Path));

        var counts = scorer.Count(new CaptionPair("1", "geese plates automobile", ["gander dishes car"]));

        Assert.Equal("METEOR exact+stem+synonym", scorer.Name);
        Assert.Equal((3, 3, 1), (counts.Matches[2].Content, counts.Matches[2].ReferenceContent, counts.Chunks));
    }

    [Fact]
    public void Count_Paraphrases_MatchPhrases()
    {
        var path = Path.Combine(folder.Path, "paraphrase-en.gz");
        using (var packed = new StreamWriter(new GZipStream(File.Create(path), CompressionMode.Compress)))
        {
            packed.Write("0.5\nin front of\nbefore\n0.1\nbike\ntwo wheels\n");
        }

        var scorer = new MeteorScorer(paraphrases: ParaphraseTable.Load(path));

        var counts = scorer.Count(new CaptionPair("1", "man before house", ["man in front of house"]));

        Assert.Equal("METEOR exact+stem+paraphrase", scorer.Name);
        Assert.Equal((1, 1), (counts.Matches[3].Content + counts.Matches[3].Function, counts.Chunks));
        Assert.Equal(3, counts.Matches[3].ReferenceContent + counts.Matches[3].ReferenceFunction);
    }

    [Fact]
    public void Load_DamagedFiles_SaysWhere()
    {
        WriteWordNet("car n one 0");
        var table = Path.Combine(folder.Path, "paraphrases");
        File.WriteAllText(table, "0.5\nin front of\n");

        Assert.Contains("index.noun, line 2", Assert.Throws<DataException>(() => WordNetSynonyms.Load(folder.Path)).Message, StringComparison.Ordinal);
        Assert.Contains("wordnet-base", Assert.Throws<DataException>(() => WordNetSynonyms.Load(Path.Combine(folder.Path, "absent"))).Message, StringComparison.Ordinal);
        Assert.Contains("amid an entry", Assert.Throws<DataException>(() => ParaphraseTable.Load(table)).Message, StringComparison.Ordinal);
        Assert.Contains("english.words", Assert.Throws<DataException>(() => FunctionWords.Load(table + "x")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Score_EmptyAndVeryLongCandidates_AreScored()
    {
        CaptionPair[] pairs = [new("1", "", ["a cat"]), new("2", string.Join(' ', Enumerable.Repeat("cat", 25_000)), ["a cat"]), new("3", "", [""])];

        Assert.All(new MeteorScorer().Score(pairs, 2).Images, score => Assert.InRange(score, 0, 0.5));
    }

    private static void AssertEqual(CaptionGolden golden)
    {
        var scorer = new MeteorScorer(WordNetSynonyms.Load(WordNetFactAttribute.Folder!));

        golden.AssertEqual("METEOR_no_paraphrase", scorer.Score(golden.Tokenized, 2));
        Assert.All(golden.Tokenized, pair => Assert.Equal(golden.MeteorCounts(pair.Id), Counts(scorer.Count(pair))));
    }

    private static int[] Counts(MeteorStatistics one) =>
    [
        one.Words, one.ReferenceWords, one.FunctionWords, one.ReferenceFunctionWords, .. one.Matches.SelectMany(stage => new[] { stage.Content, stage.ReferenceContent, stage.Function, stage.ReferenceFunction }),
        one.Chunks, one.Matched, one.ReferenceMatched,
    ];

    private void WriteWordNet(params string[] nouns)
    {
        foreach (var part in (ReadOnlySpan<string>)["noun", "verb", "adj", "adv"])
        {
            File.WriteAllText(Path.Combine(folder.Path, $"index.{part}"), part == "noun" ? "  1 a licence\n" + string.Join('\n', nouns) + "\n" : "");
            File.WriteAllText(Path.Combine(folder.Path, $"{part}.exc"), "");
        }
    }
}
