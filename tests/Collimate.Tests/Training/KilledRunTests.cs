using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Collimate.Cli;
using Collimate.Tests.Tokenization;
using Collimate.Tests.Training.Watching;
using Collimate.Torch.Serialization;
using Collimate.Training;
using Collimate.Training.Watching.TensorBoard;
using Xunit.Abstractions;

namespace Collimate.Tests.Training;

/// <summary>A run that is killed at random moments, and goes on each time. COLLIMATE_KILLS says how often; few times where it is silent.</summary>
/// <remarks>
/// Three kinds of moments take turns: while a checkpoint's files are being written; after the run was asked to stop in the middle of a step, while it writes down what it has
/// accumulated or has just done so, so that the next goes on between two pieces; and any time at all.
/// </remarks>
public sealed partial class KilledRunTests(ITestOutputHelper output) : IDisposable
{
    private const int FewKills = 2;
    private const int ManyKills = 50;
    private const int Steps = 40;
    private const int Terminate = 15;
    private const int ExitOfAKilledProcess = 137;

    private readonly TemporaryFolder folder = new();
    private readonly Random random = new(42);

    private enum Moment
    {
        Writing,
        BetweenPieces,
        Any,
    }

    private static int Kills => int.TryParse(Environment.GetEnvironmentVariable("COLLIMATE_KILLS"), CultureInfo.InvariantCulture, out var kills) ? kills : FewKills;

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("full", "language", "")]
    [InlineData("lora", "adapters", "lora")]
    [InlineData("dora", "adapters", "dora")]
    public async Task Train_KilledAtRandomMoments_EndsWithTheSameWeights(string name, string learns, string adapter)
    {
        var recipe = Path.Combine(folder.Path, $"{name}.yaml");
        await File.WriteAllTextAsync(recipe, $$"""
            name: {{name}}
            model:
              connector: identity
              language: { type: fresh, hidden_size: 16, layers: 1, heads: 2, key_value_heads: 1, intermediate_size: 32, context_length: 64, vocabulary_size: 1024 }
              {{(adapter.Length == 0 ? "" : $"adapters: {{ language: {{ type: {adapter}, rank: 3, dropout: 0.1, targets: [q_proj, v_proj, down_proj] }} }}")}}
            stages:
              - name: text
                learning_rates: { {{learns}}: 1e-2 }
                data: { type: scenes, content: blind, questions_per_scene: 2 }
                steps: {{Steps}}
                batch_size: 48
                pieces: 12
                precision: fp32
            """);
        var (whole, broken) = (Path.Combine(folder.Path, "whole"), Path.Combine(folder.Path, "broken"));
        await RunToItsEnd(recipe, whole);
        var (killed, writing, within, lastStep) = (0, 0, 0, -1L);
        for (var attempt = 0; killed < Kills; attempt++)
        {
            Assert.True(attempt < 10 + (5 * Kills), $"{attempt} attempts gave only {killed} kills");
            within += IsBetweenPieces(broken) ? 1 : 0;
            if (!await Strike(recipe, broken, (Moment)(attempt % 3)))
            {
                // It had finished or stopped by itself; a finished one is begun anew, so that there are moments left to be killed at.
                lastStep = StartOverIfNearItsEnd(broken, lastStep);
                continue;
            }

            killed++;
            var all = RunCheckpoint.FoldersOf(broken);
            Assert.NotEmpty(all);
            Assert.Contains(all, IsSound);
            Assert.True(NewestStep(broken) >= lastStep, $"kill {killed}: the newest checkpoint went from step {lastStep} back to {NewestStep(broken)}");
            writing += IsWriting(broken) ? 1 : 0;
            lastStep = StartOverIfNearItsEnd(broken, NewestStep(broken));
        }

        await RunToItsEnd(recipe, broken);
        output.WriteLine($"{name}: {killed} kills, {writing} of them while a checkpoint was being written; {within} times it went on between two pieces of a step");
        Assert.True(Kills < ManyKills || writing > 0, "no kill struck while a checkpoint was being written");
        var expected = Files(whole);
        Assert.Contains("model.safetensors", expected.Keys);
        Assert.Equal(adapter.Length > 0, expected.Keys.Any(file => file.Contains("adapter", StringComparison.Ordinal)));
        Assert.Equal(expected, Files(broken));
        Assert.Equal(Steps, LossesOf(whole).Count);
        Assert.Equal(LossesOf(whole), LossesOf(broken));
    }

    // Starts or resumes the run and kills it; false where it ended before it could be killed.
    private async Task<bool> Strike(string recipe, string run, Moment moment)
    {
        using var process = Start(recipe, run);
        var seen = NewestStep(run);
        await Until(process, () => NewestStep(run) != seen);
        await Task.Delay(random.Next(0, 120));
        if (moment == Moment.Writing)
        {
            await Until(process, () => IsWriting(run));
            await Task.Delay(random.Next(0, 3));
        }
        else if (moment == Moment.BetweenPieces)
        {
            await Until(process, () => !IsWriting(run));
            await Task.Delay(random.Next(0, 10));
            _ = process.HasExited ? 0 : Signal(process.Id, Terminate);
            if (random.Next(2) == 0)
            {
                await Task.Delay(random.Next(0, 60));
            }
            else
            {
                await Until(process, () => IsBetweenPieces(run));
            }
        }

        process.Kill();
        await process.WaitForExitAsync();
        return process.ExitCode == ExitOfAKilledProcess;
    }

    private static async Task Until(Process process, Func<bool> condition)
    {
        while (!condition() && !process.HasExited)
        {
            await Task.Delay(1);
        }
    }

    // The newest checkpoint has a part of a step: its name ends in the number of pieces.
    private static bool IsBetweenPieces(string run) => RunCheckpoint.FoldersOf(run) is [.., var newest] && Path.GetFileName(newest).Split('-').Length > 4;

    private static bool IsWriting(string run) => Directory.GetDirectories(RunCheckpoint.FolderOf(run), ".writing-*").Length > 0;

    private static long StartOverIfNearItsEnd(string run, long lastStep)
    {
        if (NewestStep(run) < Steps - 6)
        {
            return lastStep;
        }

        Directory.Delete(run, recursive: true);
        return -1;
    }

    private static async Task RunToItsEnd(string recipe, string run)
    {
        using var process = Start(recipe, run);
        await process.WaitForExitAsync();
        Assert.Equal(0, process.ExitCode);
    }

    private static Process Start(string recipe, string run)
    {
        var start = new ProcessStartInfo("dotnet") { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var argument in (string[])[typeof(ExitCode).Assembly.Location, "train", recipe, "--out", run, "--save-every", "1", "--workers", "1", "--resume"])
        {
            start.ArgumentList.Add(argument);
        }

        var process = Process.Start(start)!;
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return process;
    }

    private static bool IsSound(string checkpoint)
    {
        try
        {
            WholeFolder.Verify(checkpoint);
            return true;
        }
        catch (CheckpointException)
        {
            return false;
        }
    }

    private static long NewestStep(string run) =>
        RunCheckpoint.FoldersOf(run) is [.., var newest] ? long.Parse(Path.GetFileName(newest).Split('-')[3], CultureInfo.InvariantCulture) : -1;

    private static SortedDictionary<string, string> Files(string run)
    {
        var model = Path.Combine(run, "model");
        return new(Directory.GetFiles(model, "*.safetensors", SearchOption.AllDirectories).ToDictionary(
            file => Path.GetRelativePath(model, file), file => Convert.ToHexString(SHA256.HashData(File.ReadAllBytes(file)))), StringComparer.Ordinal);
    }

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int Signal(int process, int signal);

    private static List<(long Step, string Tag, float Value)> LossesOf(string run) =>
        [.. EventFileReader.Shown(Path.Combine(run, TensorBoardLog.FolderName, "text")).Where(entry => entry.Tag == "train/loss")];
}
