using System.Diagnostics;
using System.Text.Json;
using Collimate.Cli;
using Collimate.Data.Scenes;
using Collimate.Evaluation;
using Collimate.Recipes.Schema;
using Collimate.Tests.Evaluation.Benchmarks;

namespace Collimate.Tests.Cli;

public sealed class EvalCommandTests : IDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly TinyLlava model = new();

    public EvalCommandTests()
    {
        // The tiny model's context holds 64 letters.
        folder.Write("tiny.yaml", "name: tiny\nversion: 1\ntitle: Tiny\nsource: here\nreader: pope\nprompt: \"{images}{question}\"\nmax_new_tokens: 8\nmetric: yes_no\nparser: pope\ndefault_protocol: plain\n"
            + "protocols:\n  plain: { note: tiny }\n  lmms: { note: other, parser: yes_no_word, metric: yes_no_lmms }\n");
        Pope(4);
    }

    public void Dispose()
    {
        folder.Dispose();
        model.Dispose();
    }

    [Fact]
    public void Eval_RescoreAndSignificance_AgreeOnFiles()
    {
        var run = Eval("run", "--batch", "5");
        Assert.True(run.Code == 0, run.Error);
        Assert.Contains("Tiny, protocol plain: 12 answers", run.Output, StringComparison.Ordinal);
        Assert.Contains("12 questions", run.Error, StringComparison.Ordinal);
        var report = File.ReadAllBytes(folder["run/report.json"]);
        File.Delete(folder["run/report.json"]);

        Assert.Equal(0, CommandLine.Run("rescore", folder["run"]).Code);
        Assert.Equal(report, File.ReadAllBytes(folder["run/report.json"]));
        Assert.Equal(0, CommandLine.Run("rescore", folder["run"], "--protocol", "lmms").Code);
        var same = CommandLine.Run("significance", folder["run"], folder["run"], "--json");
        using var json = JsonDocument.Parse(same.Output);
        Assert.Equal(1, json.RootElement.GetProperty("mcNemar").GetProperty("pValue").GetDouble());
        Assert.Contains("exact binomial", CommandLine.Run("significance", folder["run"], folder["run"]).Output, StringComparison.Ordinal);
        Assert.Single(File.ReadAllLines(folder["run/times.jsonl"]));
    }

    [Fact]
    public void Eval_OneByOneOrTogether_AnswersAlike()
    {
        Assert.Equal(0, Eval("one", "--batch", "1").Code);
        Assert.Equal(0, Eval("all", "--batch", "12").Code);

        Assert.Equal(Raw("one"), Raw("all"));

        string[] Raw(string run) => [.. File.ReadAllLines(folder[$"{run}/samples.jsonl"]).Skip(1).Select(line => JsonDocument.Parse(line).RootElement.GetProperty("raw").GetString()!)];
    }

    [Fact]
    public async Task Eval_ProcessKilled_ResumesToTheSameReport()
    {
        Pope(60);
        using (var whole = Start("whole"))
        {
            await whole.WaitForExitAsync();
            Assert.Equal(0, whole.ExitCode);
        }

        var (random, kills) = (new Random(5), 0);
        while (true)
        {
            using var process = Start("run");
            var seen = Length("run");
            while (!process.HasExited && Length("run") == seen)
            {
                await Task.Delay(1); // until a batch was written
            }

            await Task.Delay(random.Next(0, 30));
            if (kills < 3 && !process.HasExited)
            {
                process.Kill();
                kills++;
            }

            await process.WaitForExitAsync();
            if (process.ExitCode == 0)
            {
                break;
            }
        }

        Assert.True(kills > 0, "it was never killed");
        Assert.Equal(File.ReadAllBytes(folder["whole/report.json"]), File.ReadAllBytes(folder["run/report.json"]));
        Assert.Equal(File.ReadAllBytes(folder["whole/samples.jsonl"]), File.ReadAllBytes(folder["run/samples.jsonl"]));
    }

    [Fact]
    public void Eval_Scenes_EqualsTheGymsOwnFigures()
    {
        var trained = TrainedScenes();
        var run = CommandLine.Run("eval", trained, "--benchmark", "scenes", "--protocol", "validation", "--limit", "160", "--batch", "32", "--out", folder["scenes"], "--json");
        Assert.True(run.Code == 0, run.Error);
        using var json = JsonDocument.Parse(run.Output);
        using var built = ModelFolder.Load(trained);
        var expected = SceneEvaluation.Run(built, SceneSplit.Validation, 20);

        var figures = json.RootElement.GetProperty("figures").EnumerateArray().ToDictionary(figure => figure.GetProperty("name").GetString()!, figure => figure.GetProperty("value"));
        Assert.Equal(160, json.RootElement.GetProperty("n").GetInt32());
        Assert.Equal(expected.Mean, figures["accuracy, mean of kinds"].GetDouble(), 1e-9);
        Assert.All(expected.Kinds.Keys, kind => Assert.Equal(expected.Of(kind), figures[$"kind: {kind}"].GetDouble(), 1e-9));
    }

    [Fact]
    public void Eval_Mmlu_EqualsTheProjectsOwnFigure()
    {
        var choices = "a,b,c,d";
        folder.Write("dev/law_dev.csv", string.Concat(Enumerable.Range(0, 5).Select(k => $"Old {k}?,{choices},{"ABCDA"[k]}\n")));
        folder.Write("test/law_test.csv", string.Concat(Enumerable.Range(0, 12).Select(k => $"New {k}?,{choices},{"ABCD"[k % 4]}\n")));
        var decoder = Path.Combine(Repository(), "models", "decoder");
        var run = CommandLine.Run("eval", decoder, "--benchmark", "mmlu", "--data", folder.Path, "--out", folder["mmlu"], "--json");
        Assert.True(run.Code == 0, run.Error);

        using var json = JsonDocument.Parse(run.Output);
        using var built = ModelFolder.Load(decoder);
        var expected = Collimate.Evaluation.MultipleChoice.MultipleChoiceEvaluation.Run(built.Model, built.Tokenizer, Collimate.Evaluation.MultipleChoice.MmluFiles.Load(folder.Path));
        Assert.True(expected.Subjects.Sum(subject => subject.TooLong) < 12, "no question fits into the context");
        Assert.Equal(expected.Accuracy, json.RootElement.GetProperty("figures")[0].GetProperty("value").GetDouble());
    }

    [Fact]
    public void Eval_OtherModel_IsRefused()
    {
        Assert.Equal(0, Eval("run").Code);
        File.AppendAllText(Path.Combine(model.Path, "generation_config.json"), " ");

        var again = Eval("run");

        Assert.Equal(2, again.Code);
        Assert.Contains("SHA-256 of the model", again.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--benchmark pop", "did you mean 'pope'")]
    [InlineData("", "which benchmark?")]
    [InlineData("--benchmark pope", "name their folder with --data DIR. Where to get them: questions: output/coco")]
    [InlineData("--benchmark pope --data /nowhere", "there is no such folder")]
    [InlineData("--benchmark pope --protocol lava", "did you mean 'llava'")]
    [InlineData("--benchmark pope --batch 0", "whole numbers from 1")]
    [InlineData("--benchmark gqa --data {data}", "testdev_balanced_questions.json, which GQA, testdev_balanced needs. Where to get it: https://cs.stanford.edu")]
    public void Eval_Misused_SaysWhatIsWrong(string options, string message)
    {
        var run = CommandLine.Run(["eval", model.Path, "--out", folder["bad"], .. options.Replace("{data}", folder.Path, StringComparison.Ordinal).Split(' ', StringSplitOptions.RemoveEmptyEntries)]);

        Assert.Equal(2, run.Code);
        Assert.Contains(message, run.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Eval_List_NamesEveryProtocolAndSource()
    {
        var list = CommandLine.Run("eval", "--list");

        Assert.Equal(0, list.Code);
        Assert.Contains("--protocol llava (default)", list.Output, StringComparison.Ordinal);
        Assert.Contains("mmvp: MMVP", list.Output, StringComparison.Ordinal);
        using var json = JsonDocument.Parse(CommandLine.Run("eval", "--list", "--json").Output);
        Assert.Equal(18, json.RootElement.GetArrayLength());
    }

    private CommandLine Eval(string run, params string[] more) => CommandLine.Run(["eval", model.Path, "--benchmark", folder["tiny.yaml"], "--data", folder.Path, "--out", folder[run], .. more]);

    private void Pope(int questions)
    {
        folder.Pope(questions);
        foreach (var file in Directory.GetFiles(folder.Path, "coco_pope_*.json"))
        {
            File.WriteAllText(file, File.ReadAllText(file).Replace("Is there a ", "", StringComparison.Ordinal).Replace(" in the image", "", StringComparison.Ordinal));
        }
    }

    private long Length(string run) => File.Exists(folder[$"{run}/samples.jsonl"]) ? new FileInfo(folder[$"{run}/samples.jsonl"]).Length : 0;

    private Process Start(string run)
    {
        var start = new ProcessStartInfo("dotnet") { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var argument in (string[])[typeof(ExitCode).Assembly.Location, "eval", model.Path, "--benchmark", folder["tiny.yaml"], "--data", folder.Path, "--out", folder[run], "--batch", "2"])
        {
            start.ArgumentList.Add(argument);
        }

        var process = Process.Start(start)!;
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return process;
    }

    private static string Repository()
    {
        var root = new DirectoryInfo(AppContext.BaseDirectory);
        while (!Directory.Exists(Path.Combine(root.FullName, "models", "encoder")))
        {
            root = root.Parent!;
        }

        return root.FullName;
    }

    // A model of the gym whose connector has hardly learnt: some of its answers are right.
    private string TrainedScenes()
    {
        folder.Write("eyes.yaml", $$"""
            name: eyes
            model:
              vision: { type: encoder, path: {{Repository()}}/models/encoder, layer: -1 }
              connector: linear
              language: { type: checkpoint, path: {{Repository()}}/models/decoder }
            stages:
              - name: short
                learning_rates: { connector: 1e-3 }
                data: { type: scenes, questions_per_scene: 2 }
                steps: 2
                batch_size: 4
                pieces: 2
                precision: fp32
            """);
        var run = CommandLine.Run("train", folder["eyes.yaml"], "--out", folder["eyes"]);
        Assert.True(run.Code == 0, run.Error);
        return folder["eyes"];
    }
}
