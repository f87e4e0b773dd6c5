using System.Buffers.Binary;
using System.Net;
using System.Text.Json.Nodes;
using Collimate.Data.Scenes;
using Collimate.Imaging;
using Collimate.Server.Agents;
using Collimate.Server.Embedding;
using Microsoft.Extensions.AI;

namespace Collimate.Tests.Server;

public sealed class EmbeddingTests
{
    private static string Folder => Path.GetFullPath(Path.Combine(GoldenFiles.Require("README.md"), "..", "..", "..", "models", "encoder"));

    [Fact]
    public async Task Post_TextsAndAPicture_PlacesThemInOneSpace()
    {
        await using var fixture = await ServerFixture.Start(embedding: EmbeddingModel.Load("encoder", Folder));
        var input = new JsonArray("dog", "a very long text about nothing at all", new JsonObject { ["type"] = "image_url", ["image_url"] = ServerFixture.DataUrl(1) });

        var (status, body, _) = await fixture.Post(new JsonObject { ["model"] = "encoder", ["input"] = input }, "/v1/embeddings");
        var (_, bytes, _) = await fixture.Post(new JsonObject { ["model"] = "encoder", ["input"] = "dog", ["encoding_format"] = "base64" }, "/v1/embeddings");

        Assert.Equal(HttpStatusCode.OK, status);
        var embeddings = body["data"]!.AsArray().Select(entry => entry!["embedding"]!.AsArray().Select(value => value!.GetValue<float>()).ToArray()).ToArray();
        Assert.All(embeddings, embedding => Assert.Equal(1, embedding.Sum(value => value * value), 1e-4));
        var coded = Convert.FromBase64String(bytes["data"]![0]!["embedding"]!.GetValue<string>());
        Assert.Equal(embeddings[0][3], BinaryPrimitives.ReadSingleLittleEndian(coded.AsSpan(12)));
        Assert.True(body["usage"]!["prompt_tokens"]!.GetValue<int>() > 2);
        ServerFixture.AssertError(await fixture.Post(new JsonObject { ["model"] = "encoder", ["input"] = "" }, "/v1/embeddings"), HttpStatusCode.BadRequest, "input", "invalid_value");
        ServerFixture.AssertError(await fixture.Post(new JsonObject { ["model"] = "encoder", ["input"] = new JsonArray(5) }, "/v1/embeddings"), HttpStatusCode.BadRequest, "input[0]", "invalid_value");
        ServerFixture.AssertError(await fixture.Post(new JsonObject { ["model"] = "encoder" }, "/v1/embeddings"), HttpStatusCode.BadRequest, "input", "missing_required_parameter");
        ServerFixture.AssertError(await fixture.Post(new JsonObject { ["model"] = "encoder", ["input"] = "a", ["dimensions"] = 3 }, "/v1/embeddings"), HttpStatusCode.BadRequest, "dimensions", "unsupported_parameter");
    }

    [Fact]
    public async Task Generate_PicturesOfScenes_LieNearestToTheirOwnCaptions()
    {
        using var generator = CollimateEmbeddingGenerator.Load(Folder);
        var scenes = Enumerable.Range(0, 8).Select(k => SceneSampleSource.World.Draw(SceneSplit.Train, 7, k)).ToArray();
        string[] captions = [.. scenes.Select(scene => { var random = new SceneRandom(1, "caption", scene.Index); return SceneCaptions.Describe(scene, CaptionStyle.Detailed, ref random); })];

        var pictures = await generator.GenerateAsync(scenes.Select(scene => new DataContent(ImageCodec.Encode(SceneRenderer.Render(scene), ImageFormat.Png), "image/png")));
        var texts = await ((IEmbeddingGenerator<string, Embedding<float>>)generator).GenerateAsync(captions);

        var right = pictures.Select((picture, k) => Nearest(picture.Vector.Span, texts) == k).Count(isRight => isRight);
        Assert.True(right >= 5, $"{right} of 8 pictures are nearest to their captions; by chance it would be one");
        Assert.Equal(128, texts[0].Dimensions);
    }

    private static int Nearest(ReadOnlySpan<float> picture, GeneratedEmbeddings<Embedding<float>> texts)
    {
        var (best, most) = (-1, float.NegativeInfinity);
        for (var k = 0; k < texts.Count; k++)
        {
            var cosine = 0f;
            var text = texts[k].Vector.Span;
            for (var at = 0; at < text.Length; at++)
            {
                cosine += picture[at] * text[at];
            }

            (best, most) = cosine > most ? (k, cosine) : (best, most);
        }

        return best;
    }
}
