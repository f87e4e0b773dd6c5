using System.Net;
using System.Text.Json.Nodes;
using Collimate.Generation;

namespace Collimate.Tests.Server;

public sealed class ChatEndpointTests
{
    [Fact]
    public async Task Post_QuestionAboutPictures_AnswersAsTheCommandLineDoes()
    {
        await using var fixture = await ServerFixture.Start();
        var options = new GenerationOptions { MaxNewTokens = 12 };
        var body = ServerFixture.Chat("abc", ServerFixture.DataUrl(1), ServerFixture.DataUrl(2));
        body["max_tokens"] = 12;

        var (status, response, _) = await fixture.Post(body);

        Assert.Equal(HttpStatusCode.OK, status);
        Assert.Equal(TinyEngine.Serial(fixture.Engine.Built, "abc", options, 1, 2), ServerFixture.Content(response));
        Assert.Equal("chat.completion", response["object"]!.GetValue<string>());
        Assert.Equal("tiny", response["model"]!.GetValue<string>());
        var usage = response["usage"]!;
        Assert.Equal(13, usage["prompt_tokens"]!.GetValue<int>()); // two pictures of four, a mark, three letters, a mark
        Assert.InRange(usage["completion_tokens"]!.GetValue<int>(), ServerFixture.Content(response).Length, 12); // a letter a token, and marks beside
        Assert.Equal(usage["prompt_tokens"]!.GetValue<int>() + usage["completion_tokens"]!.GetValue<int>(), usage["total_tokens"]!.GetValue<int>());
    }

    [Fact]
    public async Task Post_Streamed_SaysTheSameInPieces()
    {
        await using var fixture = await ServerFixture.Start();
        var (body, whole) = await LongAnswer(fixture);

        body["stream_options"] = new JsonObject { ["include_usage"] = true };
        var (text, chunks) = await fixture.Stream(body);

        Assert.Equal(ServerFixture.Content(whole), text);
        Assert.Equal("assistant", chunks[0]["choices"]![0]!["delta"]!["role"]!.GetValue<string>());
        Assert.Empty(chunks[^1]["choices"]!.AsArray());
        Assert.Equal(whole["usage"]!["completion_tokens"]!.GetValue<int>(), chunks[^1]["usage"]!["completion_tokens"]!.GetValue<int>());
        Assert.Equal(whole["choices"]![0]!["finish_reason"]!.GetValue<string>(), chunks[^2]["choices"]![0]!["finish_reason"]!.GetValue<string>());
        Assert.Single(chunks.Select(chunk => chunk["id"]!.GetValue<string>()).Distinct());
        Assert.True(chunks.Count > 5, "nothing was streamed piece by piece");
    }

    [Fact]
    public async Task Post_SeedAndTemperature_DrawsTheSameAgain()
    {
        await using var fixture = await ServerFixture.Start();
        var body = ServerFixture.Chat("abc", ServerFixture.DataUrl(1));
        (body["temperature"], body["seed"], body["n"]) = (1.8, 11, 3);

        var (first, second) = ((await fixture.Post(body)).Body, (await fixture.Post(body)).Body);

        Assert.Equal(first["choices"]!.ToJsonString(), second["choices"]!.ToJsonString());
        Assert.Equal(3, first["choices"]!.AsArray().Select(choice => choice!["message"]!["content"]!.GetValue<string>()).Distinct().Count());
        body["seed"] = 12;
        Assert.NotEqual(first["choices"]!.ToJsonString(), (await fixture.Post(body)).Body["choices"]!.ToJsonString());
    }

    [Fact]
    public async Task Post_StopOverSeveralTokens_CutsBeforeItAndTellsNothingOfIt()
    {
        await using var fixture = await ServerFixture.Start();
        var (body, response) = await LongAnswer(fixture);
        var whole = ServerFixture.Content(response);
        var stop = whole[3..6]; // three tokens
        body["stop"] = stop;

        var (_, cut, _) = await fixture.Post(body);
        var (streamed, _) = await fixture.Stream(body);

        var expected = whole[..whole.IndexOf(stop, StringComparison.Ordinal)];
        Assert.Equal((expected, expected), (ServerFixture.Content(cut), streamed));
        Assert.Equal("stop", cut["choices"]![0]!["finish_reason"]!.GetValue<string>());
    }

    [Fact]
    public async Task Post_Logprobs_TellsOfEveryTokenHowLikelyItWas()
    {
        await using var fixture = await ServerFixture.Start();
        var body = ServerFixture.Chat("abc");
        (body["logprobs"], body["top_logprobs"]) = (true, 3);

        var (_, response, _) = await fixture.Post(body);

        var tokens = response["choices"]![0]!["logprobs"]!["content"]!.AsArray();
        Assert.Equal(ServerFixture.Content(response), string.Concat(tokens.Select(token => token!["token"]!.GetValue<string>()).Where(text => text.Length == 1))); // without the marks that were written
        Assert.All(tokens, token =>
        {
            var top = token!["top_logprobs"]!.AsArray();
            Assert.Equal(3, top.Count);
            Assert.Equal(token["token"]!.GetValue<string>(), top[0]!["token"]!.GetValue<string>()); // greedy
            Assert.Equal(token["logprob"]!.GetValue<double>(), top[0]!["logprob"]!.GetValue<double>());
            Assert.InRange(token["logprob"]!.GetValue<double>(), -20, 0);
        });
    }

    [Fact]
    public async Task Post_ManyMixedRequestsAtOnce_EachIsAnsweredAsAlone()
    {
        await using var fixture = await ServerFixture.Start();
        var bodies = Enumerable.Range(0, 32).Select(k =>
        {
            var body = ServerFixture.Chat(new string((char)('a' + (k % 7)), 1 + k), [.. Enumerable.Range(0, k % 3).Select(ServerFixture.DataUrl)]);
            body["max_tokens"] = 4 + (k % 20);
            return body;
        }).ToArray();
        var alone = new List<string>();
        foreach (var body in bodies)
        {
            alone.Add(ServerFixture.Content((await fixture.Post(body)).Body));
        }

        var together = await Task.WhenAll(bodies.Select(async (body, k) => k % 2 == 0
            ? ServerFixture.Content((await fixture.Post(body)).Body)
            : (await fixture.Stream(body)).Text));

        Assert.Equal(alone, together);
    }

    // A question that is answered with some words; which one depends on the model's random weights.
    private static async Task<(JsonObject Body, JsonNode Response)> LongAnswer(ServerFixture fixture)
    {
        for (var seed = 0; seed < 100; seed++)
        {
            var body = ServerFixture.Chat("gfe", ServerFixture.DataUrl(3));
            (body["temperature"], body["seed"]) = (1.5, seed);
            var (_, response, _) = await fixture.Post(body);
            if (ServerFixture.Content(response) is { Length: > 10 } text && text.IndexOf(text[3..6], StringComparison.Ordinal) == 3)
            {
                return (body, response);
            }
        }

        throw new InvalidOperationException("the model has nothing to say");
    }

    [Fact]
    public async Task Post_WordsThatLookLikeAPicturesMarker_AreNotOne()
    {
        await using var fixture = await ServerFixture.Start();

        var (status, response, _) = await fixture.Post(ServerFixture.Chat("a<image>b"));

        Assert.Equal(HttpStatusCode.OK, status);
        Assert.Equal(ServerFixture.Content((await fixture.Post(ServerFixture.Chat("ab"))).Body), ServerFixture.Content(response));
    }

    [Fact]
    public async Task Get_Models_ListsThem()
    {
        await using var fixture = await ServerFixture.Start();

        var list = JsonNode.Parse(await fixture.Client.GetStringAsync("/v1/models"))!;
        var one = JsonNode.Parse(await fixture.Client.GetStringAsync("/v1/models/tiny"))!;

        Assert.Equal("tiny", list["data"]![0]!["id"]!.GetValue<string>());
        Assert.Equal("model", one["object"]!.GetValue<string>());
        Assert.Equal(HttpStatusCode.NotFound, (await fixture.Client.GetAsync("/v1/models/other")).StatusCode);
    }

    [Fact]
    public async Task Get_Metrics_CountsWhatWasWritten()
    {
        await using var fixture = await ServerFixture.Start();
        var (_, response, _) = await fixture.Post(ServerFixture.Chat("abc", ServerFixture.DataUrl(1)));
        await fixture.Post(ServerFixture.Chat("abc", ServerFixture.DataUrl(1)));

        var page = await fixture.Client.GetStringAsync("/metrics");

        Assert.Contains("# TYPE collimate_answer_tokens_total counter", page, StringComparison.Ordinal);
        Assert.Contains($"collimate_prompt_tokens_total{{model=\"tiny\"}} {2 * response["usage"]!["prompt_tokens"]!.GetValue<int>()}", page, StringComparison.Ordinal);
        Assert.Contains("collimate_cache_lookups_total{model=\"tiny\",cache=\"picture\",result=\"hit\"} 1", page, StringComparison.Ordinal);
        Assert.Contains("collimate_first_token_duration_seconds_count{model=\"tiny\"} 2", page, StringComparison.Ordinal);
    }
}
