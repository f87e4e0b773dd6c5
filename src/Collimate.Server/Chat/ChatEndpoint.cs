using Collimate.Data;
using Collimate.Data.Conversations.Jinja;
using Collimate.Server.Hosting;
using Collimate.Server.Inference;
using Collimate.Server.Pictures;
using Collimate.Server.Protocol;
using Collimate.Tokenization;
using Microsoft.AspNetCore.Http;

namespace Collimate.Server.Chat;

/// <summary><c>POST /v1/chat/completions</c>: from a request to answers, whole or as they are written.</summary>
/// <param name="models">The models.</param>
/// <param name="pictures">Gets pictures.</param>
/// <param name="options">The limits.</param>
internal sealed class ChatEndpoint(ModelCatalog models, PictureReader pictures, ServerOptions options)
{
    private readonly ChatRequestReader reader = new(options);

    /// <summary>Answers a request.</summary>
    public async Task Answer(HttpContext context)
    {
        var leaving = context.RequestAborted;
        var request = await RequestBody.Read(context, ServerJson.Default.ChatRequest, options.MaxBodyBytes).ConfigureAwait(false);
        var engine = models.ChatModel(request.Model);
        var plan = reader.Read(request);
        if (plan.Choices > engine.Options.Slots)
        {
            throw ApiException.Invalid($"n is {plan.Choices}; this server writes at most {engine.Options.Slots} answers at once.", "n");
        }

        var prompt = await Prepare(engine, plan, leaving).ConfigureAwait(false);
        var job = engine.Submit(prompt, plan.Options, plan.Choices, plan.Likeliest, leaving) ?? throw ApiException.Overloaded();
        var writer = new AnswerWriter(engine, plan, prompt, job);
        if (request.Stream == true)
        {
            await writer.Stream(context, request.StreamOptions?.IncludeUsage == true).ConfigureAwait(false);
        }
        else
        {
            await RequestBody.Write(context, await writer.Whole(leaving).ConfigureAwait(false), ServerJson.Default.ChatResponse).ConfigureAwait(false);
        }
    }

    /// <summary>Gets a plan's pictures and makes its prompt.</summary>
    private async Task<Prompt> Prepare(ChatEngine engine, ChatPlan plan, CancellationToken cancellation)
    {
        if (plan.Pictures.Count > 0 && !engine.Sees)
        {
            throw ApiException.Invalid("The model has no eyes; ask it without pictures, or another model.", plan.Pictures[0].Parameter, "images_not_supported");
        }

        var files = new List<byte[]>();
        foreach (var (url, parameter) in plan.Pictures)
        {
            files.Add(await pictures.Read(url, parameter, cancellation).ConfigureAwait(false));
        }

        return Understood(() => engine.Read(plan.Turns, files, options.PictureLimits), number => plan.Pictures[number].Parameter);
    }

    /// <summary>What a prompt cannot be made of, told to the client.</summary>
    /// <param name="read">Makes it.</param>
    /// <param name="parameterOf">The part of the request that names a picture.</param>
    internal static T Understood<T>(Func<T> read, Func<int, string> parameterOf)
    {
        try
        {
            return read();
        }
        catch (UnreadablePictureException picture)
        {
            throw ApiException.Invalid("The picture is damaged, cut short, or has more frames than are read.", parameterOf(picture.Number), "invalid_image");
        }
        catch (DataException full) when (full.Fault == DataFault.TooLong)
        {
            throw ApiException.Invalid(full.Message, "messages", "context_length_exceeded");
        }
        catch (DataException wrong)
        {
            throw ApiException.Invalid(wrong.Message, "messages");
        }
        catch (Exception refusal) when (refusal is JinjaException or TokenizerException)
        {
            throw ApiException.Invalid("The model's chat template does not take this conversation.", "messages");
        }
    }
}
