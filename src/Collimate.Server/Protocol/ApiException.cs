namespace Collimate.Server.Protocol;

/// <summary>A request that cannot be served, as OpenAI's protocol tells it. Its message is for the client: nothing of files, memory or decoders is in it.</summary>
internal sealed class ApiException : Exception
{
    private ApiException(int status, string type, string message, string? parameter, string? code)
        : base(message) => (Status, Type, Parameter, Code) = (status, type, parameter, code);

    /// <summary>The HTTP status.</summary>
    public int Status { get; }

    /// <summary>OpenAI's <c>type</c>.</summary>
    public string Type { get; }

    /// <summary>OpenAI's <c>param</c>: the part of the request that is at fault.</summary>
    public string? Parameter { get; }

    /// <summary>OpenAI's <c>code</c>.</summary>
    public string? Code { get; }

    /// <summary>After how many seconds it is worth trying again; null where it is not.</summary>
    public int? RetryAfter { get; private init; }

    /// <summary>The request is at fault.</summary>
    public static ApiException Invalid(string message, string? parameter = null, string code = "invalid_value", int status = 400) =>
        new(status, "invalid_request_error", message, parameter, code);

    /// <summary>No key, or a wrong one.</summary>
    public static ApiException Unauthorized(bool isMissing) => new(
        401, "authentication_error", isMissing
            ? "No API key was given. Send it in the header Authorization: Bearer KEY."
            : "The API key is wrong.", null, isMissing ? "missing_api_key" : "invalid_api_key");

    /// <summary>There is no such thing.</summary>
    public static ApiException NotFound(string message, string? parameter, string code) => new(404, "invalid_request_error", message, parameter, code);

    /// <summary>Too much is asked at once.</summary>
    public static ApiException Overloaded() => new(
        429, "rate_limit_error", "The server answers as many requests as it can. Try again shortly.", null, "overloaded") { RetryAfter = 1 };

    /// <summary>The server is about to stop.</summary>
    public static ApiException Draining() => new(
        503, "service_unavailable", "The server is stopping. Try another, or again when it is back.", null, "shutting_down") { RetryAfter = 5 };

    /// <summary>The server is at fault.</summary>
    public static ApiException Internal(string request) => new(
        500, "server_error", $"The server failed to answer; its log says why under the request's id, {request}.", null, "internal_error");
}
