using System.Net;
using System.Net.Http.Headers;
using System.Text.Json.Nodes;
using Collimate.Tests.Alignment.Fusion;

namespace Collimate.Tests.Server;

public sealed class LookEndpointTests : IDisposable
{
    private readonly TinyLlava tiny = new();

    public void Dispose() => tiny.Dispose();

    [Fact]
    public async Task Post_PictureQuestionAndAnswer_TellsWordsPlacesAndAttention()
    {
        await using var fixture = await ServerFixture.Start(engine: Collimate.Server.Inference.ChatEngine.Load(tiny.Path, TinyEngine.Small, "tiny"));
        var url = "data:image/png;base64," + Convert.ToBase64String(File.ReadAllBytes(tiny.Picture));

        var (status, look, _) = await fixture.Post(new JsonObject { ["image"] = url, ["question"] = "what is it", ["answer"] = "a cat", ["top"] = 3 }, "/api/look");

        Assert.Equal(HttpStatusCode.OK, status);
        Assert.Equal((40, 24), (look["width"]!.GetValue<int>(), look["height"]!.GetValue<int>()));
        var tokens = look["tokens"]!.AsArray();
        Assert.Equal(look["rows"]!.GetValue<int>() * look["columns"]!.GetValue<int>(), tokens.Count);
        Assert.All(tokens, token => Assert.Equal(3, token!["words"]!.AsArray().Count));
        Assert.Equal(Enumerable.Range(0, tokens.Count), tokens.Select(token => token!["rank"]!.GetValue<int>()).Order());
        Assert.False(look["reorders"]!.GetValue<bool>());
        Assert.Contains(look["sequence"]!.AsArray(), run => run!["kind"]!.GetValue<string>() == "image" && run["tokens"]!.AsArray().Count == tokens.Count);
        var answer = look["answer"]!.AsArray();
        Assert.Equal("a cat", string.Concat(answer.Select(token => token!["text"]!.GetValue<string>())));
        Assert.All(answer, token =>
        {
            var shares = token!["attention"]!.AsArray().Select(share => share!.GetValue<double>()).ToArray();
            Assert.Equal(tokens.Count, shares.Length);
            Assert.InRange(shares.Sum(), 0.001, 1.0001);
        });
    }

    [Fact]
    public async Task Post_Form_TellsTheSame()
    {
        await using var fixture = await ServerFixture.Start(engine: Collimate.Server.Inference.ChatEngine.Load(tiny.Path, TinyEngine.Small, "tiny"));
        var file = new ByteArrayContent(File.ReadAllBytes(tiny.Picture));
        file.Headers.ContentType = new MediaTypeHeaderValue("image/png");
        using var form = new MultipartFormDataContent { { file, "image", "red.png" }, { new StringContent("what is it"), "question" } };

        using var response = await fixture.Client.PostAsync("/api/look", form);
        var look = JsonNode.Parse(await response.Content.ReadAsStringAsync())!;

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Empty(look["answer"]!.AsArray());
        Assert.NotEmpty(look["tokens"]!.AsArray());
    }

    [Fact]
    public async Task Post_ModelWithoutVisualWords_SaysWhyAndTellsTheRest()
    {
        await using var fixture = await ServerFixture.Start(engine: TinyEngine.Create(TinyFusionModel.Create("paper")));

        var (status, look, _) = await fixture.Post(new JsonObject { ["image"] = ServerFixture.DataUrl(1), ["question"] = "abc", ["layers"] = new JsonArray(9, 9) }, "/api/look");
        Assert.Equal((HttpStatusCode.BadRequest, "layers"), (status, look["error"]!["param"]!.GetValue<string>()));

        (status, look, _) = await fixture.Post(new JsonObject { ["image"] = ServerFixture.DataUrl(1), ["question"] = "abc", ["answer"] = "de" }, "/api/look");
        Assert.Equal(HttpStatusCode.OK, status);
        Assert.Equal(2, look["answer"]!.AsArray().Count);
        Assert.Contains("fusion", look["words_missing"]!.GetValue<string>(), StringComparison.Ordinal);
    }
}
