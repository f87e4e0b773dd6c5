using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Collimate.Tests.Server;

/// <summary>A host of pictures on this machine, and of things that are none.</summary>
internal sealed class PictureHost : IAsyncDisposable
{
    private readonly WebApplication app;
    private readonly List<string> paths = [];

    public PictureHost()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        app = builder.Build();
        app.Run(Serve);
        app.StartAsync().GetAwaiter().GetResult();
        Port = new Uri(app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First()).Port;
    }

    public int Port { get; }

    public IReadOnlyList<string> Paths => paths;

    public int Asked => paths.Count;

    public ValueTask DisposeAsync() => app.DisposeAsync();

    private async Task Serve(HttpContext context)
    {
        lock (paths)
        {
            paths.Add(context.Request.Path);
        }

        switch (context.Request.Path)
        {
            case "/picture.png":
                context.Response.ContentType = "image/png";
                await context.Response.Body.WriteAsync(TinyEngine.Picture(1));
                break;
            case "/page":
                context.Response.ContentType = "text/html";
                await context.Response.WriteAsync("<html>");
                break;
            case "/redirect":
                context.Response.Redirect("/secret");
                break;
            case "/endless":
                context.Response.ContentType = "image/png";
                for (var block = 0; block < 1024 && !context.RequestAborted.IsCancellationRequested; block++)
                {
                    await context.Response.Body.WriteAsync(new byte[1 << 16]);
                }

                break;
            default:
                context.Response.StatusCode = 404;
                break;
        }
    }
}
