using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using Collimate.Cli.Display;
using Collimate.Evaluation.Benchmarks;
using Collimate.Evaluation.Benchmarks.Runs;
using Collimate.Recipes.Schema;

namespace Collimate.Cli.Commands;

/// <summary><c>collimate eval</c>: a model answers a benchmark's questions.</summary>
internal static class EvalCommand
{
    private const string TimesFile = "times.jsonl";

    /// <summary>Makes the command.</summary>
    public static Command Create()
    {
        var checkpoint = new Argument<string?>("checkpoint") { Description = "The folder of a run, a model or a checkpoint; or of a LLaVA, Llama or Qwen2 checkpoint in Hugging Face's layout.", Arity = ArgumentArity.ZeroOrOne };
        var benchmark = new Option<string?>("--benchmark") { Description = $"One of {string.Join(", ", BenchmarkCatalogue.Names)}; or the path of a definition.", HelpName = "NAME" };
        var protocol = new Option<string?>("--protocol") { Description = "How answers are asked for, understood and counted (default: the benchmark's own; see --list).", HelpName = "P" };
        var data = new Option<string?>("--data") { Description = "The folder of the benchmark's data.", HelpName = "DIR" };
        var folder = new Option<string?>("--out") { Description = "The run's folder (default: evaluations/BENCHMARK-PROTOCOL-MODEL). A run that is there is gone on with.", HelpName = "DIR" };
        var limit = new Option<int?>("--limit") { Description = "The first N questions, and those that are scored together with the last.", HelpName = "N" };
        var batch = new Option<int>("--batch") { Description = "Questions asked at once.", HelpName = "N", DefaultValueFactory = _ => 8 };
        var list = new Option<bool>("--list") { Description = "List the benchmarks, their protocols and where their data are to be had." };
        var (precision, strict, adapter, json) = (SpeakingModel.PrecisionOption(), CheckpointOptionSet.StrictOption(), AdapterOptionSet.AdapterOption(), CommandActions.JsonOption());
        var command = new Command("eval", "Evaluate a model on a benchmark; stopped or killed, it goes on where it was.") { checkpoint, benchmark, protocol, data, folder, limit, batch, list, precision, strict, adapter, json };
        return command.Runs((parse, io, cancellation) =>
        {
            if (parse.GetValue(list))
            {
                List(io, parse.GetValue(json));
                return ExitCode.Success;
            }

            var model = parse.GetValue(checkpoint) ?? throw new UsageException("which model? Name the folder of a run or a checkpoint, such as runs/demo.");
            var definition = BenchmarkCatalogue.Find(parse.GetValue(benchmark) ?? throw new UsageException($"which benchmark? Say --benchmark with one of {string.Join(", ", BenchmarkCatalogue.Names)}, or the path of a definition."));
            if (parse.GetValue(limit) < 1 || parse.GetValue(batch) < 1)
            {
                throw new UsageException("--limit and --batch: expected whole numbers from 1.");
            }

            var chosen = definition.Protocol(parse.GetValue(protocol));
            _ = Directory.Exists(model) ? 0 : throw new UsageException($"{model}: there is no such folder.");
            var hash = ModelFingerprint.Of(model, parse.GetValue(adapter));
            var options = new EvaluationOptions
            {
                Folder = parse.GetValue(folder) ?? Path.Combine("evaluations", $"{definition.Name}-{chosen.Name}-{Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(model)))}-{hash[..8]}"),
                Protocol = chosen.Name, Data = parse.GetValue(data), Limit = parse.GetValue(limit), Batch = parse.GetValue(batch), Model = model, ModelSha256 = hash, Precision = parse.GetValue(precision)!,
            };
            BuiltModel? built = null;
            try
            {
                var report = Run(new EvaluationRun(definition, options), options, () =>
                {
                    built = SpeakingModel.Load(model, parse.GetValue(precision), parse.GetValue(strict), io, parse.GetValue(adapter));
                    return new ModelAnswerer(built);
                }, io, cancellation);
                BenchmarkTables.Write(report, Path.Combine(options.Folder, EvaluationReport.FileName), parse.GetValue(json), io);
            }
            finally
            {
                built?.Dispose();
            }

            return ExitCode.Success;
        });
    }

    private static EvaluationReport Run(EvaluationRun run, EvaluationOptions options, Func<IBenchmarkAnswerer> answerer, CommandIo io, CancellationToken cancellation)
    {
        var progress = io.Progress();
        var (begun, first) = (Stopwatch.StartNew(), -1);
        try
        {
            return run.Run(answerer, (done, all) =>
            {
                if (first < 0)
                {
                    first = done;
                    progress.Start(done == 0 ? "answering" : $"going on after {done} answers", all - done, "questions");
                }

                progress.Report(done - first);
                if (done == all && done > first)
                {
                    // Beside the report, which must not differ from one computation to the next.
                    File.AppendAllText(Path.Combine(options.Folder, TimesFile), string.Create(CultureInfo.InvariantCulture, $"{{\"finished\": \"{DateTime.UtcNow:O}\", \"questions\": {done - first}, \"seconds\": {begun.Elapsed.TotalSeconds:0.###}}}\n"));
                }
            }, cancellation);
        }
        finally
        {
            progress.Finish();
        }
    }

    private static void List(CommandIo io, bool json)
    {
        var all = BenchmarkCatalogue.Names.Select(BenchmarkCatalogue.Find).ToArray();
        if (json)
        {
            io.WriteJson(all.Select(one => new { one.Name, one.Version, one.Title, one.DefaultProtocol, Protocols = one.Protocols.ToDictionary(protocol => protocol.Key, protocol => protocol.Value.Note), one.Source }));
            return;
        }

        foreach (var one in all)
        {
            io.Output.WriteLine($"{one.Name}: {one.Title} (version {one.Version})");
            foreach (var (name, protocol) in one.Protocols)
            {
                io.Output.WriteLine($"  --protocol {name}{(name == one.DefaultProtocol ? " (default)" : "")}: {protocol.Note}");
            }

            io.Output.WriteLine($"  data: {one.Source}");
        }
    }
}
