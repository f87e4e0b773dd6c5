using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Collimate.Tests.Cli;

/// <summary>Meters on their way to a collector: one that listens on this machine, and none.</summary>
public sealed class MeterExportTests : IDisposable
{
    private const string Recipe = """
        name: tiny
        model:
          connector: identity
          language: { type: fresh, hidden_size: 16, layers: 1, heads: 2, key_value_heads: 1, intermediate_size: 32, context_length: 64, vocabulary_size: 1024 }
        stages:
          - { name: only, learning_rates: { language: 1e-2 }, data: { type: scenes, content: blind, questions_per_scene: 2 }, steps: 2, batch_size: 2, precision: fp32 }
        """;

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task Train_WithACollector_SendsItTheRunsMeters()
    {
        using var server = new TcpListener(IPAddress.Loopback, 0);
        server.Start();
        var request = Task.Run(() => Receive(server));

        var run = Train("--otlp", $"http://{server.LocalEndpoint}");

        Assert.Equal(0, run.Code);
        var (head, body) = await request.WaitAsync(TimeSpan.FromSeconds(60));
        Assert.StartsWith("POST /v1/metrics HTTP/1.1", head, StringComparison.Ordinal);
        Assert.Contains("application/x-protobuf", head, StringComparison.OrdinalIgnoreCase);
        foreach (var word in new[] { "collimate", "Collimate.Training", "collimate.training.steps", "collimate.training.loss", "collimate.training.step.duration", "{token}", "stage", "only", "tiny-run" })
        {
            Assert.Contains(word, body, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Train_WithoutOption_ShowsTheFiguresAndWritesBothLogs()
    {
        var run = Train();

        Assert.Equal(0, run.Code);
        Assert.Matches(@"only: 2 steps in .*, loss [0-9.]+, [0-9.]+ tokens/s, MFU [0-9.]+%, data wait [0-9.]+%, [0-9]+ live tensors", run.Error);
        Assert.Equal(2, File.ReadLines(Path.Combine(folder["tiny-run"], "log.jsonl")).Count());
        Assert.Single(Directory.GetFiles(Path.Combine(folder["tiny-run"], "tensorboard", "only"), "events.out.tfevents.*"));
    }

    [Theory]
    [InlineData("localhost:4318")]
    [InlineData("here")]
    [InlineData("ftp://host")]
    public void Train_AddressThatIsNone_IsRefused(string address)
    {
        var run = Train("--otlp", address);

        Assert.NotEqual(0, run.Code);
        Assert.Contains($"--otlp {address}: expected the address of an OpenTelemetry collector, such as http://localhost:4318.", run.Error, StringComparison.Ordinal);
    }

    private CommandLine Train(params string[] more)
    {
        File.WriteAllText(folder["recipe.yaml"], Recipe);
        return CommandLine.Run(["train", folder["recipe.yaml"], "--out", folder["tiny-run"], "--workers", "1", .. more]);
    }

    // The first request that a collector gets, which is answered with what OTLP calls success.
    private static async Task<(string Head, string Body)> Receive(TcpListener server)
    {
        using var client = await server.AcceptTcpClientAsync();
        await using var stream = client.GetStream();
        var bytes = new List<byte>();
        var buffer = new byte[4096];
        int end;
        while ((end = Encoding.Latin1.GetString([.. bytes]).IndexOf("\r\n\r\n", StringComparison.Ordinal)) < 0)
        {
            bytes.AddRange(buffer.AsSpan(0, await stream.ReadAsync(buffer)));
        }

        var head = Encoding.Latin1.GetString([.. bytes[..end]]);
        var length = int.Parse(head.Split("\r\n").Single(line => line.StartsWith("Content-Length:", StringComparison.OrdinalIgnoreCase)).Split(':')[1]);
        while (bytes.Count < end + 4 + length)
        {
            bytes.AddRange(buffer.AsSpan(0, await stream.ReadAsync(buffer)));
        }

        await stream.WriteAsync("HTTP/1.1 200 OK\r\nContent-Type: application/x-protobuf\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"u8.ToArray());
        return (head, Encoding.Latin1.GetString([.. bytes[(end + 4)..]]));
    }
}
