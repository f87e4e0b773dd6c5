using System.Diagnostics;
using System.Globalization;
using Collimate.Cli;
using Collimate.Tests.Tokenization;
using Collimate.Tests.Training.Watching;
using Collimate.Torch.Serialization;
using Collimate.Training;
using Collimate.Training.Watching.TensorBoard;

namespace Collimate.Tests.Training;

/// <summary>A run that is killed at random moments, and goes on each time. COLLIMATE_KILLS says how often; few times where it is silent.</summary>
public sealed class KilledRunTests
{
    private const int FewKills = 3;
    private const int Steps = 60;

    private static int Kills => int.TryParse(Environment.GetEnvironmentVariable("COLLIMATE_KILLS"), CultureInfo.InvariantCulture, out var kills) ? kills : FewKills;

    [Theory]
    [InlineData("full", "learning_rates: { language: 1e-2 }", "")]
    public async Task Train_KilledAtRandomMoments_EndsWithTheSameWeights(string name, string learns, string adapters)
    {
        using var folder = new TemporaryFolder();
        var recipe = Path.Combine(folder.Path, $"{name}.yaml");
        await File.WriteAllTextAsync(recipe, $$"""
            name: {{name}}
            model:
              connector: identity
              language: { type: fresh, hidden_size: 16, layers: 1, heads: 2, key_value_heads: 1, intermediate_size: 32, context_length: 64, vocabulary_size: 1024 }{{adapters}}
            stages:
              - name: text
                {{learns}}
                data: { type: scenes, content: blind, questions_per_scene: 2 }
                steps: {{Steps}}
                batch_size: 8
                pieces: 4
                precision: fp32
            """);
        var whole = Path.Combine(folder.Path, "whole");
        await RunToItsEnd(recipe, whole);
        var broken = Path.Combine(folder.Path, "broken");
        var random = new Random(42);
        var (killed, lastStep) = (0, -1L);
        while (killed < Kills)
        {
            using var process = Start(recipe, broken);
            // Wait until it writes checkpoints, then strike within the next few of them.
            var seen = NewestStep(broken);
            while (NewestStep(broken) == seen && !process.HasExited)
            {
                await Task.Delay(1);
            }

            await Task.Delay(random.Next(0, 120));
            if (process.HasExited)
            {
                break;
            }

            process.Kill();
            await process.WaitForExitAsync();
            killed++;
            var newest = RunCheckpoint.FoldersOf(broken);
            Assert.NotEmpty(newest);
            Assert.Contains(newest, IsSound);
            Assert.True(NewestStep(broken) >= lastStep, $"kill {killed}: the newest checkpoint went from step {lastStep} back to {NewestStep(broken)}");
            lastStep = NewestStep(broken);
            if (lastStep >= Steps - 6)
            {
                // Near its end the run starts over, so that there are moments left to be killed at.
                Directory.Delete(broken, recursive: true);
                lastStep = -1;
            }
        }

        await RunToItsEnd(recipe, broken);
        Assert.True(killed >= Math.Min(Kills, 1));
        Assert.Equal(await File.ReadAllBytesAsync(WeightsOf(whole)), await File.ReadAllBytesAsync(WeightsOf(broken)));
        Assert.Equal(Steps, LossesOf(whole).Count);
        Assert.Equal(LossesOf(whole), LossesOf(broken));
    }

    private static async Task RunToItsEnd(string recipe, string output)
    {
        using var process = Start(recipe, output);
        await process.WaitForExitAsync();
        Assert.Equal(0, process.ExitCode);
    }

    private static Process Start(string recipe, string output)
    {
        var start = new ProcessStartInfo("dotnet") { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var argument in (string[])[typeof(ExitCode).Assembly.Location, "train", recipe, "--out", output, "--save-every", "1", "--workers", "1", "--resume"])
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

    private static List<(long Step, string Tag, float Value)> LossesOf(string run) =>
        [.. EventFileReader.Shown(Path.Combine(run, TensorBoardLog.FolderName, "text")).Where(entry => entry.Tag == "train/loss")];

    private static string WeightsOf(string run) => Path.Combine(run, "model", "model.safetensors");
}
