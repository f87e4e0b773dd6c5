using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Net.Http.Headers;
using System.Text.Json.Nodes;
using Collimate.Imaging;
using Collimate.Server.Hosting;

namespace Collimate.Page.Tests;

/// <summary>What the page's files and examples are without a browser: who gets them, and that they are the same every time.</summary>
[SuppressMessage("Design", "CA1001", Justification = "xUnit disposes of it by DisposeAsync")]
public sealed class PageFilesTests : IAsyncLifetime
{
    private readonly ModelCatalog none = new([]);
    private readonly HttpClient client = new();
    private CollimateServer server = null!;

    public async Task InitializeAsync()
    {
        server = await CollimateServer.Start(new ServerOptions { Port = 0, ApiKeys = ["open sesame"] }, none);
        client.BaseAddress = server.Address;
    }

    public async Task DisposeAsync()
    {
        client.Dispose();
        await server.DisposeAsync();
        none.Dispose();
    }

    [Theory]
    [InlineData("/", "text/html", HttpStatusCode.OK)]
    [InlineData("/", "*/*", HttpStatusCode.Unauthorized)]
    [InlineData("/page/main.js", "*/*", HttpStatusCode.OK)]
    [InlineData("/page/no-such-file.js", "*/*", HttpStatusCode.Unauthorized)]
    [InlineData("/page/../v1/models", "text/html", HttpStatusCode.Unauthorized)]
    [InlineData("/api/examples", "text/html", HttpStatusCode.Unauthorized)]
    public async Task Get_WithoutKey_GivesThePageAndNothingElse(string path, string accept, HttpStatusCode expected)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.Accept.ParseAdd(accept);

        using var response = await client.SendAsync(request);

        Assert.Equal(expected, response.StatusCode);
    }

    [Fact]
    public async Task Get_FileThatIsKnown_IsNotSentAgain()
    {
        using var first = await client.GetAsync("/page/main.js");
        using var request = new HttpRequestMessage(HttpMethod.Get, "/page/main.js");
        request.Headers.IfNoneMatch.Add(first.Headers.ETag!);

        using var second = await client.SendAsync(request);

        Assert.Equal(HttpStatusCode.NotModified, second.StatusCode);
        Assert.Empty(await second.Content.ReadAsByteArrayAsync());
        Assert.Equal("text/javascript", first.Content.Headers.ContentType?.MediaType);
        Assert.Contains("default-src 'none'", first.Headers.GetValues("Content-Security-Policy").Single(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Examples_TwoServers_ShowTheSamePicturesWithKnownAnswers()
    {
        await using var other = await CollimateServer.Start(new ServerOptions { Port = 0, ApiKeys = ["open sesame"] }, none);
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", "open sesame");

        var text = await client.GetStringAsync("/api/examples");

        Assert.Equal(text, await client.GetStringAsync(new Uri(other.Address, "/api/examples")));
        var examples = JsonNode.Parse(text)!["data"]!.AsArray();
        Assert.Equal(8, examples.Count);
        Assert.All(examples, example =>
        {
            var picture = ImageCodec.Decode(Convert.FromBase64String(example!["image"]!.GetValue<string>()["data:image/png;base64,".Length..]));
            Assert.Equal((96, 96), (picture.Width, picture.Height));
            Assert.Equal(3, example["questions"]!.AsArray().Count(question => question!["answer"] is not null));
        });
    }

    [Fact]
    public void Shapes_WhereTheGymIsMissing_AreDistinctPicturesWithQuestions()
    {
        var shapes = Server.Page.ExampleShapes.Draw();

        Assert.Equal(3, shapes.Select(shape => shape.Image).Distinct().Count());
        Assert.All(shapes, shape => Assert.NotEmpty(shape.Questions));
    }
}
