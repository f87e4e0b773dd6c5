using Collimate.Imaging;
using Collimate.Semantics;
using Collimate.Server.Chat;
using Collimate.Server.Hosting;
using Collimate.Server.Inference;
using Collimate.Server.Pictures;
using Collimate.Server.Protocol;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Collimate.Server.Looking;

/// <summary><c>POST /api/look</c>: what a model makes of a picture, for a page to draw. JSON with a data: URL, or a form with a file.</summary>
/// <param name="models">The models.</param>
/// <param name="pictures">Gets pictures.</param>
/// <param name="words">The words that visual tokens are compared with; the gym's where null.</param>
/// <param name="options">The limits.</param>
internal sealed class LookEndpoint(ModelCatalog models, PictureReader pictures, WordList? words, ServerOptions options)
{
    private const int DefaultTop = 5;
    private const int MostTop = 50;

    private readonly Dictionary<string, Looker> lookers = LookersOf(models, words);

    /// <summary>Answers a request.</summary>
    public async Task Answer(HttpContext context)
    {
        var (request, file) = context.Request.HasFormContentType
            ? await ReadForm(context).ConfigureAwait(false)
            : await ReadJson(context).ConfigureAwait(false);
        var engine = models.ChatModel(request.Model);
        if (!engine.Sees)
        {
            throw ApiException.Invalid("The model has no eyes.", "model", "images_not_supported");
        }

        var question = request.Question ?? throw ApiException.Invalid("The request has no question.", "question", "missing_required_parameter");
        var top = request.Top ?? DefaultTop;
        if (top is < 1 or > MostTop)
        {
            throw ApiException.Invalid($"top is {top}; expected 1 to {MostTop}.", "top");
        }

        var layers = LayersOf(request.Layers, engine.Built.Model.Language.Config.LayerCount);
        var looked = ChatEndpoint.Understood(() => lookers[engine.Name].Look(Decoded(file), question, request.Answer, top, layers), _ => "image");
        await RequestBody.Write(context, looked, ServerJson.Default.LookResponse).ConfigureAwait(false);
    }

    private async Task<(LookRequest Request, byte[] File)> ReadJson(HttpContext context)
    {
        var request = await RequestBody.Read(context, ServerJson.Default.LookRequest, options.MaxBodyBytes).ConfigureAwait(false);
        var image = request.Image ?? throw ApiException.Invalid("The request has no image.", "image", "missing_required_parameter");
        return (request, await pictures.Read(image, "image", context.RequestAborted).ConfigureAwait(false));
    }

    private async Task<(LookRequest Request, byte[] File)> ReadForm(HttpContext context)
    {
        IFormCollection form;
        try
        {
            var limits = new FormOptions { MultipartBodyLengthLimit = options.MaxBodyBytes, ValueCountLimit = 32, MemoryBufferThreshold = (int)Math.Min(options.MaxBodyBytes, int.MaxValue) };
            form = await context.Request.ReadFormAsync(limits, context.RequestAborted).ConfigureAwait(false);
        }
        catch (InvalidDataException)
        {
            throw ApiException.Invalid("The form is not written as forms are.", null, "invalid_form");
        }

        var image = form.Files.GetFile("image") ?? throw ApiException.Invalid("The form has no file called image.", "image", "missing_required_parameter");
        using var bytes = new MemoryStream();
        await image.CopyToAsync(bytes, context.RequestAborted).ConfigureAwait(false);
        var request = new LookRequest
        {
            Model = Text("model"), Question = Text("question"), Answer = Text("answer"),
            Top = Text("top") is { } top ? int.TryParse(top, out var count) ? count : throw ApiException.Invalid("top is no number.", "top") : null,
        };
        return (request, pictures.Checked(bytes.ToArray(), image.ContentType, "image"));

        string? Text(string name) => form[name] is { Count: > 0 } values ? values[0] : null;
    }

    private Image Decoded(byte[] file)
    {
        try
        {
            return ImageCodec.Decode(file, options.PictureLimits);
        }
        catch (ImageException failure)
        {
            throw new UnreadablePictureException(0, failure);
        }
    }

    private static (int First, int Last) LayersOf(IReadOnlyList<int>? asked, int count) => asked switch
    {
        null => (count / 2, count - 1),
        [var first, var last] when first >= 0 && first <= last && last < count => (first, last),
        _ => throw ApiException.Invalid($"layers names the first and the last layer, from 0 to {count - 1}.", "layers"),
    };

    private static Dictionary<string, Looker> LookersOf(ModelCatalog models, WordList? words)
    {
        var list = new Lazy<WordList>(() => words ?? WordList.Scenes);
        return models.Chats.Where(engine => engine.Sees).ToDictionary(engine => engine.Name, engine => new Looker(engine.Name, engine.Built, list));
    }
}
