using System.Text.Json;
using Collimate.Data;
using Collimate.Evaluation.Benchmarks;
using Collimate.Evaluation.Benchmarks.Runs;

namespace Collimate.Tests.Evaluation.Benchmarks;

public sealed class EvaluationRunTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public EvaluationRunTests() => folder.Pope();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Run_Samples_SayWhatWasAskedAndUnderstood()
    {
        folder.Evaluate("pope", Answer);

        var lines = File.ReadAllLines(folder["run/samples.jsonl"]);
        Assert.Equal(28, lines.Length);
        using var header = JsonDocument.Parse(lines[0]);
        Assert.Equal("pope", header.RootElement.GetProperty("run").GetProperty("benchmark").GetString());
        using var sample = JsonDocument.Parse(lines[3]);
        var found = sample.RootElement;
        Assert.Equal("random/3", found.GetProperty("id").GetString());
        Assert.Equal("<image>\nIs there a random thing 3 in the image?\nAnswer the question using a single word or phrase.", found.GetProperty("prompt").GetString());
        Assert.Equal(Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(File.ReadAllBytes(folder["val2014/p0.jpg"]))), found.GetProperty("images")[0].GetString());
        Assert.Equal((Answer(3), "pope"), (found.GetProperty("raw").GetString(), found.GetProperty("parser").GetString()));
        Assert.Equal("no", found.GetProperty("truth").GetProperty("answers")[0].GetString());
        Assert.Equal(found.GetProperty("parsed").GetString() == "no" ? 1 : 0, found.GetProperty("score").GetDouble());
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Run_StoppedAndTornAtRandom_ResumesToTheSameFiles(int seed)
    {
        var random = new Random(seed);
        folder.Evaluate("pope", Answer, "whole");
        var (asked, stops) = (0, 0);
        while (true)
        {
            var left = random.Next(0, 9);
            try
            {
                folder.Evaluate("pope", question =>
                {
                    asked++;
                    return left-- > 0 ? Answer(question) : throw new IOException("stopped");
                });
                break;
            }
            catch (IOException)
            {
                stops++;
                Assert.True(stops < 200, "it never ends");
            }

            // What a kill leaves: whole batches, and perhaps a part of another.
            var bytes = File.ReadAllBytes(folder["run/samples.jsonl"]);
            var kept = random.Next(2) == 0 ? bytes.Length : random.Next(LastBatch(bytes), bytes.Length + 1);
            File.WriteAllBytes(folder["run/samples.jsonl"], bytes[..kept]);
        }

        Assert.True(stops > 0);
        Assert.True(asked > 27);
        foreach (var file in (string[])["samples.jsonl", "report.json"])
        {
            Assert.Equal(File.ReadAllBytes(folder[$"whole/{file}"]), File.ReadAllBytes(folder[$"run/{file}"]));
        }
    }

    [Fact]
    public void Run_TornWithinItsFirstLine_BeginsAnew()
    {
        folder.Evaluate("pope", Answer, "whole");
        foreach (var kept in (int[])[0, 1, 100])
        {
            Directory.CreateDirectory(folder["run"]);
            File.WriteAllBytes(folder["run/samples.jsonl"], File.ReadAllBytes(folder["whole/samples.jsonl"])[..kept]);
            folder.Evaluate("pope", Answer);
            Assert.Equal(File.ReadAllBytes(folder["whole/samples.jsonl"]), File.ReadAllBytes(folder["run/samples.jsonl"]));
        }
    }

    [Fact]
    public void Run_Finished_AsksNobody()
    {
        folder.Evaluate("pope", Answer);

        folder.Evaluate("pope", _ => throw new InvalidOperationException("asked again"));
    }

    [Fact]
    public void Run_PartOfABatch_IsAskedAgainAsAWhole()
    {
        // Rounding depends on what else is in a batch, so batches are those of a run that was never stopped.
        folder.Evaluate("pope", Answer);
        var path = folder["run/samples.jsonl"];
        File.WriteAllLines(path, File.ReadAllLines(path)[..(1 + 6)]);
        var ids = new List<string>();

        folder.Evaluate("pope", asked =>
        {
            ids.Add(asked.Item.Id);
            return Answer(asked);
        });

        Assert.Equal("random/5", ids[0]);
        Assert.Equal(27 - 4, ids.Count);
    }

    [Fact]
    public void Run_OtherModelDataOrDefinition_IsRefusedByWhatDiffers()
    {
        folder.Evaluate("pope", Answer);

        Refused("SHA-256 of the model was m-hash and is n-hash", () => folder.Evaluate("pope", Answer, model: "n"));
        Refused("batch was 4 and is 5", () => folder.Evaluate("pope", Answer, batch: 5));
        Refused("protocol was llava and is lmms", () => folder.Evaluate("pope", Answer, protocol: "lmms"));
        Refused("limit was none and is 3", () => folder.Evaluate("pope", Answer, limit: 3));
        Refused("benchmark was pope and is scenes", () => folder.Evaluate("scenes", Answer), "llava.json", """[{"id": "a", "image": "val2014/p0.jpg", "conversations": [{"from": "human", "value": "<image>\nq"}, {"from": "gpt", "value": "a"}]}]""");
        Refused("SHA-256 of the data", () => folder.Evaluate("pope", Answer), "coco_pope_random.json", File.ReadAllText(folder["coco_pope_random.json"]).Replace("thing 1", "thing one", StringComparison.Ordinal));

        void Refused(string message, Action run, string? file = null, string text = "")
        {
            if (file is not null)
            {
                folder.Write(file, text);
            }

            var before = File.ReadAllBytes(folder["run/samples.jsonl"]);
            Assert.Contains(message, Assert.Throws<DataException>(run).Message, StringComparison.Ordinal);
            Assert.Equal(before, File.ReadAllBytes(folder["run/samples.jsonl"]));
        }
    }

    [Fact]
    public void Run_OtherDefinition_IsRefused()
    {
        const string Own = "name: mine\nversion: 1\ntitle: Mine\nsource: here\nreader: pope\nmetric: yes_no\nparser: pope\ndefault_protocol: plain\nprotocols:\n  plain: { note: mine }\n";
        folder.Write("mine.yaml", Own);
        folder.Evaluate(folder["mine.yaml"], Answer);
        folder.Write("mine.yaml", Own + "max_new_tokens: 5\n");

        Assert.Contains("SHA-256 of the definition", Assert.Throws<DataException>(() => folder.Evaluate(folder["mine.yaml"], Answer)).Message, StringComparison.Ordinal);
        folder.Write("mine.yaml", "gone");
        Assert.Equal(0, RunScoring.Rescore(folder["run"], null, null).Changed); // the samples hold the definition
    }

    [Fact]
    public void Run_Limit_KeepsWhatIsScoredTogether()
    {
        BenchmarkReaderTests.Mme(folder, "Yes", "No");

        Assert.Equal(2, folder.Evaluate("mme", _ => "yes", limit: 1).N);
        Assert.Equal(4, folder.Evaluate("mme", _ => "yes", "three", limit: 3).N);
        Assert.Equal(3, folder.Evaluate("pope", Answer, "pope", limit: 3).N);
    }

    [Fact]
    public void Run_DoubledIds_AreRefused()
    {
        File.AppendAllText(folder["coco_pope_random.json"], """{"question_id": 4, "image": "p0.jpg", "text": "Again?", "label": "yes"}""" + "\n");

        Assert.Contains("question random/4: this id stands twice", Assert.Throws<DataException>(() => folder.Evaluate("pope", Answer)).Message, StringComparison.Ordinal);
        Assert.False(File.Exists(folder["run/samples.jsonl"]));
    }

    [Fact]
    public void Run_HiddenAnswers_AreWrittenAndNotScored()
    {
        folder.Picture("test/v.jpg");
        folder.Write("test.json", """[{"image": "v.jpg", "question": "what?"}]""");

        var report = folder.Evaluate("viz_wiz", _ => "a cup", protocol: "test");

        Assert.Equal((0, 1, 0), (report.N, report.Unscored, report.Figures.Count));
        Assert.Equal("""[{"image":"v.jpg","answer":"a cup"}]""", File.ReadAllText(folder["run/results.json"]).Replace("\n", "", StringComparison.Ordinal).Replace("  ", "", StringComparison.Ordinal).Replace("\": \"", "\":\"", StringComparison.Ordinal));
    }

    [Fact]
    public void Run_OddAnswers_AreOutcomes()
    {
        var odd = new Queue<string>(["", new string('x', 100_000), "\uD800", "\0", "\n\n", "\u2028no", "{\"a\": NaN}", "<image>"]);

        var report = folder.Evaluate("pope", _ => odd.Count > 0 ? odd.Dequeue() : "no");

        Assert.Equal(27, report.N);
        var first = File.ReadAllBytes(folder["run/report.json"]);
        Assert.Equal(0, RunScoring.Rescore(folder["run"], null, null).Changed);
        Assert.Equal(first, File.ReadAllBytes(folder["run/report.json"]));
    }

    [Fact]
    public void Rescore_SamplesAlone_GivesTheReportByteForByte()
    {
        folder.Evaluate("pope", Answer);
        var report = File.ReadAllBytes(folder["run/report.json"]);
        Directory.CreateDirectory(folder["elsewhere"]);
        File.Copy(folder["run/samples.jsonl"], folder["elsewhere/samples.jsonl"]);
        Directory.Delete(folder["val2014"], recursive: true);

        var scored = RunScoring.Rescore(folder["elsewhere"], null, null);

        Assert.Equal(0, scored.Changed);
        Assert.Equal(report, File.ReadAllBytes(folder["elsewhere/report.json"]));
        Assert.EndsWith("report-lmms.json", RunScoring.Rescore(folder["elsewhere"], "lmms", null).Path, StringComparison.Ordinal);
        Assert.Equal(report, File.ReadAllBytes(folder["elsewhere/report.json"]));
    }

    [Theory]
    [InlineData("\"score\":1", "\"score\":NaN", "this is no line of a samples file")]
    [InlineData("\"id\":\"random/2\"", "\"id\":\"random/1\"", "the id 'random/1' stands twice")]
    [InlineData("\"id\":\"random/2\",", "", "this is no line of a samples file")]
    [InlineData("{\"id\":\"random/2\"", "[\"random/2\"", "this is no line of a samples file")]
    [InlineData("{\"run\":", "{\"ran\":", "says what was evaluated")]
    public void Rescore_DamagedSamples_NamesTheLine(string from, string to, string message)
    {
        folder.Evaluate("pope", Answer);
        var path = folder["run/samples.jsonl"];
        var text = File.ReadAllText(path);
        var at = text.IndexOf(from, StringComparison.Ordinal);
        Assert.True(at >= 0);
        File.WriteAllText(path, text[..at] + to + text[(at + from.Length)..]);

        var failure = Assert.Throws<DataException>(() => RunScoring.Rescore(folder["run"], null, null));

        Assert.Contains(message, failure.Message, StringComparison.Ordinal);
        Assert.Contains("line ", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Rescore_Unfinished_IsRefused_AndAnEditedAnswerIsNoticed()
    {
        folder.Evaluate("pope", Answer);
        var path = folder["run/samples.jsonl"];
        var lines = File.ReadAllLines(path);
        File.WriteAllLines(path, lines[..10]);
        Assert.Contains("9 of 27 questions are answered", Assert.Throws<DataException>(() => RunScoring.Report(folder["run"])).Message, StringComparison.Ordinal);

        lines[1] = lines[1].Replace("\"parsed\":\"yes\"", "\"parsed\":\"no\"", StringComparison.Ordinal).Replace("\"parsed\":\"no\"", "\"parsed\":\"perhaps\"", StringComparison.Ordinal);
        File.WriteAllLines(path, lines);
        Assert.Equal(1, RunScoring.Rescore(folder["run"], null, null).Changed);
        Assert.Contains("expected the folder of an evaluation", Assert.Throws<DataException>(() => RunScoring.Report(folder.Path)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Rescore_ProtocolWithOtherTruths_IsRefused()
    {
        folder.Write("Questions.csv", "Index,Question,Options,Correct Answer\n279,Is it?,(a) Open (b) Closed,(a)\n280,Is it?,(a) Open (b) Closed,(b)\n");
        folder.Picture("MMVP Images/279.jpg");
        folder.Picture("MMVP Images/280.jpg");
        Assert.Equal(0, folder.Evaluate("mmvp", _ => "(a)").Figures[0].Value);

        Assert.Contains("its questions or truths are not in the samples", Assert.Throws<DataException>(() => RunScoring.Rescore(folder["run"], "errata", null)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Compare_TwoRuns_CountsWhereOnlyOneIsRight()
    {
        folder.Evaluate("pope", asked => asked.Item.Truth.Answers[0], "right");
        folder.Evaluate("pope", _ => "yes", "yes", model: "n"); // nine of 27 wrong

        var comparison = RunComparison.Of(folder["right"], folder["yes"]);

        Assert.Equal((9, 0), (comparison.McNemar!.OnlyFirst, comparison.McNemar.OnlySecond));
        Assert.Equal(2.0 / 512, comparison.McNemar.PValue, 1e-12);
        var headline = comparison.Figures[0];
        Assert.Equal(("F1, mean of splits", 1.0), (headline.Name, headline.First));
        Assert.Equal(0.2, headline.Test.Difference, 1e-12);
        Assert.True(headline.Test.Low > 0 && headline.Test.PValue < 0.05);
    }

    [Fact]
    public void Compare_OtherQuestions_IsRefused()
    {
        folder.Evaluate("pope", Answer, "all");
        folder.Evaluate("pope", Answer, "some", limit: 5);
        Assert.Contains("the same --limit", Assert.Throws<DataException>(() => RunComparison.Of(folder["all"], folder["some"])).Message, StringComparison.Ordinal);

        folder.Write("coco_pope_random.json", File.ReadAllText(folder["coco_pope_random.json"]).Replace("thing 1", "thing one", StringComparison.Ordinal));
        folder.Evaluate("pope", Answer, "other");
        Assert.Contains("the same questions", Assert.Throws<DataException>(() => RunComparison.Of(folder["all"], folder["other"])).Message, StringComparison.Ordinal);
    }

    private static string Answer(AskedItem asked) => Answer(int.Parse(asked.Item.Id.Split('/')[^1], System.Globalization.CultureInfo.InvariantCulture));

    private static string Answer(int number) => (number % 4) switch { 0 => "No.", 1 => "Yes, there is – é.", 2 => "no", _ => "I do not know" };

    // Where the last four lines begin, but not before the end of the first.
    private static int LastBatch(byte[] bytes)
    {
        var ends = Enumerable.Range(0, bytes.Length).Where(at => bytes[at] == '\n').Select(at => at + 1).ToArray();
        return ends[Math.Max(0, ends.Length - 5)];
    }
}
