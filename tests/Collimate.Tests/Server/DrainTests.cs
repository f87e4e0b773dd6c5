using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;
using Collimate.Tests.Alignment;

namespace Collimate.Tests.Server;

public sealed class DrainTests
{
    [Fact]
    public async Task Drain_WhileAnswersAreWritten_FinishesThemAndLetsNoneBegin()
    {
        var options = ServerFixture.Options with { MaxTokens = 110, MinBytesPerSecond = 0.01 };
        await using var fixture = await ServerFixture.Start(options, TinyEngine.Create(TinyVisionModel.Create(3), TinyEngine.Small with { Workers = 1 }));
        var body = ServerFixture.Chat("a");
        (body["temperature"], body["seed"], body["n"]) = (2, 3, 4);
        var expected = (await fixture.Post(body)).Body["choices"]!.ToJsonString();
        body["stream"] = true;
        // A request that is still being sent keeps the server waiting, however fast answers are.
        using var slow = new TcpClient();
        await slow.ConnectAsync(IPAddress.Loopback, fixture.Server.Address.Port);
        var said = Encoding.ASCII.GetBytes(ServerFixture.Chat("b").ToJsonString());
        await slow.GetStream().WriteAsync(Encoding.ASCII.GetBytes($"POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: {said.Length}\r\n\r\n"));
        while (fixture.Server.Serving == 0)
        {
            await Task.Delay(10);
        }

        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/chat/completions") { Content = new StringContent(body.ToJsonString(), Encoding.UTF8, "application/json") };
        using var running = await fixture.Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);

        var drained = fixture.Server.Drain();
        ServerFixture.AssertError(await fixture.Post(ServerFixture.Chat("b")), HttpStatusCode.ServiceUnavailable, null, "shutting_down");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await fixture.Client.GetAsync("/ready")).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await fixture.Client.GetAsync("/health")).StatusCode);
        Assert.False(drained.IsCompleted);
        await slow.GetStream().WriteAsync(said);
        using (var told = new StreamReader(slow.GetStream()))
        {
            Assert.StartsWith("HTTP/1.1 200", await told.ReadToEndAsync(), StringComparison.Ordinal);
        }

        var text = await running.Content.ReadAsStringAsync();
        Assert.EndsWith("data: [DONE]\n\n", text, StringComparison.Ordinal);
        var answers = new string[4];
        foreach (var choice in text.Split("\n\n", StringSplitOptions.RemoveEmptyEntries).SkipLast(1).SelectMany(line => JsonNode.Parse(line["data: ".Length..])!["choices"]!.AsArray()))
        {
            answers[choice!["index"]!.GetValue<int>()] += choice["delta"]!["content"]?.GetValue<string>();
        }

        Assert.Equal(JsonNode.Parse(expected)!.AsArray().Select(choice => choice!["message"]!["content"]!.GetValue<string>()), answers);
        Assert.True(await drained);
    }

    [Fact]
    public async Task Serve_ToldToTerminate_EndsWithoutAFault()
    {
        using var tiny = new TinyLlava();
        using var process = Start("serve", $"tiny={tiny.Path}", "--port", "0", "--log", "json");
        var first = await process.StandardOutput.ReadLineAsync();
        Assert.StartsWith("Listening on http://127.0.0.1:", first, StringComparison.Ordinal);
        using var client = new HttpClient { BaseAddress = new Uri(first!.Split(' ')[2]) };
        Assert.Equal(HttpStatusCode.OK, (await client.GetAsync("/ready")).StatusCode);
        var image = "data:image/png;base64," + Convert.ToBase64String(await File.ReadAllBytesAsync(tiny.Picture));
        var body = ServerFixture.Chat("what is it", image);
        (body["temperature"], body["stream"]) = (2, true);
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/chat/completions") { Content = new StringContent(body.ToJsonString(), Encoding.UTF8, "application/json") };
        using var running = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);

        using (var kill = Process.Start("kill", $"-TERM {process.Id}"))
        {
            await kill.WaitForExitAsync();
        }

        Assert.EndsWith("data: [DONE]\n\n", await running.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        await process.WaitForExitAsync(patience.Token);
        var log = await process.StandardError.ReadToEndAsync();
        Assert.True(process.ExitCode == 0, log);
        Assert.Contains("all answers were finished", log, StringComparison.Ordinal);
        Assert.Contains("\"Path\":\"/v1/chat/completions\"", log, StringComparison.Ordinal);
    }

    private static Process Start(params string[] words) => Process.Start(new ProcessStartInfo("dotnet", [typeof(Collimate.Cli.ExitCode).Assembly.Location, .. words])
    {
        RedirectStandardOutput = true, RedirectStandardError = true,
    })!;
}
