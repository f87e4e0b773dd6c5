using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Collimate.Cli;
using Collimate.Recipes;
using Collimate.Tests.Cli;
using Collimate.Tests.Tokenization;
using Collimate.Torch;
using Collimate.Torch.Serialization;
using Collimate.Training;

namespace Collimate.Tests.Training;

/// <summary>Trainings in several real processes, as the command line starts them and as other launchers do.</summary>
public sealed class ProcessRanksTests : IDisposable
{
    // Adam's first steps divide by the root of almost nothing, which would enlarge a rounding difference: hence the epsilon.
    private const string Recipe = """
        name: tiny
        model:
          connector: identity
          language: { type: fresh, hidden_size: 16, layers: 1, heads: 2, key_value_heads: 1, intermediate_size: 32, context_length: 64, vocabulary_size: 1024 }
        stages:
          - name: first
            learning_rates: { language: 1e-2 }
            epsilon: 1e-2
            data: { type: scenes, content: blind, questions_per_scene: 2 }
            steps: 3
            batch_size: 4
            pieces: 4
            precision: fp32
          - name: second
            learning_rates: { language: 1e-2 }
            epsilon: 1e-2
            data: { type: scenes, content: blind, questions_per_scene: 2, seed: 9 }
            steps: 60
            batch_size: 6
            micro_batch: 2
            precision: fp32
            validation: { data: { type: scenes, content: blind, split: validation, questions_per_scene: 2 }, samples: 12, every: 20, patience: 9 }
        """;

    // A busy machine may take long to start a process; a hang is far beyond this.
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private readonly TemporaryFolder folder = new();

    public ProcessRanksTests() => File.WriteAllText(RecipePath, Recipe);

    private string RecipePath => Path.Combine(folder.Path, "tiny.yaml");

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Train_InTwoProcesses_EqualsOneProcess()
    {
        var alone = Alone();
        var run = CommandLine.Run("train", RecipePath, "--out", Out("two"), "--nproc", "2", "--workers", "1");
        Assert.True(run.Code == ExitCode.Success, run.Error);
        Assert.Contains("in each of 2 processes", run.Output, StringComparison.Ordinal);
        Assert.Contains("3 pieces do not divide among 2 ranks", run.Error, StringComparison.Ordinal);
        Assert.Equal(63 + 3, File.ReadAllLines(Path.Combine(Out("two"), "log.jsonl")).Length);
        AssertClose(alone, Weights("two"));
    }

    [Fact]
    public void Train_ResumedByOtherNumbersOfProcesses_EqualsOneProcess()
    {
        var alone = Alone();
        // One process is interrupted within a step, two go on with the rest of it and are interrupted in turn, one ends the run.
        using (var cancel = new CancellationTokenSource())
        using (var run = Open(new RunOptions { Folder = Out("mixed"), Workers = 1 }))
        {
            var stopped = run.Train(new Recorder(step => { if (step.Step == 2) { cancel.Cancel(); } }), cancellation: cancel.Token);
            Assert.NotNull(stopped);
        }

        using var interruption = new CancellationTokenSource();
        var error = new Trigger("second: 60 steps", interruption);
        var code = Program.Run(["train", RecipePath, "--out", Out("mixed"), "--nproc", "2", "--workers", "1", "--resume"], new StringWriter(), error, interruption.Token);
        Assert.True(code == ExitCode.Interrupted, error.ToString());
        Assert.Contains("a checkpoint is in", error.ToString(), StringComparison.Ordinal);
        using (var run = Open(new RunOptions { Folder = Out("mixed"), Workers = 1, Resume = true }))
        {
            var rest = new Recorder();
            Assert.Null(run.Train(rest));
            Assert.InRange(rest.Steps.Count, 1, 59);
        }

        AssertClose(alone, Weights("mixed"));
    }

    [Fact]
    public async Task Train_RankKilled_EndsTheOthersWithAMessageThatNamesIt()
    {
        var port = FreePort();
        using var first = Start(0, port);
        using var second = Start(1, port);
        WaitForStep(Out("killed"));
        second.Kill();
        var error = await first.StandardError.ReadToEndAsync().WaitAsync(Patience);
        await first.WaitForExitAsync().WaitAsync(Patience);
        Assert.Equal(ExitCode.Failed, first.ExitCode);
        Assert.Contains("Rank 1 did not answer", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Train_RankKilledUnderTheLauncher_IsReported()
    {
        var (output, error) = (new StringWriter(), new StringWriter());
        var launched = Task.Run(() => Program.Run(
            ["train", RecipePath, "--out", Out("killed"), "--nproc", "2", "--workers", "1", "--set", "stages.first.steps=100000"], TextWriter.Synchronized(output), TextWriter.Synchronized(error)));
        WaitForStep(Out("killed"));
        Process.GetProcessById(ChildOfRank(1)).Kill();
        Assert.Equal(ExitCode.Failed, await launched.WaitAsync(Patience));
        Assert.Contains("rank 1 of 2 was ended by signal 9", error.ToString(), StringComparison.Ordinal);
        Assert.Contains("Rank 1 did not answer", error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Train_OnePieceForTwoRanks_IsRefusedBeforeAnythingStarts()
    {
        var run = CommandLine.Run("train", RecipePath, "--out", Out("few"), "--nproc", "4", "--workers", "1");
        Assert.Equal(ExitCode.BadInput, run.Code);
        Assert.Contains("stage 'second' cuts its batch of 6 into 3 pieces, but 4 ranks", run.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("[rank", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Train_RanksOfDifferentRecipes_NamesTheRank()
    {
        var failures = InThreads((rank, ranks) => Open(
            new RunOptions { Folder = Out("differ"), Workers = 1, Ranks = ranks }, rank == 0 ? Recipe : Recipe.Replace("steps: 3", "steps: 4", StringComparison.Ordinal)));
        Assert.All(failures, failure => Assert.StartsWith("Rank 1 was given another recipe", Assert.IsType<RunException>(failure).Message, StringComparison.Ordinal));
    }

    [Fact]
    public void Train_RanksOfDifferentWeights_NamesRankAndParameter()
    {
        var failures = InThreads((rank, ranks) =>
        {
            var run = Open(new RunOptions { Folder = Out("differ"), Workers = 1, Ranks = ranks });
            if (rank == 1)
            {
                using var noGradient = GradMode.Disable();
                run.Built.Model.NamedParameters().Last().Value.Mul_(2);
            }

            return run;
        });
        Assert.All(failures, failure => Assert.Contains("Rank 1 begins with other weights than rank 0: 1 of ", Assert.IsType<RunException>(failure).Message, StringComparison.Ordinal));
    }

    [Fact]
    public void Train_RankThatSeesNoCheckpoint_NamesTheFolder()
    {
        using (var cancel = new CancellationTokenSource())
        using (var run = Open(new RunOptions { Folder = Out("here"), Workers = 1 }))
        {
            run.Train(new Recorder(_ => cancel.Cancel()), cancellation: cancel.Token);
        }

        var failures = InThreads((rank, ranks) => Open(new RunOptions { Folder = Out(rank == 0 ? "here" : "elsewhere"), Workers = 1, Resume = true, Ranks = ranks }));
        Assert.All(failures, failure => Assert.Contains("goes on from another checkpoint", Assert.IsType<RunException>(failure).Message, StringComparison.Ordinal));
    }

    private float[] Alone()
    {
        using var run = Open(new RunOptions { Folder = Out("alone"), Workers = 1 });
        Assert.Null(run.Train(null));
        return Weights("alone");
    }

    private string Out(string name) => Path.Combine(folder.Path, name);

    private RecipeRun Open(RunOptions options, string recipe = Recipe) => new(RecipeDocument.Parse(recipe), folder.Path, options);

    private float[] Weights(string name)
    {
        using var scope = new TensorScope();
        using var reader = SafetensorsReader.Open(Path.Combine(Out(name), "model", "model.safetensors"));
        return [.. reader.ReadAll().OrderBy(entry => entry.Key, StringComparer.Ordinal).SelectMany(entry => entry.Value.To(ScalarType.Float32).ToArray<float>())];
    }

    private static void AssertClose(float[] expected, float[] found)
    {
        Assert.Equal(expected.Length, found.Length);
        Assert.InRange(expected.Zip(found).Max(pair => Math.Abs(pair.First - pair.Second)), 0, 1e-6);
    }

    // Two ranks in this process; what each of them failed with.
    private static Exception?[] InThreads(Func<int, IRankGroup, RecipeRun> open)
    {
        using var meeting = new Barrier(2);
        var (desk, failures) = (new object?[2], new Exception?[2]);
        var threads = Enumerable.Range(0, 2).Select(rank => new Thread(() =>
        {
            using var run = open(rank, new ThreadRanks(rank, meeting, desk));
            failures[rank] = Record.Exception(() => run.Train(null));
        })).ToArray();
        Array.ForEach(threads, thread => thread.Start());
        Array.ForEach(threads, thread => thread.Join());
        return failures;
    }

    private Process Start(int rank, int port)
    {
        var start = new ProcessStartInfo("dotnet") { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var word in (string[])[typeof(ExitCode).Assembly.Location, "train", RecipePath, "--out", Out("killed"), "--workers", "1", "--set", "stages.first.steps=100000"])
        {
            start.ArgumentList.Add(word);
        }

        (start.Environment["RANK"], start.Environment["WORLD_SIZE"], start.Environment["LOCAL_RANK"], start.Environment["LOCAL_WORLD_SIZE"]) = ($"{rank}", "2", $"{rank}", "2");
        (start.Environment["MASTER_ADDR"], start.Environment["MASTER_PORT"]) = ("127.0.0.1", port.ToString(CultureInfo.InvariantCulture));
        return Process.Start(start)!;
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private static void WaitForStep(string run)
    {
        var log = new FileInfo(Path.Combine(run, "log.jsonl"));
        var clock = Stopwatch.StartNew();
        for (log.Refresh(); !log.Exists || log.Length == 0; log.Refresh())
        {
            Assert.True(clock.Elapsed < Patience, "no step was made");
            Thread.Sleep(20);
        }
    }

    // This process's child that was given a rank, as the kernel shows its environment.
    private static int ChildOfRank(int rank) => Directory.GetDirectories("/proc").Select(Path.GetFileName).Where(name => int.TryParse(name, out _)).Select(name =>
    {
        try
        {
            var parent = File.ReadAllText($"/proc/{name}/stat").Split(')')[^1].Split(' ', StringSplitOptions.RemoveEmptyEntries)[1];
            return parent == $"{Environment.ProcessId}" && File.ReadAllText($"/proc/{name}/environ").Split('\0').Contains($"RANK={rank}") ? int.Parse(name!, CultureInfo.InvariantCulture) : 0;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return 0; // ended, or another user's
        }
    }).Single(id => id > 0);

    /// <summary>Cancels when a text has been written.</summary>
    private sealed class Trigger(string text, CancellationTokenSource source) : StringWriter
    {
        public override void WriteLine(string? value)
        {
            base.WriteLine(value);
            if (value?.Contains(text, StringComparison.Ordinal) == true)
            {
                source.Cancel();
            }
        }
    }
}
