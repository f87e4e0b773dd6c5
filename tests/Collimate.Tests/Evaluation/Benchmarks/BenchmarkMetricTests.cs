using Collimate.Evaluation.Benchmarks;
using Collimate.Evaluation.Benchmarks.Scoring;
using Collimate.Evaluation.Statistics;

namespace Collimate.Tests.Evaluation.Benchmarks;

/// <summary>Figures worked out by hand.</summary>
public sealed class BenchmarkMetricTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void YesNo_AllYes_HasThePrecisionOfTheTruth()
    {
        folder.Pope(); // six yes and three no a split

        var report = folder.Evaluate("pope", _ => "Yes, there is.");

        Assert.Equal(2.0 / 3, report.Figure("precision: random"), 1e-12);
        Assert.Equal(1, report.Figure("recall: popular"));
        Assert.Equal(0.8, report.Figures[0].Value, 1e-12); // 2 · (2/3) · 1 / (2/3 + 1)
        Assert.Equal("F1, mean of splits", report.Figures[0].Name);
        Assert.Null(report.Figures[0].N); // of all answers
        Assert.Equal(9, Assert.Single(report.Figures, figure => figure.Name == "precision: random").N);
        Assert.Equal(1, report.Figure("yes share: adversarial"));
        Assert.True(report.Figures[0].Low < 0.8 && report.Figures[0].High > 0.8);
    }

    [Fact]
    public void YesNo_NeverYes_IsZeroInsteadOfADivisionByZero()
    {
        folder.Pope();

        var report = folder.Evaluate("pope", _ => "No");

        Assert.Equal(0, report.Figures[0].Value);
        Assert.Equal(1.0 / 3, report.Figure("accuracy: random"), 1e-12);
    }

    [Fact]
    public void Pope_TwoProtocols_DisagreeAboutAFullStop()
    {
        folder.Pope();

        var llava = folder.Evaluate("pope", asked => asked.Item.Truth.Answers[0] == "yes" ? "Yes." : "No.");
        var lmms = Collimate.Evaluation.Benchmarks.Runs.RunScoring.Rescore(folder["run"], "lmms", null).Report;

        Assert.Equal(1, llava.Figures[0].Value);
        Assert.Equal(0, lmms.Figure("accuracy"));
        Assert.Equal(27, lmms.ParseFailures);
        Assert.Equal(2.0 / 3, lmms.Figure("yes ratio of the truth (lmms-eval's yes_ratio)"), 1e-12);
        Assert.Equal(0, lmms.Figure("yes share of the answers"));
    }

    [Fact]
    public void Puzzles_ClassesOfTwoPuzzles_CountThePuzzlesAlike()
    {
        ScoredSample Sample(string id, string said, string[] right, string skill, string puzzle) =>
            new(id, new ParsedAnswer(said, said.Length == 0), new BenchmarkTruth { Answers = right, Choices = ["1", "2", "2", "4", "5"], Category = skill, Kind = puzzle }, null);
        var metric = new PuzzleMetric();
        ScoredSample[] samples =
        [
            Sample("1/0", "A", ["A"], "math", "1"), Sample("1/1", "B", ["A"], "math", "1"), Sample("1/2", "", ["A"], "math", "1"),
            Sample("2/0", "C", ["B", "C"], "math", "2"), // another option of the same value: the value is right, the option is not
            Sample("3/0", "D", ["D"], "order", "3"),
        ];
        var counted = metric.Count([.. samples.Select(one => one with { Score = metric.Score(one.Answer, one.Truth) })]);

        var sums = Enumerable.Range(0, 3).Select(at => counted.Units.Sum(unit => unit[at])).ToArray();
        Assert.Equal([0.4, 0.6], counted.Figures(sums));
        Assert.Equal(["option accuracy: math", "solution accuracy: math"], counted.Others.Select(one => one.Name));
        Assert.Equal([1.0 / 6, 2.0 / 3], counted.Others.Select(one => one.Value)); // (1/3 + 0) / 2 and (1/3 + 1) / 2
    }

    [Fact]
    public void Mme_OnePictureWhollyRight_IsWorthBothShares()
    {
        BenchmarkReaderTests.Mme(folder, "Yes", "No");

        // Always yes: one of two questions of each picture, no picture wholly.
        Assert.Equal((500, 200), Scores(folder.Evaluate("mme", _ => "Yes", "yes")));
        Assert.Equal((2000, 800), Scores(folder.Evaluate("mme", asked => asked.Item.Truth.Answers[0], "right")));
        // All of the first picture, half of the second: 75 + 50.
        Assert.Equal((1250, 500), Scores(folder.Evaluate("mme", asked => asked.Item.Truth.Group == "0001.jpg" ? asked.Item.Truth.Answers[0] : "yes", "half")));

        static (double, double) Scores(Collimate.Evaluation.Benchmarks.Runs.EvaluationReport report) => (report.Figure("perception"), report.Figure("cognition"));
    }

    [Fact]
    public void Mme_ThreeQuestionsAboutAPicture_AreRefused()
    {
        BenchmarkReaderTests.Mme(folder, "Yes", "No");
        File.AppendAllText(folder["count.txt"], "0001.jpg\tAgain?\tYes\n");

        Assert.Contains("3 questions", Assert.Throws<Collimate.Data.DataException>(() => folder.Evaluate("mme", _ => "yes")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void MmBench_OneRotationWrong_CountsForVanillaAlone()
    {
        var metric = BenchmarkMetrics.Of("mmbench", "test");
        ScoredSample[] samples = [One("5", "5", 1), One("1000005", "5", 1), One("2000005", "5", 0), One("6", "6", 1), One("1000006", "6", 1), One("7", "7", 0), One("1000007", "7", 1)];

        var counted = metric.Count(samples);
        var figures = counted.Figures(Resampling.Sum(counted.Units));

        Assert.Equal(["circular accuracy", "vanilla accuracy"], counted.Names);
        Assert.Equal(1.0 / 3, figures[0], 1e-12);
        Assert.Equal(2.0 / 3, figures[1], 1e-12);
    }

    [Fact]
    public void Pairs_BothMustBeRight()
    {
        var counted = BenchmarkMetrics.Of("pairs", "test").Count([One("1", "1", 1), One("2", "1", 1), One("3", "2", 1), One("4", "2", 0)]);

        Assert.Equal([0.5, 0.75], counted.Figures(Resampling.Sum(counted.Units)));
    }

    [Fact]
    public void Accuracy_ThreeProtocolsOfGqa_DifferInWhatTheyOverlook()
    {
        folder.Picture("images/7.jpg");
        folder.Write("testdev_balanced_questions.json", """{"1": {"imageId": "7", "question": "a?", "answer": "yes"}, "2": {"imageId": "7", "question": "b?", "answer": "t-shirt"}, "3": {"imageId": "7", "question": "c?", "answer": "left"}}""");
        string Answer(string id) => id switch { "1" => "Yes.", "2" => "TShirt", _ => "left" };

        var llava = folder.Evaluate("gqa", asked => Answer(asked.Item.Id));

        Assert.Equal(2.0 / 3, llava.Figure("accuracy"), 1e-12);
        Assert.Equal(1.0 / 3, Collimate.Evaluation.Benchmarks.Runs.RunScoring.Rescore(folder["run"], "official", null).Report.Figure("accuracy"), 1e-12);
        Assert.Equal(1, Collimate.Evaluation.Benchmarks.Runs.RunScoring.Rescore(folder["run"], "lmms", null).Report.Figure("accuracy"));
    }

    [Fact]
    public void PathVqa_ClosedAndOpen_AreCountedApart()
    {
        folder.Picture("images/test/p.jpg");
        folder.Write("test.jsonl", string.Concat(((List<(string Q, string A)>)[("a", "yes"), ("b", "no"), ("c", "left lung"), ("d", "heart")])
            .Select(one => $$"""{"image": "p.jpg", "question": "{{one.Q}}", "answer": "{{one.A}}"}""" + "\n")));

        var report = folder.Evaluate("path_vqa", asked => asked.Item.Id switch { "1" => "Yes.", "2" => "yes", "3" => "the lung", _ => "heart" });

        Assert.Equal(0.5, report.Figure("accuracy"));
        Assert.Equal(0.5, report.Figure("closed: accuracy"));
        Assert.Equal(0.5, report.Figure("open: exact match"));
        Assert.Equal(((2.0 / 3) + 1) / 2, report.Figure("open: F1"), 1e-12); // one word of two and of one
    }

    [Fact]
    public void Captions_Figures_EqualTheScoreCommands()
    {
        folder.Write("dataset_flickr8k.json", """{"images": [{"filename": "a.jpg", "imgid": 1, "split": "test", "sentences": [{"raw": "A dog runs over the grass."}, {"raw": "The dog is running."}]}, {"filename": "b.jpg", "imgid": 2, "split": "test", "sentences": [{"raw": "Two boats on a lake."}]}]}""");
        folder.Picture("images/a.jpg");
        folder.Picture("images/b.jpg");

        var report = folder.Evaluate("flickr8k_captions", asked => asked.Item.Id == "1" ? "a dog is running over grass\nUSER: more" : "");

        Assert.Equal(1, report.ParseFailures); // the empty caption, which counts as one all the same
        folder.Write("references.json", """{"1": ["A dog runs over the grass.", "The dog is running."], "2": ["Two boats on a lake."]}""");
        var scores = Cli.CommandLine.Run("score", folder["run/results.json"], folder["references.json"], "--metrics", "bleu,rouge_l,cider_d", "--json");
        Assert.True(scores.Code == 0, scores.Error);
        using var json = System.Text.Json.JsonDocument.Parse(scores.Output);
        foreach (var name in (string[])["CIDEr-D", "ROUGE-L", "BLEU-1", "BLEU-4"])
        {
            Assert.Equal(json.RootElement.GetProperty("scores").GetProperty(name).GetDouble(), report.Figure(name), 1e-12);
        }

        Assert.Contains(report.Figures, figure => figure.Name == "METEOR exact+stem");
    }

    private static ScoredSample One(string id, string group, double score) => new(id, new ParsedAnswer("A"), new BenchmarkTruth { Answers = ["A"], Group = group }, score);
}
