using System.Buffers.Binary;
using System.Text.Json;
using Collimate.Imaging;
using Collimate.Server.Hosting;
using Collimate.Server.Pictures;
using Collimate.Server.Protocol;
using Microsoft.AspNetCore.Http;

namespace Collimate.Server.Embedding;

/// <summary><c>POST /v1/embeddings</c>: texts, and pictures written as the parts of a message are.</summary>
/// <param name="models">The models.</param>
/// <param name="pictures">Gets pictures.</param>
/// <param name="options">The limits.</param>
internal sealed class EmbeddingEndpoint(ModelCatalog models, PictureReader pictures, ServerOptions options)
{
    private const int LongestText = 65_536;

    /// <summary>Answers a request.</summary>
    public async Task Answer(HttpContext context)
    {
        var request = await RequestBody.Read(context, ServerJson.Default.EmbeddingRequest, options.MaxBodyBytes).ConfigureAwait(false);
        var model = models.EmbeddingModel(request.Model);
        var asBytes = request.EncodingFormat switch
        {
            null or "float" => false,
            "base64" => true,
            _ => throw ApiException.Invalid("encoding_format is float or base64.", "encoding_format"),
        };
        if (request.Dimensions is { } wanted && wanted != model.Size)
        {
            throw ApiException.Invalid($"This model's embeddings have {model.Size} numbers; others cannot be asked for.", "dimensions", "unsupported_parameter");
        }

        var (entries, tokens) = (new List<EmbeddingEntry>(), 0);
        foreach (var (input, place) in Inputs(request.Input))
        {
            var (embedding, read) = await Embed(model, input, place, context.RequestAborted).ConfigureAwait(false);
            tokens += read;
            entries.Add(new EmbeddingEntry { Index = entries.Count, Embedding = asBytes ? InBytes(embedding) : InNumbers(embedding) });
        }

        var response = new EmbeddingResponse { Data = entries, Model = model.Name, Usage = new EmbeddingUsage(tokens) };
        await RequestBody.Write(context, response, ServerJson.Default.EmbeddingResponse).ConfigureAwait(false);
    }

    private async Task<(float[] Embedding, int Tokens)> Embed(EmbeddingModel model, ContentPart input, string place, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        if (input.Text is { } text)
        {
            return model.EmbedText(text);
        }

        var parameter = $"{place}.image_url.url";
        var file = await pictures.Read(input.ImageUrl!, parameter, cancellation).ConfigureAwait(false);
        try
        {
            return (model.EmbedPicture(file, options.PictureLimits), 0);
        }
        catch (ImageException)
        {
            throw ApiException.Invalid("The picture is damaged, cut short, or has more frames than are read.", parameter, "invalid_image");
        }
    }

    private List<(ContentPart Input, string Place)> Inputs(JsonElement? input)
    {
        if (input is not { } given || given.ValueKind == JsonValueKind.Null)
        {
            throw ApiException.Invalid("The request has no input; say what is to be embedded.", "input", "missing_required_parameter");
        }

        if (given.ValueKind != JsonValueKind.Array)
        {
            return [(Part(given, "input"), "input")];
        }

        var count = given.GetArrayLength();
        return count >= 1 && count <= options.MaxInputs
            ? [.. given.EnumerateArray().Select((one, k) => (Part(one, $"input[{k}]"), $"input[{k}]"))]
            : throw ApiException.Invalid($"input has {count} parts; expected 1 to {options.MaxInputs}.", "input");
    }

    private static ContentPart Part(JsonElement element, string place)
    {
        ContentPart? part;
        try
        {
            part = element.ValueKind switch
            {
                JsonValueKind.String => new ContentPart { Type = "text", Text = element.GetString() },
                JsonValueKind.Object => element.Deserialize(ServerJson.Default.ContentPart),
                _ => null,
            };
        }
        catch (JsonException)
        {
            part = null;
        }

        return part switch
        {
            { Type: "text", Text.Length: > 0 and <= LongestText, ImageUrl: null } or { Type: "image_url", ImageUrl: not null, Text: null } => part,
            { Type: "text", Text: not null } => throw ApiException.Invalid($"A text is empty, or longer than {LongestText} characters.", place),
            _ => throw ApiException.Invalid("An input is a text, or a part of type text or image_url.", place),
        };
    }

    private static JsonElement InBytes(float[] embedding)
    {
        var bytes = new byte[embedding.Length * sizeof(float)];
        for (var k = 0; k < embedding.Length; k++)
        {
            BinaryPrimitives.WriteSingleLittleEndian(bytes.AsSpan(k * sizeof(float)), embedding[k]);
        }

        return JsonSerializer.SerializeToElement(Convert.ToBase64String(bytes), ServerJson.Default.String);
    }

    private static JsonElement InNumbers(float[] embedding) => JsonSerializer.SerializeToElement(embedding, ServerJson.Default.SingleArray);
}
