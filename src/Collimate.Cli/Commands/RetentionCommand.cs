using System.CommandLine;
using System.Globalization;
using Collimate.Cli.Display;
using Collimate.Evaluation.Language;
using Collimate.Recipes.Schema;

namespace Collimate.Cli.Commands;

/// <summary><c>collimate retention</c>: does a model still speak as it did before it learnt to see?</summary>
internal static class RetentionCommand
{
    /// <summary>Makes the command.</summary>
    public static Command Create()
    {
        var checkpoints = new Argument<string[]>("checkpoints") { Description = "Folders of runs, models or checkpoints; the first is what the others are compared with.", Arity = ArgumentArity.OneOrMore };
        var text = new Option<string[]>("--text") { Description = "A file of plain text whose perplexity is measured. May be given several times.", HelpName = "FILE" };
        var context = new Option<int?>("--context") { Description = "Tokens of a window (default: the decoder's whole context).", HelpName = "N" };
        var scenes = new Option<bool>("--scenes") { Description = "Ask about the gym's scenes in words, and measure the perplexity of the answers." };
        var mmlu = new Option<string?>("--mmlu") { Description = "A folder of multiple-choice questions in MMLU's layout.", HelpName = "DIR" };
        var shots = new Option<int>("--shots") { Description = "Examples shown before each of these questions.", HelpName = "N", DefaultValueFactory = _ => 5 };
        var limit = new Option<int?>("--limit") { Description = "The most questions of a subject.", HelpName = "N" };
        var precision = SpeakingModel.PrecisionOption();
        var strict = CheckpointOptionSet.StrictOption();
        var json = CommandActions.JsonOption();
        var command = new Command("retention", "Measure how a model speaks without pictures: perplexity of text it has not seen, multiple-choice questions.")
        {
            checkpoints, text, context, scenes, mmlu, shots, limit, precision, strict, json,
        };
        return command.Runs((parse, io, cancellation) =>
        {
            if (parse.GetValue(text) is not { Length: > 0 } && !parse.GetValue(scenes) && parse.GetValue(mmlu) is null)
            {
                throw new UsageException("say what to measure: --text FILE, --scenes or --mmlu DIR");
            }

            AtLeast("--context", parse.GetValue(context), 2);
            AtLeast("--shots", parse.GetValue(shots), 0);
            AtLeast("--limit", parse.GetValue(limit), 1);
            var measured = new LanguageRetention(
                new RetentionRecipe
                {
                    Texts = parse.GetValue(text), Context = parse.GetValue(context), Mmlu = parse.GetValue(mmlu), Shots = parse.GetValue(shots), QuestionsPerSubject = parse.GetValue(limit),
                    Data = parse.GetValue(scenes) ? LanguageRetention.Scenes : null,
                },
                Environment.CurrentDirectory);
            var scores = new List<RetentionScore>();
            foreach (var folder in parse.GetRequiredValue(checkpoints))
            {
                using var built = SpeakingModel.Load(folder, parse.GetValue(precision), parse.GetValue(strict), io);
                scores.Add(Measure(measured, built, folder, io, cancellation));
            }

            if (parse.GetValue(json))
            {
                io.WriteJson(scores.Select(score => new
                {
                    Checkpoint = score.After, score.TextPerplexity, score.BitsPerByte, score.AnswerPerplexity, score.ExactAnswers, score.MultipleChoice, score.Categories,
                }));
            }
            else
            {
                Write(scores, io);
            }

            return ExitCode.Success;
        });
    }

    private static RetentionScore Measure(LanguageRetention measured, BuiltModel built, string folder, CommandIo io, CancellationToken cancellation)
    {
        var progress = io.Progress();
        string? current = null;
        try
        {
            return measured.Measure(built, folder, (what, done, total) =>
            {
                if (what != current)
                {
                    progress.Start($"{Path.GetFileName(Path.TrimEndingDirectorySeparator(folder))}, {what}", total, what == "questions" ? "questions" : "tokens");
                    current = what;
                }

                progress.Report(done);
            }, cancellation);
        }
        finally
        {
            progress.Finish();
        }
    }

    private static void Write(List<RetentionScore> scores, CommandIo io)
    {
        var names = scores.SelectMany(score => score.Measures.Select(one => one.Name)).Distinct().ToArray();
        var table = new TextTable(["model", .. names.Select(name => $">{name.Replace('_', ' ')}")]);
        foreach (var score in scores)
        {
            var values = score.Measures.ToDictionary(one => one.Name, one => one.Value);
            table.Row([score.After, .. names.Select(name => Number(name, values[name]))]);
        }

        table.Write(io);
        if (scores.Exists(score => score.Categories is not null))
        {
            var categories = scores.SelectMany(score => score.Categories!.Keys).Distinct().ToArray();
            var questions = new TextTable(["model", .. categories.Select(name => $">{name}")]);
            foreach (var score in scores)
            {
                questions.Row([score.After, .. categories.Select(name => score.Categories!.TryGetValue(name, out var share) ? Percent(share) : "")]);
            }

            io.Output.WriteLine();
            questions.Write(io);
        }
    }

    private static string Number(string name, double value) => name is "exact_answers" or "multiple_choice" ? Percent(value) : value.ToString("0.000", CultureInfo.InvariantCulture);

    private static string Percent(double share) => share.ToString("0.0 %", CultureInfo.InvariantCulture);

    private static void AtLeast(string option, int? value, int least)
    {
        if (value < least)
        {
            throw new UsageException($"{option} {value}: expected a whole number from {least}.");
        }
    }
}
