using System.Net;
using System.Text.Json;
using Collimate.Data;
using Collimate.Evaluation.Benchmarks.Runs;

namespace Collimate.Tests.Evaluation.Benchmarks;

public sealed class JudgeTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public JudgeTests()
    {
        folder.Picture("images/v.png");
        folder.Write("mm-vet.json", """{"v1_0": {"imagename": "v.png", "question": "x?", "answer": "-1 <AND> -5", "capability": ["ocr", "math"]}, "v1_1": {"imagename": "v.png", "question": "y?", "answer": "a lake", "capability": ["rec"]}}""");
    }

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task Grade_EveryAnswer_IsAskedOnceAndKept()
    {
        var before = folder.Evaluate("mm_vet", asked => $"answer {asked.Item.Id}");
        Assert.Equal((0, 2), (before.N, before.Unscored));
        Assert.Contains("\"v1_0\": \"answer v1_0\"", File.ReadAllText(folder["run/results.json"]), StringComparison.Ordinal);
        var server = new Server(text => text.Contains("-5", StringComparison.Ordinal) ? "0.5" : "Grade: 1.0.");

        var report = await Judge(server).GradeAsync(folder["run"]);
        var again = await Judge(server).GradeAsync(folder["run"]);

        Assert.Equal(75, report.Figures[0].Value);
        Assert.Equal(50, report.Figure("capability: math"));
        Assert.Equal(100, report.Figure("capability: rec"));
        Assert.Equal(2, server.Asked);
        Assert.Equal(report.Figures, again.Figures);
        File.AppendAllText(folder["run/grades.jsonl"], "{\"key\": \"torn");
        Assert.Equal(75, (await Judge(server).GradeAsync(folder["run"])).Figures[0].Value);
        Assert.Equal(2, server.Asked);
    }

    [Fact]
    public async Task Grade_NoNumber_IsAskedAgainAndThenRefused()
    {
        folder.Evaluate("mm_vet", _ => "x");
        var server = new Server(_ => "It is rather good.");

        var failure = await Assert.ThrowsAsync<DataException>(() => Judge(server).GradeAsync(folder["run"]));

        Assert.Contains("question v1_0", failure.Message, StringComparison.Ordinal);
        Assert.Equal(5, server.Asked);
        Assert.Equal([0, 0.5, 1, 1.5, 2], server.Temperatures);
    }

    [Theory]
    [InlineData("{}", 200)]
    [InlineData("no JSON", 200)]
    [InlineData("{\"choices\": []}", 200)]
    [InlineData("too many", 429)]
    public async Task Grade_ServerOutOfOrder_IsNamed(string body, int status)
    {
        folder.Evaluate("mm_vet", _ => "x");

        var failure = await Assert.ThrowsAsync<DataException>(() => Judge(new Server(_ => "1") { Body = body, Status = status }).GradeAsync(folder["run"]));

        Assert.Contains("http://judge/v1/", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Grade_ImpossibleKeptGrade_NamesTheLine()
    {
        folder.Evaluate("mm_vet", _ => "x");
        folder.Write("run/grades.jsonl", """{"key":"k","id":"v1_0","score":7,"judge":"j","reply":"7"}""" + "\n");

        Assert.Contains("line 1", (await Assert.ThrowsAsync<DataException>(() => Judge(new Server(_ => "1")).GradeAsync(folder["run"]))).Message, StringComparison.Ordinal);
    }

    private static Judge Judge(Server server) => new(new HttpClient(server) { BaseAddress = new Uri("http://judge/v1/") }, "a-judge");

    private sealed class Server(Func<string, string> reply) : HttpMessageHandler
    {
        public int Asked { get; private set; }

        public List<double> Temperatures { get; } = [];

        public string? Body { get; init; }

        public int Status { get; init; } = 200;

        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            Asked++;
            Assert.Equal("http://judge/v1/chat/completions", request.RequestUri!.ToString());
            using var sent = JsonDocument.Parse(await request.Content!.ReadAsStringAsync(cancellationToken));
            Temperatures.Add(sent.RootElement.GetProperty("temperature").GetDouble());
            var text = sent.RootElement.GetProperty("messages")[0].GetProperty("content").GetString()!;
            var body = Body ?? JsonSerializer.Serialize(new { choices = new[] { new { message = new { content = reply(text) } } } });
            return new HttpResponseMessage((HttpStatusCode)Status) { Content = new StringContent(body) };
        }
    }
}
