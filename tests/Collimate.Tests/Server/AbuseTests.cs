using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;
using Collimate.Server.Hosting;
using Collimate.Server.Pictures;
using Collimate.Tests.Alignment;

namespace Collimate.Tests.Server;

/// <summary>What clients should not send, and what they are answered: a fault of theirs, told as OpenAI tells it, with nothing of where the server runs.</summary>
public sealed class AbuseTests
{
    private const string Chat = "/v1/chat/completions";

    public static TheoryData<string, string?, string> Malformed => new()
    {
        { "", null, "invalid_json" },
        { "{", null, "invalid_json" },
        { "null", null, "invalid_json" },
        { "[]", null, "invalid_json" },
        { """{"messages": 5}""", "messages", "invalid_json" },
        { """{"messages": [{"role": "user", "content": 7}]}""", "messages[0].content", "invalid_json" },
        { """{"messages": [{"role": "user", "content": "a"}], "temperature": "hot"}""", "temperature", "invalid_json" },
        { """{"messages": [{"role": "user", "content": "a"}], "stop": {"a": 1}}""", "stop", "invalid_json" },
        { """{"messages": [], "messages": []}""", "messages", "invalid_json" },
        { new string('[', 4000), null, "invalid_json" },
        { "{}", "messages", "missing_required_parameter" },
        { """{"messages": []}""", "messages", "missing_required_parameter" },
        { """{"messages": [null]}""", "messages[0]", "invalid_value" },
        { """{"messages": [{"content": "a"}]}""", "messages[0].role", "missing_required_parameter" },
        { """{"messages": [{"role": "tool", "content": "a"}]}""", "messages[0].role", "invalid_value" },
        { """{"messages": [{"role": "user", "content": "a"}, {"role": "user", "content": "b"}]}""", "messages[1].role", "invalid_value" },
        { """{"messages": [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}]}""", "messages[1].role", "invalid_value" },
        { """{"messages": [{"role": "user", "content": []}]}""", "messages[0].content", "missing_required_parameter" },
        { """{"messages": [{"role": "user", "content": [{"type": "audio"}]}]}""", "messages[0].content[0].type", "invalid_value" },
        { """{"messages": [{"role": "user", "content": "a"}], "temperature": 9}""", "temperature", "invalid_value" },
        { """{"messages": [{"role": "user", "content": "a"}], "top_p": 0}""", "top_p", "invalid_value" },
        { """{"messages": [{"role": "user", "content": "a"}], "max_tokens": 0}""", "max_tokens", "invalid_value" },
        { """{"messages": [{"role": "user", "content": "a"}], "n": 1000}""", "n", "invalid_value" },
        { """{"messages": [{"role": "user", "content": "a"}], "stop": [""]}""", "stop", "invalid_value" },
        { """{"messages": [{"role": "user", "content": "a"}], "top_logprobs": 2}""", "top_logprobs", "invalid_value" },
        { """{"messages": [{"role": "user", "content": "a"}], "tools": [{"type": "function"}]}""", "tools", "unsupported_parameter" },
        { """{"messages": [{"role": "user", "content": "a"}], "response_format": {"type": "json_object"}}""", "response_format", "unsupported_parameter" },
    };

    [Fact]
    public async Task Post_Malformed_NamesThePart()
    {
        await using var fixture = await ServerFixture.Start();
        foreach (var row in Malformed)
        {
            var (body, parameter, code) = ((string)row[0], (string?)row[1], (string)row[2]);
            var response = await fixture.Post(body);
            Assert.True(response.Status == HttpStatusCode.BadRequest, body);
            ServerFixture.AssertError(response, HttpStatusCode.BadRequest, parameter, code);
        }

        ServerFixture.AssertError(await fixture.Post("""{"model": "gpt", "messages": []}"""), HttpStatusCode.NotFound, "model", "model_not_found");
        ServerFixture.AssertError(await fixture.Post("""{"model": "tiny", "input": "a"}""", "/v1/embeddings"), HttpStatusCode.BadRequest, "model", "model_not_suitable");
        ServerFixture.AssertError(await fixture.Post(ServerFixture.Chat(new string('a', 400))), HttpStatusCode.BadRequest, "messages", "context_length_exceeded");
        Assert.Equal(HttpStatusCode.OK, (await fixture.Post(ServerFixture.Chat("a"))).Status);
        var half = await fixture.Post("""{"messages": [{"role": "user", "content": "\ud800"}]}""");
        Assert.Equal((HttpStatusCode.BadRequest, "invalid_json"), (half.Status, half.Body["error"]!["code"]!.GetValue<string>()));
    }

    [Fact]
    public async Task Post_NotJson_IsRefusedBySayingSo()
    {
        await using var fixture = await ServerFixture.Start();
        using var response = await fixture.Client.PostAsync(Chat, new StringContent("messages=1", Encoding.UTF8, "application/x-www-form-urlencoded"));

        Assert.Equal(HttpStatusCode.UnsupportedMediaType, response.StatusCode);
        Assert.Equal("unsupported_media_type", JsonNode.Parse(await response.Content.ReadAsStringAsync())!["error"]!["code"]!.GetValue<string>());
    }

    [Fact]
    public async Task Post_TenThousandPictures_IsRefusedBeforeAnyIsDecoded()
    {
        await using var fixture = await ServerFixture.Start();
        var response = await fixture.Post(ServerFixture.Chat("a", [.. Enumerable.Repeat("data:image/png;base64,////", 10_000)]));

        ServerFixture.AssertError(response, HttpStatusCode.BadRequest, "messages", "too_many_images");
    }

    [Fact]
    public async Task Post_BodyThatSaysItHasAGigabyte_IsRefusedBeforeItComes()
    {
        await using var fixture = await ServerFixture.Start();
        var answer = await Raw(fixture, $"POST {Chat} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 1073741824\r\n\r\n{{");

        Assert.StartsWith("HTTP/1.1 413", answer, StringComparison.Ordinal);
        Assert.Contains("request_too_large", answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Post_EndlessBody_IsRefusedAtTheLimit()
    {
        await using var fixture = await ServerFixture.Start(ServerFixture.Options with { MaxBodyBytes = 1 << 16 });
        var chunk = "{\"messages\":\"" + new string('a', 1 << 17);
        var answer = await Raw(fixture, $"POST {Chat} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n{chunk.Length:x}\r\n{chunk}\r\n");

        Assert.StartsWith("HTTP/1.1 413", answer, StringComparison.Ordinal);
    }

    public static TheoryData<string, string> BadPictures => new()
    {
        { "data:image/png;base64,aGVsbG8gd29ybGQ=", "invalid_image" },
        { "data:image/png;base64,!!!!", "invalid_image_url" },
        { "data:image/png,plain", "invalid_image_url" },
        { "data:", "invalid_image_url" },
        { "data:image/png;base64,", "invalid_image" },
        { $"data:image/jpeg;base64,{Base64(TinyEngine.Picture(1))}", "invalid_image_type" },
        { $"data:text/html;base64,{Base64(TinyEngine.Picture(1))}", "invalid_image_type" },
        { $"data:video/jpeg;base64,{Base64(TinyEngine.Picture(1))}", "invalid_image_type" },
        { $"data:image/png;base64,{Base64(TinyEngine.Picture(1)[..60])}", "invalid_image" },
        { $"data:image/png;base64,{Base64(PngHeader(50_000, 50_000))}", "image_too_large" },
        { $"data:image/png;base64,{Base64(PngHeader(1, 500_000))}", "image_too_large" },
        { $"data:image/png;base64,{Base64(PngHeader(10, 11_000))}", "image_too_narrow" },
        { $"data:image/gif;base64,{Base64(Animation(4000))}", "invalid_image" },
        { "file:///etc/passwd", "invalid_image_url" },
        { "/etc/passwd", "invalid_image_url" },
        { "ftp://example.com/a.png", "invalid_image_url" },
        { "http://example.com/a.png", "image_fetching_off" },
        { "https://example.com/a.png", "image_fetching_off" },
    };

    [Fact]
    public async Task Post_WhatIsNoPicture_NamesThePart()
    {
        await using var fixture = await ServerFixture.Start();
        foreach (var row in BadPictures)
        {
            var (url, code) = ((string)row[0], (string)row[1]);
            var response = await fixture.Post(ServerFixture.Chat("a", ServerFixture.DataUrl(1), url));
            Assert.True(response.Body["error"]?["code"]?.GetValue<string>() == code, $"{url[..Math.Min(60, url.Length)]}: {response.Body.ToJsonString()}");
            ServerFixture.AssertError(response, HttpStatusCode.BadRequest, "messages[0].content[1].image_url.url", code);
        }
    }

    public static TheoryData<string> ClosedAddresses =>
    [
        "169.254.169.254", "127.0.0.1", "0.0.0.0", "10.1.2.3", "172.16.0.1", "172.31.255.255", "192.168.1.1", "100.64.0.1", "192.0.0.1", "198.18.0.1", "224.0.0.1", "255.255.255.255",
        "::1", "::", "fe80::1", "fc00::1", "fd12::1", "ff02::1", "::ffff:127.0.0.1", "::ffff:169.254.169.254", "64:ff9b::7f00:1", "2002:7f00:1::", "2001::1",
    ];

    [Theory]
    [MemberData(nameof(ClosedAddresses))]
    public void IsPublic_AddressOfThisMachineOrItsNetwork_IsNot(string address) => Assert.False(AddressRules.IsPublic(IPAddress.Parse(address)));

    [Theory]
    [InlineData("8.8.8.8")]
    [InlineData("172.32.0.1")]
    [InlineData("2606:4700::1111")]
    public void IsPublic_AddressOfTheInternet_Is(string address) => Assert.True(AddressRules.IsPublic(IPAddress.Parse(address)));

    [Theory]
    [InlineData("http://2130706433/a.png")] // 127.0.0.1 as one number
    [InlineData("http://0177.0.0.1/a.png")] // in octal
    [InlineData("http://0x7f.1/a.png")]
    [InlineData("http://[::1]/a.png")]
    [InlineData("http://[::ffff:a9fe:a9fe]/a.png")]
    [InlineData("http://169.254.169.254/latest/meta-data/")]
    [InlineData("http://allowed.example@evil.example/a.png")]
    [InlineData("http://allowed.example:8080/a.png")]
    [InlineData("http://user:secret@allowed.example/a.png")]
    public async Task Post_HostThatIsNotAllowed_IsRefusedUnasked(string url)
    {
        var asked = 0;
        await using var fixture = await ServerFixture.Start(ServerFixture.Options with { PictureHosts = ["allowed.example"] }, resolve: (_, _) => { asked++; return Task.FromResult<IPAddress[]>([IPAddress.Loopback]); });

        ServerFixture.AssertError(await fixture.Post(ServerFixture.Chat("a", url)), HttpStatusCode.BadRequest, "messages[0].content[0].image_url.url", "image_host_not_allowed");
        Assert.Equal(0, asked);
    }

    [Fact]
    public async Task Post_AllowedHost_IsFetchedOnlyWhereEveryAddressOfItsNameIsOpen()
    {
        await using var pictures = new PictureHost();
        var options = ServerFixture.Options with { PictureHosts = [$"allowed.example:{pictures.Port}"] };
        var url = $"http://allowed.example:{pictures.Port}";
        IPAddress[] resolved = [IPAddress.Loopback];

        await using (var fixture = await ServerFixture.Start(options, resolve: (_, _) => Task.FromResult(resolved), isOpen: _ => true))
        {
            Assert.Equal(HttpStatusCode.OK, (await fixture.Post(ServerFixture.Chat("a", url + "/picture.png"))).Status);
            foreach (var path in (string[])["/redirect", "/missing", "/endless"])
            {
                ServerFixture.AssertError(await fixture.Post(ServerFixture.Chat("a", url + path)), HttpStatusCode.BadRequest, "messages[0].content[0].image_url.url", "image_not_fetched");
            }

            ServerFixture.AssertError(await fixture.Post(ServerFixture.Chat("a", url + "/page")), HttpStatusCode.BadRequest, "messages[0].content[0].image_url.url", "invalid_image");
        }

        var asked = pictures.Asked;
        await using (var fixture = await ServerFixture.Start(options, resolve: (_, _) => Task.FromResult(resolved)))
        {
            // The name is looked at again with every connection: one that has come to stand for this machine is not asked.
            ServerFixture.AssertError(await fixture.Post(ServerFixture.Chat("a", url + "/picture.png")), HttpStatusCode.BadRequest, "messages[0].content[0].image_url.url", "image_not_fetched");
            resolved = [IPAddress.Parse("8.8.8.8"), IPAddress.Parse("169.254.169.254")];
            ServerFixture.AssertError(await fixture.Post(ServerFixture.Chat("a", url + "/picture.png")), HttpStatusCode.BadRequest, "messages[0].content[0].image_url.url", "image_not_fetched");
        }

        Assert.Equal(asked, pictures.Asked);
        Assert.DoesNotContain("/secret", pictures.Paths);
    }

    [Fact]
    public async Task Connect_HeadersThatNeverEnd_IsClosed()
    {
        await using var fixture = await ServerFixture.Start(ServerFixture.Options with { HeaderTimeout = TimeSpan.FromSeconds(1) });

        var answer = await Raw(fixture, $"POST {Chat} HTTP/1.1\r\nHost: localhost\r\nX-Slow:");

        Assert.True(answer.Length == 0 || answer.StartsWith("HTTP/1.1 408", StringComparison.Ordinal), answer);
        Assert.Equal(HttpStatusCode.OK, (await fixture.Post(ServerFixture.Chat("a"))).Status);
    }

    [Theory]
    [InlineData("Host: evil.example", "421")]
    [InlineData("Host: localhost\r\nOrigin: https://evil.example", "403")]
    public async Task Post_InTheNameOfAnother_IsRefused(string headers, string status)
    {
        await using var fixture = await ServerFixture.Start();

        var answer = await Raw(fixture, $"GET /v1/models HTTP/1.1\r\n{headers}\r\nConnection: close\r\n\r\n");

        Assert.StartsWith($"HTTP/1.1 {status}", answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Post_ClientLeavesMidStream_FreesTheSlot()
    {
        await using var fixture = await ServerFixture.Start(
            ServerFixture.Options with { MaxTokens = 100 }, TinyEngine.Create(TinyVisionModel.Create(3), TinyEngine.Small with { Workers = 1, Slots = 1 }));
        using (var client = new HttpClient { BaseAddress = fixture.Server.Address })
        {
            var body = ServerFixture.Chat("a");
            (body["stream"], body["temperature"]) = (true, 2);
            using var request = new HttpRequestMessage(HttpMethod.Post, Chat) { Content = new StringContent(body.ToJsonString(), Encoding.UTF8, "application/json") };
            using var response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
            await using var stream = await response.Content.ReadAsStreamAsync();
            Assert.NotEqual(0, await stream.ReadAsync(new byte[10]));
        }

        Assert.Equal(HttpStatusCode.OK, (await fixture.Post(ServerFixture.Chat("b"))).Status);
    }

    [Fact]
    public async Task Post_MoreThanFits_IsToldToComeAgain()
    {
        await using var fixture = await ServerFixture.Start(ServerFixture.Options with { MaxRequests = 2, MaxTokens = 100 });

        var responses = await Task.WhenAll(Enumerable.Range(0, 30).Select(_ => fixture.Post(ServerFixture.Chat("abc", ServerFixture.DataUrl(1)))));

        var refused = responses.Where(response => response.Status == HttpStatusCode.TooManyRequests).ToArray();
        Assert.NotEmpty(refused);
        Assert.Contains(responses, response => response.Status == HttpStatusCode.OK);
        Assert.All(refused, response =>
        {
            ServerFixture.AssertError(response, HttpStatusCode.TooManyRequests, null, "overloaded");
            Assert.NotNull(response.Headers.RetryAfter);
        });
        Assert.Equal(HttpStatusCode.OK, (await fixture.Post(ServerFixture.Chat("a"))).Status);
    }

    [Fact]
    public void Options_Unchanged_ListenOnThisMachineAloneAndFetchNothing()
    {
        var options = new ServerOptions();

        Assert.Equal("127.0.0.1", options.Address);
        Assert.Empty(options.PictureHosts);
    }

    private static async Task<string> Raw(ServerFixture fixture, string request)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, fixture.Server.Address.Port);
        await using var stream = client.GetStream();
        await stream.WriteAsync(Encoding.ASCII.GetBytes(request));
        var (answer, buffer) = (new MemoryStream(), new byte[4096]);
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        try
        {
            // Until the server closes, or has told a whole error.
            int count;
            while ((count = await stream.ReadAsync(buffer, patience.Token)) > 0)
            {
                answer.Write(buffer, 0, count);
                if (Encoding.ASCII.GetString(answer.ToArray()).Contains("\"error\"", StringComparison.Ordinal))
                {
                    break;
                }
            }
        }
        catch (IOException)
        {
            // Closed in the midst of what was sent.
        }

        return Encoding.ASCII.GetString(answer.ToArray());
    }

    private static string Base64(byte[] data) => Convert.ToBase64String(data);

    private static byte[] PngHeader(int width, int height)
    {
        byte[] header = [0x89, .. "PNG\r\n"u8, 0x1A, 0x0A, 0, 0, 0, 13, .. "IHDR"u8, 0, 0, 0, 0, 0, 0, 0, 0, 8, 2, 0, 0, 0, 0, 0, 0, 0];
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(16), width);
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(20), height);
        return header;
    }

    // A GIF of one pixel that changes so many times.
    private static byte[] Animation(int frames)
    {
        byte[] frame = [0x21, 0xF9, 4, 0, 1, 0, 0, 0, 0x2C, 0, 0, 0, 0, 1, 0, 1, 0, 0, 2, 2, 0x44, 1, 0];
        return [.. "GIF89a"u8, 1, 0, 1, 0, 0x80, 0, 0, 0, 0, 0, 255, 255, 255, .. Enumerable.Repeat(frame, frames).SelectMany(bytes => bytes), 0x3B];
    }
}
