using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;

namespace Collimate.Tests.Server;

public sealed class KeyTests
{
    private const string Key = "a-long-key-ß";

    private static readonly (HttpMethod Method, string Path)[] Routes =
    [
        (HttpMethod.Get, "/v1/models"), (HttpMethod.Get, "/v1/models/tiny"), (HttpMethod.Get, "/health"), (HttpMethod.Get, "/ready"), (HttpMethod.Get, "/metrics"), (HttpMethod.Get, "/"),
        (HttpMethod.Get, "/no/such/route"), (HttpMethod.Post, "/v1/chat/completions"), (HttpMethod.Post, "/v1/embeddings"), (HttpMethod.Post, "/api/look"), (HttpMethod.Options, "/v1/models"),
    ];

    [Fact]
    public async Task Ask_WithoutARightKey_IsRefusedOnEveryRoute()
    {
        await using var fixture = await ServerFixture.Start(ServerFixture.Options with { ApiKeys = ["another", Key] });
        foreach (var (method, path) in Routes)
        {
            foreach (var (header, code) in ((string?, string)[])[
                (null, "missing_api_key"), ("Bearer wrong", "invalid_api_key"), ("Bearer a-long-key-", "invalid_api_key"), ("Bearer ", "missing_api_key"),
                ("Basic " + Convert.ToBase64String("me:wrong"u8), "invalid_api_key"), ("Basic ?", "missing_api_key"), ("another", "missing_api_key"), ("Digest another", "missing_api_key")])
            {
                using var request = new HttpRequestMessage(method, path);
                request.Headers.TryAddWithoutValidation("Authorization", header);
                using var response = await fixture.Client.SendAsync(request);
                var error = JsonNode.Parse(await response.Content.ReadAsStringAsync())!["error"]!;
                Assert.True(response.StatusCode == HttpStatusCode.Unauthorized, $"{method} {path} with '{header}' is answered {response.StatusCode}");
                Assert.Equal((code, "authentication_error"), (error["code"]!.GetValue<string>(), error["type"]!.GetValue<string>()));
                Assert.NotEmpty(response.Headers.WwwAuthenticate);
            }
        }
    }

    [Fact]
    public async Task Ask_WithARightKey_IsAnswered()
    {
        await using var fixture = await ServerFixture.Start(ServerFixture.Options with { ApiKeys = ["another", Key] });
        foreach (var header in (AuthenticationHeaderValue[])[new("Bearer", "another"), new("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"me:{Key}")))])
        {
            fixture.Client.DefaultRequestHeaders.Authorization = header;
            Assert.Equal(HttpStatusCode.OK, (await fixture.Client.GetAsync("/v1/models")).StatusCode);
            Assert.Equal(HttpStatusCode.OK, (await fixture.Post(ServerFixture.Chat("abc"))).Status);
        }
    }
}
