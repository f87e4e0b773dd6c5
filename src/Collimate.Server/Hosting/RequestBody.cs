using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Collimate.Server.Protocol;
using Microsoft.AspNetCore.Http;

namespace Collimate.Server.Hosting;

/// <summary>Reads what clients send and writes what they are answered.</summary>
internal static class RequestBody
{
    private const int LongestPath = 120;

    /// <summary>Reads a body in JSON.</summary>
    /// <exception cref="ApiException">It is none, is too long, or is not what is expected.</exception>
    public static async Task<T> Read<T>(HttpContext context, JsonTypeInfo<T> type, long most)
        where T : class
    {
        CheckLength(context, most);
        if (!context.Request.HasJsonContentType())
        {
            throw ApiException.Invalid("Send the request as JSON, with the header Content-Type: application/json.", null, "unsupported_media_type", StatusCodes.Status415UnsupportedMediaType);
        }

        try
        {
            return await JsonSerializer.DeserializeAsync(context.Request.Body, type, context.RequestAborted).ConfigureAwait(false)
                ?? throw ApiException.Invalid("The request is null.", null, "invalid_json");
        }
        catch (JsonException wrong)
        {
            var path = wrong.Path is { Length: > 2 and < LongestPath } found ? found["$.".Length..] : null;
            var place = wrong.LineNumber is { } line ? $" (line {line + 1}, byte {wrong.BytePositionInLine + 1})" : "";
            throw ApiException.Invalid($"The request is not JSON of the form that is expected{(path is null ? "" : $", at {path}")}{place}.", path, "invalid_json");
        }
        catch (InvalidOperationException)
        {
            throw ApiException.Invalid("The request holds a text that is not Unicode: half of a surrogate pair.", null, "invalid_json");
        }
    }

    /// <summary>Refuses a body that says itself that it is too long, before any of it is read.</summary>
    public static void CheckLength(HttpContext context, long most)
    {
        if (context.Request.ContentLength > most)
        {
            context.Response.Headers.Connection = "close";
            throw TooLong(most);
        }
    }

    /// <summary>A body that is too long.</summary>
    public static ApiException TooLong(long most) =>
        ApiException.Invalid($"The request is longer than {most} bytes, the most that are read.", null, "request_too_large", StatusCodes.Status413PayloadTooLarge);

    /// <summary>Writes an answer in JSON.</summary>
    public static async Task Write<T>(HttpContext context, T body, JsonTypeInfo<T> type, int status = StatusCodes.Status200OK)
    {
        var bytes = JsonSerializer.SerializeToUtf8Bytes(body, type);
        context.Response.StatusCode = status;
        context.Response.ContentType = "application/json; charset=utf-8";
        context.Response.ContentLength = bytes.Length;
        await context.Response.Body.WriteAsync(bytes, context.RequestAborted).ConfigureAwait(false);
    }
}
