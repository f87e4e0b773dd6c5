using System.CommandLine;
using System.Net.Http.Headers;
using Collimate.Cli.Display;
using Collimate.Evaluation.Benchmarks.Runs;

namespace Collimate.Cli.Commands;

/// <summary><c>collimate judge</c>: has a language model grade the answers of a benchmark that needs it.</summary>
internal static class JudgeCommand
{
    private const string KeyVariable = "COLLIMATE_JUDGE_KEY";

    /// <summary>Makes the command.</summary>
    public static Command Create()
    {
        var run = new Argument<string>("run") { Description = "The folder of an evaluation of MM-Vet." };
        var url = new Option<string>("--url") { Description = "The address of an OpenAI-compatible API, such as http://localhost:8000/v1.", HelpName = "URL", Required = true };
        var model = new Option<string>("--model") { Description = "The judge's name there.", HelpName = "NAME", Required = true };
        var prompt = new Option<string?>("--prompt") { Description = "A file with another prompt: {question}, {truth} and {answer} are filled in.", HelpName = "FILE" };
        var json = CommandActions.JsonOption();
        var command = new Command("judge", $"Have a language model grade the answers of an evaluation of MM-Vet; grades are kept. A key for it is read from {KeyVariable}.") { run, url, model, prompt, json };
        return command.Runs(async (parse, io, cancellation) =>
        {
            if (!Uri.TryCreate(parse.GetRequiredValue(url).TrimEnd('/') + "/", UriKind.Absolute, out var address) || address.Scheme is not ("http" or "https"))
            {
                throw new UsageException($"--url {parse.GetRequiredValue(url)}: expected an address such as http://localhost:8000/v1.");
            }

            using var client = new HttpClient { BaseAddress = address };
            if (Environment.GetEnvironmentVariable(KeyVariable) is { Length: > 0 } key)
            {
                client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", key);
            }

            var progress = io.Progress();
            var text = parse.GetValue(prompt) is { } file ? await File.ReadAllTextAsync(file, cancellation) : null;
            EvaluationReport report;
            try
            {
                var isBegun = false;
                report = await new Judge(client, parse.GetRequiredValue(model), text).GradeAsync(parse.GetRequiredValue(run), (done, all) =>
                {
                    if (!isBegun)
                    {
                        isBegun = true;
                        progress.Start("grading", all, "answers");
                    }

                    progress.Report(done);
                }, cancellation);
            }
            finally
            {
                progress.Finish();
            }

            BenchmarkTables.Write(report, Path.Combine(parse.GetRequiredValue(run), EvaluationReport.FileName), parse.GetValue(json), io);
            return ExitCode.Success;
        });
    }
}
