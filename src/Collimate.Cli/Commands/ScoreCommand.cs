using System.CommandLine;
using System.Globalization;
using Collimate.Cli.Display;
using Collimate.Evaluation.Metrics;
using Collimate.Evaluation.Metrics.Answers;
using Collimate.Evaluation.Metrics.Captions;
using Collimate.Evaluation.Metrics.Captions.Meteor;

namespace Collimate.Cli.Commands;

/// <summary><c>collimate score</c>: captions and answers against what people said, in the formats of COCO's and VQA's tools.</summary>
internal static class ScoreCommand
{
    private static readonly string[] CaptionMetrics = ["bleu", "rouge_l", "cider_d", "cider", "meteor", "rouge_l_f1"];
    private static readonly string[] AnswerMetrics = ["vqa", "vqa_clean", "vqa_evalai"];

    /// <summary>Makes the command.</summary>
    public static Command Create()
    {
        var results = new Argument<string>("results") { Description = "The model's captions, [{\"image_id\", \"caption\"}], or answers, [{\"question_id\", \"answer\"}]." };
        var annotations = new Argument<string>("annotations") { Description = "What people said: COCO's captions or VQA's annotations." };
        var metrics = new Option<string>("--metrics") { Description = $"Separated by commas: {string.Join(", ", CaptionMetrics)}; or {string.Join(", ", AnswerMetrics)}.", HelpName = "LIST", DefaultValueFactory = _ => "bleu,rouge_l,cider_d,meteor" };
        var subset = new Option<bool>("--subset") { Description = "Score the pictures that have a caption, though others have none. CIDEr of a part is no CIDEr of the whole." };
        var each = new Option<bool>("--each") { Description = "Also write the figures of every picture or question." };
        var wordNet = new Option<string?>("--wordnet") { Description = $"WordNet's files, for METEOR's synonyms (default: {WordNetSynonyms.DefaultFolder} where it is).", HelpName = "DIR" };
        var paraphrases = new Option<string?>("--paraphrases") { Description = "METEOR's paraphrase-en.gz.", HelpName = "FILE" };
        var functionWords = new Option<string?>("--function-words") { Description = "METEOR's english.words.", HelpName = "FILE" };
        var threads = new Option<int>("--threads") { Description = "Threads; figures do not depend on them.", HelpName = "N", DefaultValueFactory = _ => Environment.ProcessorCount };
        var json = CommandActions.JsonOption();
        var command = new Command("score", "Score captions and answers: BLEU, ROUGE-L, CIDEr, METEOR, VQA accuracy.")
        {
            results, annotations, metrics, subset, each, wordNet, paraphrases, functionWords, threads, json,
        };
        return command.Runs((parse, io, cancellation) =>
        {
            var asked = Asked(parse.GetRequiredValue(metrics));
            if (parse.GetValue(threads) < 1)
            {
                throw new UsageException($"--threads {parse.GetValue(threads)}: expected a whole number from 1.");
            }

            if (asked.All(AnswerMetrics.Contains))
            {
                WriteAnswers(asked, ScoredFiles.Questions(parse.GetRequiredValue(annotations)), ScoredFiles.Answers(parse.GetRequiredValue(results)), parse.GetValue(each), parse.GetValue(json), io);
                return ExitCode.Success;
            }

            var pairs = ScoredFiles.Captions(parse.GetRequiredValue(results), parse.GetRequiredValue(annotations), parse.GetValue(subset));
            var meteor = asked.Contains("meteor") ? Meteor(parse.GetValue(wordNet), parse.GetValue(paraphrases), parse.GetValue(functionWords)) : null;
            var tokenized = CaptionPair.Tokenize(pairs, parse.GetValue(threads), cancellation);
            var runs = new Lazy<CaptionRuns>(() => CaptionRuns.Of(tokenized));
            CaptionScores[] scores = [.. asked.SelectMany(name => Score(name, pairs, tokenized, runs, meteor, parse.GetValue(threads), cancellation))];
            WriteCaptions(scores, pairs, parse.GetValue(each), parse.GetValue(json), io);
            return ExitCode.Success;
        });
    }

    private static string[] Asked(string list)
    {
        string[] asked = [.. list.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Distinct()];
        string[] known = [.. CaptionMetrics, .. AnswerMetrics];
        if (asked.FirstOrDefault(name => !known.Contains(name)) is { } stray)
        {
            throw new UsageException($"--metrics {stray}: there is no such metric; expected some of {string.Join(", ", known)}.");
        }

        return asked.Length == 0 || (asked.Any(AnswerMetrics.Contains) && !asked.All(AnswerMetrics.Contains))
            ? throw new UsageException($"--metrics {list}: name metrics of captions ({string.Join(", ", CaptionMetrics)}) or of answers ({string.Join(", ", AnswerMetrics)}), not both.")
            : asked;
    }

    private static MeteorScorer Meteor(string? wordNet, string? paraphrases, string? functionWords)
    {
        var folder = wordNet ?? (WordNetSynonyms.IsIn(WordNetSynonyms.DefaultFolder) ? WordNetSynonyms.DefaultFolder : null);
        return new MeteorScorer(
            folder is null ? null : WordNetSynonyms.Load(folder), paraphrases is null ? null : ParaphraseTable.Load(paraphrases), functionWords is null ? null : FunctionWords.Load(functionWords));
    }

    private static IReadOnlyList<CaptionScores> Score(
        string name, IReadOnlyList<CaptionPair> pairs, IReadOnlyList<CaptionPair> tokenized, Lazy<CaptionRuns> runs, MeteorScorer? meteor, int threads, CancellationToken cancellation) => name switch
        {
            "bleu" => Bleu.Score(runs.Value, threads, cancellation),
            "rouge_l" => [RougeL.Score(tokenized, threads, cancellation)],
            "cider_d" => [Cider.ScoreD(runs.Value, threads, cancellation)],
            "cider" => [Cider.Score(runs.Value, threads, cancellation)],
            "rouge_l_f1" => [RougeLF1.Score(pairs, threads, cancellation)],
            _ => [meteor!.Score(tokenized, threads, cancellation)],
        };

    private static void WriteCaptions(CaptionScores[] scores, IReadOnlyList<CaptionPair> pairs, bool each, bool json, CommandIo io)
    {
        var images = each ? pairs.Select((pair, at) => new { pair.Id, Scores = scores.ToDictionary(score => score.Metric, score => score.Images[at]) }) : null;
        if (json)
        {
            io.WriteJson(new { Pictures = pairs.Count, Scores = scores.ToDictionary(score => score.Metric, score => score.Corpus), Images = images });
            return;
        }

        Table(scores.Select(score => (score.Metric, score.Corpus)), io);
        if (each)
        {
            var table = new TextTable(["picture", .. scores.Select(score => $">{score.Metric}")]);
            for (var at = 0; at < pairs.Count; at++)
            {
                table.Row([pairs[at].Id, .. scores.Select(score => Number(score.Images[at]))]);
            }

            io.Output.WriteLine();
            table.Write(io);
        }
    }

    private static void WriteAnswers(string[] asked, IReadOnlyList<VqaQuestion> questions, IReadOnlyDictionary<string, string> answers, bool each, bool json, CommandIo io)
    {
        var scores = asked.ToDictionary(name => name, name => VqaAccuracy.Score(questions, answers, name switch { "vqa" => VqaProtocol.Official, "vqa_clean" => VqaProtocol.Clean, _ => VqaProtocol.EvalAi }));
        if (json)
        {
            io.WriteJson(new
            {
                Questions = questions.Count,
                Scores = scores.ToDictionary(one => one.Key, one => new { one.Value.Overall, one.Value.QuestionTypes, one.Value.AnswerTypes }),
                Each = each ? questions.Select((question, at) => new { question.Id, Scores = scores.ToDictionary(one => one.Key, one => one.Value.Questions[at]) }) : null,
            });
            return;
        }

        foreach (var (name, score) in scores)
        {
            Table([(name, score.Overall), .. score.AnswerTypes.Select(type => ($"  {type.Key}", type.Value))], io);
        }

        if (each)
        {
            var table = new TextTable(["question", .. asked.Select(name => $">{name}")]);
            for (var at = 0; at < questions.Count; at++)
            {
                table.Row([questions[at].Id, .. asked.Select(name => Number(scores[name].Questions[at]))]);
            }

            io.Output.WriteLine();
            table.Write(io);
        }
    }

    private static void Table(IEnumerable<(string Name, double Value)> rows, CommandIo io)
    {
        var table = new TextTable("metric", ">score");
        foreach (var (name, value) in rows)
        {
            table.Row(name, Number(value));
        }

        table.Write(io);
    }

    private static string Number(double value) => value.ToString("0.0000", CultureInfo.InvariantCulture);
}
