using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using Collimate.Server.Embedding;
using Collimate.Server.Hosting;
using Collimate.Server.Inference;
using Collimate.Server.Pictures;
using Collimate.Tests.Alignment;

namespace Collimate.Tests.Server;

/// <summary>A real server on a free port with a tiny model, and a client.</summary>
internal sealed class ServerFixture : IAsyncDisposable
{
    private readonly ModelCatalog models;

    private ServerFixture(ModelCatalog models, CollimateServer server)
    {
        (this.models, Server) = (models, server);
        Client = new HttpClient { BaseAddress = server.Address, Timeout = TimeSpan.FromSeconds(60) };
    }

    public CollimateServer Server { get; }

    public HttpClient Client { get; }

    public ChatEngine Engine => models.Chats.First();

    public static ServerOptions Options { get; } = new() { Port = 0, MaxTokens = 32 };

    public static async Task<ServerFixture> Start(
        ServerOptions? options = null, ChatEngine? engine = null, Func<string, CancellationToken, Task<IPAddress[]>>? resolve = null, Func<IPAddress, bool>? isOpen = null, EmbeddingModel? embedding = null)
    {
        options ??= Options;
        var models = new ModelCatalog([engine ?? TinyEngine.Create(TinyVisionModel.Create(3))], embedding is null ? [] : [embedding]);
        var server = await CollimateServer.Start(options, models, new RemotePictures(options, resolve, isOpen), null, null, CancellationToken.None);
        return new ServerFixture(models, server);
    }

    public static JsonObject Chat(string question, params string[] urls) => new()
    {
        ["model"] = "tiny",
        ["messages"] = new JsonArray(new JsonObject
        {
            ["role"] = "user",
            ["content"] = new JsonArray([.. urls.Select(url => new JsonObject { ["type"] = "image_url", ["image_url"] = new JsonObject { ["url"] = url } }), new JsonObject { ["type"] = "text", ["text"] = question }]),
        }),
    };

    public static string DataUrl(int picture) => "data:image/png;base64," + Convert.ToBase64String(TinyEngine.Picture(picture));

    public Task<(HttpStatusCode Status, JsonNode Body, HttpResponseHeaders Headers)> Post(JsonNode body, string path = "/v1/chat/completions") => Post(body.ToJsonString(), path);

    public async Task<(HttpStatusCode Status, JsonNode Body, HttpResponseHeaders Headers)> Post(string body, string path = "/v1/chat/completions")
    {
        using var content = new StringContent(body, Encoding.UTF8, "application/json");
        using var response = await Client.PostAsync(path, content);
        return (response.StatusCode, JsonNode.Parse(await response.Content.ReadAsStringAsync())!, response.Headers);
    }

    public async Task<(string Text, List<JsonNode> Chunks)> Stream(JsonObject body)
    {
        body["stream"] = true;
        using var content = new StringContent(body.ToJsonString(), Encoding.UTF8, "application/json");
        using var response = await Client.PostAsync("/v1/chat/completions", content);
        Assert.Equal("text/event-stream", response.Content.Headers.ContentType?.MediaType);
        var lines = (await response.Content.ReadAsStringAsync()).Split("\n\n", StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal("data: [DONE]", lines[^1]);
        var chunks = lines[..^1].Select(line => JsonNode.Parse(line["data: ".Length..])!).ToList();
        return (string.Concat(chunks.SelectMany(chunk => chunk["choices"]!.AsArray()).Select(choice => choice!["delta"]!["content"]?.GetValue<string>())), chunks);
    }

    public static string Content(JsonNode response, int choice = 0) => response["choices"]![choice]!["message"]!["content"]!.GetValue<string>();

    /// <summary>Checks that a response tells a fault as OpenAI does, and nothing of where it runs.</summary>
    public static void AssertError((HttpStatusCode Status, JsonNode Body, HttpResponseHeaders Headers) response, HttpStatusCode status, string? parameter, string code)
    {
        var error = response.Body["error"]!;
        Assert.Equal((status, parameter, code), (response.Status, error["param"]?.GetValue<string>(), error["code"]!.GetValue<string>()));
        Assert.NotEqual("", error["message"]!.GetValue<string>());
        Assert.NotEqual("", error["type"]!.GetValue<string>());
        var all = response.Body.ToJsonString();
        Assert.DoesNotContain(AppContext.BaseDirectory, all, StringComparison.Ordinal);
        Assert.DoesNotContain("vips", all, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("   at ", all, StringComparison.Ordinal);
        Assert.DoesNotContain("0x", all, StringComparison.Ordinal);
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await Server.DisposeAsync();
        models.Dispose();
    }
}
