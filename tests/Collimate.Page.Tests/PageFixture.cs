using System.Diagnostics.CodeAnalysis;
using Collimate.Recipes;
using Collimate.Recipes.Schema;
using Collimate.Server.Hosting;
using Collimate.Server.Inference;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace Collimate.Page.Tests;

/// <summary>A browser, and a real server of two of the gym's models: one that keeps the patches' order and one that does not, their connectors as drawn.</summary>
[SuppressMessage("Design", "CA1001", Justification = "xUnit disposes of it by DisposeAsync")]
public sealed class PageFixture : IAsyncLifetime
{
    private IPlaywright? playwright;
    private IBrowser? browser;
    private ModelCatalog? models;

    /// <summary>The server that asks for no key.</summary>
    public CollimateServer Server { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        if (Chromium.Program is not { } program)
        {
            return;
        }

        models = new ModelCatalog([Engine("plain", "llava.yaml"), Engine("mixed", "gps.yaml")]);
        Server = await Serve(new ServerOptions { Port = 0 });
        playwright = await Playwright.CreateAsync();
        SetDefaultExpectTimeout(OpenPage.Patient); // of waiting for a state, on a machine that has other things to do
        browser = await playwright.Chromium.LaunchAsync(new BrowserTypeLaunchOptions { ExecutablePath = program, Args = ["--no-sandbox"] });
    }

    /// <summary>Another server of the same models.</summary>
    public Task<CollimateServer> Serve(ServerOptions options) => CollimateServer.Start(options, models!);

    /// <summary>Opens the page in a window of its own and waits until it is ready.</summary>
    /// <param name="link">What stands behind the server's address.</param>
    /// <param name="width">Of the window.</param>
    /// <param name="scheme">Dark or light.</param>
    /// <param name="server">The server; the one without a key where null.</param>
    /// <param name="before">A script that runs before the page's own.</param>
    internal async Task<OpenPage> Open(string link = "", int width = 1280, ColorScheme scheme = ColorScheme.Light, CollimateServer? server = null, string? before = null)
    {
        var window = await browser!.NewContextAsync(new BrowserNewContextOptions
        {
            ViewportSize = new ViewportSize { Width = width, Height = 800 }, ColorScheme = scheme, HasTouch = width < 500, ReducedMotion = ReducedMotion.Reduce,
        });
        window.SetDefaultTimeout(OpenPage.Patient);
        var page = await window.NewPageAsync();
        if (before is not null)
        {
            await page.AddInitScriptAsync(before);
        }

        var open = new OpenPage(window, page, (server ?? Server).Address);
        await page.GotoAsync(new Uri(open.Address, "/" + link).AbsoluteUri);
        return open;
    }

    public async Task DisposeAsync()
    {
        if (browser is not null)
        {
            await browser.CloseAsync();
            playwright!.Dispose();
            await Server.DisposeAsync();
            models!.Dispose();
        }
    }

    [SuppressMessage("Reliability", "CA2000", Justification = "the engine owns the model")]
    private static ChatEngine Engine(string name, string recipe)
    {
        var folder = Path.Combine(Repository(), "recipes", "scenes");
        var model = RecipeDocument.Load(Path.Combine(folder, recipe)).Bind<Recipe>();
        return new ChatEngine(name, ModelBuilder.Build(model.Model, folder, seed: 1), new EngineOptions { Workers = 1 });
    }

    private static string Repository()
    {
        var folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "Collimate.slnx")))
        {
            folder = Path.GetDirectoryName(folder)!;
        }

        return folder;
    }
}

/// <summary>The tests that share the browser and the models.</summary>
[CollectionDefinition(Name)]
[SuppressMessage("Naming", "CA1711", Justification = "xUnit's word")]
public sealed class PageCollection : ICollectionFixture<PageFixture>
{
    public const string Name = "page";
}
