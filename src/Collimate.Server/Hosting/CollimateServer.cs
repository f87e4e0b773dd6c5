using System.Net;
using Collimate.Server.Chat;
using Collimate.Server.Embedding;
using Collimate.Server.Looking;
using Collimate.Server.Page;
using Collimate.Server.Pictures;
using Collimate.Server.Protocol;
using Collimate.Semantics;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Collimate.Server.Hosting;

/// <summary>Models behind HTTP: OpenAI's protocol, and what the page asks.</summary>
public sealed class CollimateServer : IAsyncDisposable
{
    private readonly WebApplication app;
    private readonly ServerOptions options;
    private readonly RequestGate gate;
    private readonly RemotePictures remote;
    private readonly PrometheusPage metrics;

    private CollimateServer(WebApplication app, ServerOptions options, RequestGate gate, RemotePictures remote, PrometheusPage metrics) =>
        (this.app, this.options, this.gate, this.remote, this.metrics) = (app, options, gate, remote, metrics);

    /// <summary>The address it can be reached at.</summary>
    public Uri Address { get; private set; } = new("http://localhost");

    /// <summary>Requests that are being read, wait or are answered.</summary>
    internal int Serving => gate.Inside;

    /// <summary>Starts a server; it listens when the task ends.</summary>
    /// <param name="options">Where it listens, who may ask, and how much.</param>
    /// <param name="models">The models; they stay the caller's, and must outlive the server.</param>
    /// <param name="words">The words that visual tokens are compared with; the gym's where null.</param>
    /// <param name="logging">Where it writes what happens; nowhere where null.</param>
    /// <param name="cancellation">Ends the start.</param>
    /// <exception cref="IOException">The address is taken, or cannot be listened on.</exception>
    public static Task<CollimateServer> Start(
        ServerOptions options, ModelCatalog models, WordList? words = null, Action<ILoggingBuilder>? logging = null, CancellationToken cancellation = default) =>
        Start(options, models, new RemotePictures(options), words, logging, cancellation);

    /// <summary>The same with another way to fetch pictures.</summary>
    internal static async Task<CollimateServer> Start(
        ServerOptions options, ModelCatalog models, RemotePictures remote, WordList? words, Action<ILoggingBuilder>? logging, CancellationToken cancellation)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        logging?.Invoke(builder.Logging);
        builder.Services.AddSingleton<IHostLifetime, CallerLifetime>();
        builder.WebHost.ConfigureKestrel(kestrel => Limit(kestrel, options));
        var app = builder.Build();
        var (gate, metrics) = (new RequestGate(options.MaxRequests), new PrometheusPage(models.Chats.Select(engine => engine.Meters.Meter)));
        var server = new CollimateServer(app, options, gate, remote, metrics);
        try
        {
            var guard = new RequestGuard(options, gate, app.Services.GetRequiredService<ILogger<RequestGuard>>());
            app.Use(guard.Serve);
            server.Map(models, words);
            await app.StartAsync(cancellation).ConfigureAwait(false);
            var bound = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();
            server.Address = new Uri(bound);
            return server;
        }
        catch
        {
            await server.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Lets no new request begin, waits for those that are being served, and stops listening.</summary>
    /// <returns>Whether all of them came to their end in time.</returns>
    public async Task<bool> Drain()
    {
        var isEmpty = true;
        try
        {
            await gate.Drain().WaitAsync(options.DrainTimeout).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            isEmpty = false;
        }

        using var soon = new CancellationTokenSource(TimeSpan.FromSeconds(isEmpty ? 5 : 0.1));
        await app.StopAsync(soon.Token).ConfigureAwait(false);
        return isEmpty;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await app.DisposeAsync().ConfigureAwait(false);
        remote.Dispose();
        metrics.Dispose();
    }

    private void Map(ModelCatalog models, WordList? words)
    {
        var pictures = new PictureReader(options, remote);
        var look = new LookEndpoint(models, pictures, words, options);
        app.MapPost("/v1/chat/completions", new ChatEndpoint(models, pictures, options).Answer);
        app.MapPost("/v1/embeddings", new EmbeddingEndpoint(models, pictures, options).Answer);
        app.MapPost("/api/look", look.Answer);
        app.MapGet("/api/examples", new ExampleEndpoint().Answer);
        foreach (var path in PageFiles.Paths)
        {
            app.MapMethods(path, [HttpMethods.Get, HttpMethods.Head], PageFiles.Answer);
        }

        app.MapGet("/v1/models", context => RequestBody.Write(context, models.List(), ServerJson.Default.ModelList));
        app.MapGet("/v1/models/{id}", context => RequestBody.Write(context, Entry(models, (string)context.GetRouteValue("id")!), ServerJson.Default.ModelEntry));
        app.MapGet("/health", context => RequestBody.Write(context, new HealthBody("ok"), ServerJson.Default.HealthBody));
        app.MapGet("/ready", context => gate.IsDraining
            ? RequestBody.Write(context, new HealthBody("stopping"), ServerJson.Default.HealthBody, StatusCodes.Status503ServiceUnavailable)
            : RequestBody.Write(context, new HealthBody("ready"), ServerJson.Default.HealthBody));
        app.MapGet("/metrics", async context =>
        {
            context.Response.ContentType = "text/plain; version=0.0.4; charset=utf-8";
            await context.Response.WriteAsync(metrics.Write(), context.RequestAborted).ConfigureAwait(false);
        });
    }

    private static ModelEntry Entry(ModelCatalog models, string id) => models.List().Data.FirstOrDefault(entry => entry.Id == id)
        ?? throw ApiException.NotFound("There is no such model; /v1/models lists them.", "model", "model_not_found");

    private static void Limit(KestrelServerOptions kestrel, ServerOptions options)
    {
        kestrel.AddServerHeader = false;
        var limits = kestrel.Limits;
        limits.MaxRequestBodySize = options.MaxBodyBytes;
        limits.RequestHeadersTimeout = options.HeaderTimeout;
        limits.MinRequestBodyDataRate = new MinDataRate(options.MinBytesPerSecond, TimeSpan.FromSeconds(5));
        limits.MinResponseDataRate = new MinDataRate(options.MinBytesPerSecond, TimeSpan.FromSeconds(5));
        limits.MaxConcurrentConnections = Math.Max(64, 8 * options.MaxRequests);
        if (options.Address is "localhost")
        {
            kestrel.ListenLocalhost(options.Port);
        }
        else
        {
            kestrel.Listen(IPAddress.TryParse(options.Address, out var address) ? address : throw new ArgumentException(
                $"'{options.Address}' is no address to listen on; say 127.0.0.1, 0.0.0.0, ::1 or another of this machine's"), options.Port);
        }
    }

    /// <summary>Signals are for whoever started the server, not for the server.</summary>
    private sealed class CallerLifetime : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
