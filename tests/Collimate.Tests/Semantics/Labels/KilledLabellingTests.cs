using System.Diagnostics;
using Collimate.Cli;
using Collimate.Semantics.Labels;

namespace Collimate.Tests.Semantics.Labels;

/// <summary>A labelling that is killed again and again, and goes on each time.</summary>
public sealed class KilledLabellingTests : IDisposable
{
    private const int Pictures = 600;
    private const int Kills = 2;
    private const int ExitOfAKilledProcess = 137;

    private readonly TemporaryFolder folder = new();
    private readonly Random random = new(7);

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task Label_KilledAtRandomMoments_EndsWithTheSameFile()
    {
        TinyEncoder.Save(Directory.CreateDirectory(folder["encoder"]).FullName);
        TinyEncoder.SavePictures(folder["pictures"], Pictures);
        await File.WriteAllTextAsync(folder["words.txt"], "ant\nbee\ncat\ndog\neel\n");
        var (whole, broken) = (folder["whole.labels"], folder["broken.labels"]);
        Assert.Equal(0, Collimate.Tests.Cli.CommandLine.Run(Arguments(whole)).Code);
        var (killed, length) = (0, 0L);
        for (var attempt = 0; killed < Kills; attempt++)
        {
            Assert.True(attempt < 10 * Kills, $"{attempt} attempts gave only {killed} kills");
            using var process = Start(broken);
            while (!process.HasExited && LengthOf(LabelWriter.PartialOf(broken)) <= length)
            {
                await Task.Delay(1);
            }

            await Task.Delay(random.Next(0, 20));
            process.Kill(); // SIGKILL
            await process.WaitForExitAsync();
            if (process.ExitCode != ExitOfAKilledProcess)
            {
                File.Delete(broken); // it was through before it could be killed
                length = 0;
                continue;
            }

            Assert.False(File.Exists(broken) && LengthOf(LabelWriter.PartialOf(broken)) > 0);
            length = LengthOf(LabelWriter.PartialOf(broken));
            killed++;
        }

        using (var last = Start(broken))
        {
            await last.WaitForExitAsync();
            Assert.Equal(0, last.ExitCode);
        }

        Assert.Equal(await File.ReadAllBytesAsync(whole), await File.ReadAllBytesAsync(broken)); // nothing lost, nothing twice
        using var file = LabelFile.Open(broken);
        Assert.Equal(Pictures, file.Count);
    }

    private static long LengthOf(string path) => File.Exists(path) ? new FileInfo(path).Length : 0;

    private string[] Arguments(string output) =>
    [
        "label", folder["pictures"], "--encoder", folder["encoder"], "--words", folder["words.txt"], "--out", output, "--similarity", "raw", "--top", "3", "--batch", "2", "--workers", "1",
    ];

    private Process Start(string output)
    {
        var start = new ProcessStartInfo("dotnet") { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var argument in (string[])[typeof(ExitCode).Assembly.Location, .. Arguments(output)])
        {
            start.ArgumentList.Add(argument);
        }

        var process = Process.Start(start)!;
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return process;
    }
}
