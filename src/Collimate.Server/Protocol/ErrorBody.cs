namespace Collimate.Server.Protocol;

/// <summary>What a request that cannot be served is answered.</summary>
/// <param name="Error">What is wrong.</param>
internal sealed record ErrorBody(ErrorDetail Error)
{
    /// <summary>The body of a failure.</summary>
    public static ErrorBody Of(ApiException failure) => new(new ErrorDetail(failure.Message, failure.Type, failure.Parameter, failure.Code));
}

/// <summary>What is wrong with a request.</summary>
/// <param name="Message">For a person.</param>
/// <param name="Type">The kind of fault.</param>
/// <param name="Param">The part of the request; written even where null, as OpenAI does.</param>
/// <param name="Code">For a program.</param>
internal sealed record ErrorDetail(string Message, string Type, string? Param, string? Code);
