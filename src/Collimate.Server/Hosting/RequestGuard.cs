using System.Diagnostics;
using System.Net;
using Collimate.Server.Page;
using Collimate.Server.Protocol;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Collimate.Server.Hosting;

/// <summary>Stands before every route: who asks, by which name, whether there is room; and turns whatever goes wrong into an answer of OpenAI's form.</summary>
internal sealed partial class RequestGuard
{
    private const int ClientLeft = 499; // nginx's; nobody is there to read it, but the log is

    private readonly ServerOptions options;
    private readonly RequestGate gate;
    private readonly KeyRing keys;
    private readonly ILogger log;
    private readonly HashSet<string> names;

    public RequestGuard(ServerOptions options, RequestGate gate, ILogger<RequestGuard> log)
    {
        (this.options, this.gate, this.log) = (options, gate, log);
        keys = new KeyRing(options.ApiKeys);
        names = new HashSet<string>(["localhost", "127.0.0.1", "[::1]", options.Address, $"[{options.Address}]", .. options.HostNames], StringComparer.OrdinalIgnoreCase);
    }

    /// <summary>Serves a request.</summary>
    public async Task Serve(HttpContext context, RequestDelegate next)
    {
        var begun = Stopwatch.GetTimestamp();
        var headers = context.Response.Headers;
        headers.XContentTypeOptions = "nosniff";
        headers["X-Request-Id"] = context.TraceIdentifier;
        var status = 0;
        try
        {
            CheckName(context);
            if (!PageFiles.IsOpenTo(context.Request))
            {
                keys.Check(context);
            }

            RequestBody.CheckLength(context, options.MaxBodyBytes);
            // Only what computes is counted: whoever watches the server can do so while it is busy, or stopping.
            using (HttpMethods.IsPost(context.Request.Method) ? gate.Enter() : null)
            {
                await next(context).ConfigureAwait(false);
            }

            if (context.Response is { HasStarted: false, StatusCode: >= 400 })
            {
                throw context.Response.StatusCode == StatusCodes.Status405MethodNotAllowed
                    ? ApiException.Invalid("This route does not take that method.", null, "method_not_allowed", StatusCodes.Status405MethodNotAllowed)
                    : ApiException.NotFound("There is no such route.", null, "unknown_url");
            }
        }
        catch (ApiException failure)
        {
            await Tell(context, failure).ConfigureAwait(false);
        }
        catch (BadHttpRequestException failure)
        {
            await Tell(context, failure.StatusCode == StatusCodes.Status413PayloadTooLarge
                ? RequestBody.TooLong(options.MaxBodyBytes)
                : ApiException.Invalid("The request is not HTTP as it should be, or came too slowly.", null, "bad_request", failure.StatusCode)).ConfigureAwait(false);
        }
        catch (Exception) when (context.RequestAborted.IsCancellationRequested)
        {
            status = ClientLeft;
        }
#pragma warning disable CA1031 // whatever it is, the client is told no more than that, and the log everything
        catch (Exception failure)
#pragma warning restore CA1031
        {
            Failed(log, context.TraceIdentifier, failure);
            await Tell(context, ApiException.Internal(context.TraceIdentifier)).ConfigureAwait(false);
        }

        if (log.IsEnabled(LogLevel.Information))
        {
            var (id, method, told) = (context.TraceIdentifier, context.Request.Method, status == 0 ? context.Response.StatusCode : status);
            string path = context.Request.Path;
            var (took, client) = (Stopwatch.GetElapsedTime(begun).TotalMilliseconds, context.Connection.RemoteIpAddress);
            Served(log, id, method, path, told, took, client);
        }
    }

    private void CheckName(HttpContext context)
    {
        var host = context.Request.Host.Host;
        if (!names.Contains("*") && !names.Contains(host) && !(IPAddress.TryParse(host, out _) && !IsLocal))
        {
            throw ApiException.Invalid("This server is not known by that name.", null, "unknown_host", StatusCodes.Status421MisdirectedRequest);
        }

        // A page from elsewhere may not ask in its reader's name.
        var origin = context.Request.Headers.Origin.ToString();
        if (origin.Length > 0 && (!Uri.TryCreate(origin, UriKind.Absolute, out var from) || !string.Equals(from.Authority, context.Request.Host.Value, StringComparison.OrdinalIgnoreCase)))
        {
            throw ApiException.Invalid("Pages of other origins may not ask this server.", null, "cross_origin", StatusCodes.Status403Forbidden);
        }
    }

    private bool IsLocal => options.Address is "localhost" || (IPAddress.TryParse(options.Address, out var address) && IPAddress.IsLoopback(address));

    private static async Task Tell(HttpContext context, ApiException failure)
    {
        if (context.Response.HasStarted || context.RequestAborted.IsCancellationRequested)
        {
            return;
        }

        var headers = context.Response.Headers;
        if (failure.RetryAfter is { } seconds)
        {
            headers.RetryAfter = seconds.ToString();
        }

        try
        {
            await RequestBody.Write(context, ErrorBody.Of(failure), ServerJson.Default.ErrorBody, failure.Status).ConfigureAwait(false);
        }
        catch (Exception gone) when (gone is OperationCanceledException or IOException)
        {
            // The client left while it was told.
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "{Id} {Method} {Path} {Status} in {Milliseconds:0.0} ms for {Client}")]
    private static partial void Served(ILogger log, string id, string method, string path, int status, double milliseconds, IPAddress? client);

    [LoggerMessage(Level = LogLevel.Error, Message = "{Id} failed")]
    private static partial void Failed(ILogger log, string id, Exception failure);
}
