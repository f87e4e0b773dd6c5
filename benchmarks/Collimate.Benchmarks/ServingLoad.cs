using System.Diagnostics;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Collimate.Answering;
using Collimate.Data.Conversations;
using Collimate.Data.Scenes;
using Collimate.Generation;
using Collimate.Imaging;
using Collimate.Recipes;
using Collimate.Recipes.Schema;
using Collimate.Server.Hosting;
using Collimate.Server.Inference;

namespace Collimate.Benchmarks;

/// <summary>
/// A server with the gym's model under 1, 8 and 32 clients: the time to the first token, tokens a second, throughput beside one at a time; and, for some minutes, whether 32 clients at
/// once are each answered as alone, and whether memory grows.
/// </summary>
internal static class ServingLoad
{
    private const int Pictures = 48;
    private static readonly string[] Questions = ["Describe the picture.", "What is in the picture?", "Describe the picture in detail.", "How many objects are there?", "What is on the left?"];

    /// <summary>Measures and reports; the result is 1 where an answer differed or memory grew.</summary>
    public static int Run(Options options)
    {
        var page = new ResultFile("Serving");
        var asked = Enumerable.Range(0, Pictures).Select(Question).ToArray();
        var faults = 0;
        using (var built = Load(options))
        {
            var answerer = new Answerer(built);
            foreach (var one in asked)
            {
                one.Expected = answerer.AnswerAll([one.Sample], new GenerationOptions { MaxNewTokens = one.MaxTokens })[0];
            }
        }

        page.Add($"The gym's model ({options.Text("model", "the parts of models/ with a fresh connector, not trained")}), greedy, every request about a scene of its own ({asked.Average(one => one.MaxTokens):F0} tokens at most, {asked.Average(one => one.Expected.Length):F0} characters on average); HTTP over loopback, clients in the same process.");
        page.Add("");
        Throughput(page, options, asked);
        if (options.Number("minutes", 0) is var minutes and > 0)
        {
            faults = Soak(page, options, asked, minutes);
        }

        page.Write(options.Text("out"), "serving", $"benchmarks/compare serving {string.Join(' ', options.Words.Where((_, k) => options.Words[k - (k % 2)] != "--out"))}".TrimEnd(),
            "the cores: a prompt's products are BLAS's whoever else asks; what company saves is the overhead of a token's small operators, and reading the weights.");
        return faults == 0 ? 0 : 1;
    }

    private static void Throughput(ResultFile page, Options options, Asked[] asked)
    {
        page.Add("| clients | workers | requests | differed | time to first token, median | 95th | tokens/s | requests/s | beside one at a time |");
        page.Add("|---|---|---|---|---|---|---|---|---|");
        var alone = 0.0;
        var count = options.Number("requests", 96);
        foreach (var (clients, workers) in ((int, int)[])[(1, 1), (8, 1), (32, 1), (1, 2), (8, 2), (32, 2)])
        {
            // Nothing is remembered here: every prompt and picture is computed.
            var engine = new EngineOptions { Workers = workers, PrefixBytes = 0, FeatureBytes = 0, PixelBytes = 0, Queue = 256 };
            using var models = new ModelCatalog([new ChatEngine("gym", Load(options), engine)]);
            var server = CollimateServer.Start(new ServerOptions { Port = 0, MaxRequests = 512 }, models).GetAwaiter().GetResult();
            using var client = new HttpClient { BaseAddress = server.Address, Timeout = TimeSpan.FromMinutes(10) };
            Run(client, asked, clients, 2 * clients).GetAwaiter().GetResult(); // warm
            var begun = Stopwatch.GetTimestamp();
            var seen = Run(client, asked, clients, Math.Max(count, 3 * clients)).GetAwaiter().GetResult();
            var seconds = Stopwatch.GetElapsedTime(begun).TotalSeconds;
            var (rate, first) = (seen.Sum(one => one.Tokens) / seconds, seen.Select(one => one.First).Order().ToArray());
            alone = alone == 0 ? rate : alone;
            page.Add(FormattableString.Invariant(
                $"| {clients} | {workers} | {seen.Count} | {seen.Count(one => !one.IsRight)} | {1000 * first[first.Length / 2]:F0} ms | {1000 * first[first.Length * 95 / 100]:F0} ms | {rate:F0} | {seen.Count / seconds:F1} | {rate / alone:F2}x |"));
            server.DisposeAsync().AsTask().GetAwaiter().GetResult();
        }
    }

    private static int Soak(ResultFile page, Options options, Asked[] asked, int minutes)
    {
        const int Clients = 32;
        using var models = new ModelCatalog([new ChatEngine("gym", Load(options), new EngineOptions { Workers = 2 })]);
        var server = CollimateServer.Start(new ServerOptions { Port = 0, MaxRequests = 512 }, models).GetAwaiter().GetResult();
        using var client = new HttpClient { BaseAddress = server.Address, Timeout = TimeSpan.FromMinutes(10) };
        var (until, done, wrong, left) = (Stopwatch.GetTimestamp() + (minutes * 60 * Stopwatch.Frequency), 0, 0, 0);
        var marks = new List<(double Requests, double MiB)>();
        var clients = Enumerable.Range(0, Clients).Select(k => Task.Run(async () =>
        {
            var random = new Random(k);
            while (Stopwatch.GetTimestamp() < until)
            {
                var one = asked[random.Next(asked.Length)];
                if (random.Next(10) == 0)
                {
                    await LeaveEarly(client, one).ConfigureAwait(false);
                    Interlocked.Increment(ref left);
                }
                else
                {
                    var answer = random.Next(2) == 0 ? (await Stream(client, one).ConfigureAwait(false)).IsRight : await Whole(client, one).ConfigureAwait(false);
                    Interlocked.Add(ref wrong, answer ? 0 : 1);
                }

                Interlocked.Increment(ref done);
            }
        })).ToArray();
        while (Stopwatch.GetTimestamp() < until)
        {
            Thread.Sleep(2000);
            using var self = Process.GetCurrentProcess();
            marks.Add((Volatile.Read(ref done), self.WorkingSet64 / 1048576.0));
        }

        Task.WhenAll(clients).GetAwaiter().GetResult();
        server.DisposeAsync().AsTask().GetAwaiter().GetResult();
        var settled = marks.Where(mark => mark.Requests >= marks[^1].Requests / 4).ToArray(); // caches fill first
        var slope = 1000 * Slope(settled);
        page.Add("");
        page.Add(FormattableString.Invariant($"{Clients} clients for {minutes} minutes, half of them streaming, with caches: {done} requests, {left} of which left in the midst of their answer; of the others {wrong} were answered otherwise than alone. Resident memory: {settled[0].MiB:F0} MiB after a quarter, {settled[^1].MiB:F0} MiB at the end, {slope:+0.00;-0.00} MiB for every 1,000 requests (least squares over the last three quarters)."));
        return wrong + (slope > 1 ? 1 : 0);
    }

    private static async Task<List<Seen>> Run(HttpClient client, Asked[] asked, int clients, int count)
    {
        var (next, seen) = (-1, new List<Seen>());
        await Task.WhenAll(Enumerable.Range(0, clients).Select(_ => Task.Run(async () =>
        {
            int mine;
            while ((mine = Interlocked.Increment(ref next)) < count)
            {
                var one = await Stream(client, asked[mine % asked.Length]).ConfigureAwait(false);
                lock (seen)
                {
                    seen.Add(one);
                }
            }
        }))).ConfigureAwait(false);
        return seen;
    }

    private static async Task<Seen> Stream(HttpClient client, Asked one)
    {
        var (begun, first, text, tokens) = (Stopwatch.GetTimestamp(), 0.0, "", 0);
        using var response = await Send(client, one, stream: true).ConfigureAwait(false);
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync().ConfigureAwait(false));
        while (await reader.ReadLineAsync().ConfigureAwait(false) is { } line)
        {
            if (!line.StartsWith("data: {", StringComparison.Ordinal))
            {
                continue;
            }

            var chunk = JsonNode.Parse(line["data: ".Length..])!;
            tokens += chunk["usage"]?["completion_tokens"]?.GetValue<int>() ?? 0;
            var piece = chunk["choices"]!.AsArray().FirstOrDefault()?["delta"]?["content"]?.GetValue<string>() ?? "";
            first = first == 0 && piece.Length > 0 ? Stopwatch.GetElapsedTime(begun).TotalSeconds : first;
            text += piece;
        }

        return new Seen(first == 0 ? Stopwatch.GetElapsedTime(begun).TotalSeconds : first, tokens, text == one.Expected);
    }

    private static async Task<bool> Whole(HttpClient client, Asked one)
    {
        using var response = await Send(client, one, stream: false).ConfigureAwait(false);
        var answer = JsonNode.Parse(await response.Content.ReadAsStringAsync().ConfigureAwait(false))!;
        return answer["choices"]![0]!["message"]!["content"]!.GetValue<string>() == one.Expected;
    }

    private static async Task LeaveEarly(HttpClient client, Asked one)
    {
        using var response = await Send(client, one, stream: true).ConfigureAwait(false);
        var stream = await response.Content.ReadAsStreamAsync().ConfigureAwait(false);
        await stream.ReadExactlyAsync(new byte[64]).ConfigureAwait(false);
    }

    private static async Task<HttpResponseMessage> Send(HttpClient client, Asked one, bool stream)
    {
        var body = new JsonObject
        {
            ["model"] = "gym", ["max_tokens"] = one.MaxTokens, ["stream"] = stream, ["stream_options"] = new JsonObject { ["include_usage"] = true },
            ["messages"] = new JsonArray(new JsonObject
            {
                ["role"] = "user",
                ["content"] = new JsonArray(new JsonObject { ["type"] = "image_url", ["image_url"] = new JsonObject { ["url"] = one.Url } }, new JsonObject { ["type"] = "text", ["text"] = one.Question }),
            }),
        };
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/chat/completions") { Content = JsonContent.Create(body) };
        var response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead).ConfigureAwait(false);
        return response.IsSuccessStatusCode ? response : throw new InvalidOperationException($"the server answers {response.StatusCode}: {await response.Content.ReadAsStringAsync().ConfigureAwait(false)}");
    }

    private static Asked Question(int number)
    {
        var file = ImageCodec.Encode(SceneRenderer.Render(SceneSampleSource.World.Draw(SceneSplit.TestCompositions, 2026, number)), ImageFormat.Png);
        var question = Questions[number % Questions.Length];
        var sample = new Sample("asked", [ImageSource.FromBytes(file, "scene")], [new Turn("user", ConversationRenderer.ImageMarker + question)]);
        return new Asked(question, "data:image/png;base64," + Convert.ToBase64String(file), 16 + (number * 7 % 33), sample);
    }

    private static BuiltModel Load(Options options)
    {
        BuiltModel built;
        if (options.Text("model") is { } folder)
        {
            built = ModelFolder.Load(folder);
        }
        else
        {
            var file = Path.Combine(Repository(), "recipes", "scenes", "llava.yaml");
            var recipe = RecipeDocument.Load(file, []).Bind<Recipe>();
            built = ModelBuilder.Build(recipe.Model, Path.GetDirectoryName(file)!, recipe.Seed);
        }

        built.Model.SetTraining(false);
        built.Model.Fusion.MergeInto(built.Model.Language);
        return built;
    }

    private static string Repository()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Collimate.slnx")))
            {
                return folder.FullName;
            }
        }

        throw new InvalidOperationException("run it from a checkout of the repository, or name a model with --model");
    }

    private static double Slope((double X, double Y)[] points)
    {
        var (x, y) = (points.Average(point => point.X), points.Average(point => point.Y));
        var spread = points.Sum(point => (point.X - x) * (point.X - x));
        return spread == 0 ? 0 : points.Sum(point => (point.X - x) * (point.Y - y)) / spread;
    }

    private sealed record Asked(string Question, string Url, int MaxTokens, Sample Sample)
    {
        public string Expected { get; set; } = "";
    }

    private readonly record struct Seen(double First, int Tokens, bool IsRight);
}
