using Collimate.Imaging;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace Collimate.Page.Tests;

/// <summary>The page in a window, what it asked for and what went wrong in it.</summary>
internal sealed class OpenPage : IAsyncDisposable
{
    /// <summary>Milliseconds after which a state is given up.</summary>
    public const float Patient = 60_000;

    private readonly IBrowserContext window;
    private readonly List<string> faults = [];

    public OpenPage(IBrowserContext window, IPage page, Uri address)
    {
        (this.window, Page, Address) = (window, page, address);
        window.Request += (_, request) => Requests.Add(request.Url);
        page.PageError += (_, error) => faults.Add(error);
        page.Console += (_, message) =>
        {
            // The browser's own line about an answer that is no success is no fault of the page.
            if (message.Type is "error" or "warning" && !message.Text.StartsWith("Failed to load resource", StringComparison.Ordinal))
            {
                faults.Add(message.Text);
            }
        };
    }

    public IPage Page { get; }

    public Uri Address { get; }

    public List<string> Requests { get; } = [];

    public ILocator Columns => Page.Locator(".column");

    public ILocator Question => Page.GetByRole(AriaRole.Textbox, new() { Name = "Question" });

    public ILocator Answers => Page.Locator(".answer .text");

    public ILocator Words => Page.GetByRole(AriaRole.Group, new() { NameRegex = new("Words of .* answer") }).GetByRole(AriaRole.Button);

    /// <summary>A picture of a red square on white, of some size.</summary>
    public static FilePayload Picture(int width = 60, int height = 40)
    {
        var pixels = new byte[width * height * 3];
        for (var pixel = 0; pixel < width * height; pixel++)
        {
            var isInside = pixel % width < width / 2;
            (pixels[3 * pixel], pixels[(3 * pixel) + 1], pixels[(3 * pixel) + 2]) = isInside ? ((byte)200, (byte)30, (byte)30) : ((byte)250, (byte)250, (byte)250);
        }

        return new FilePayload { Name = "red.png", MimeType = "image/png", Buffer = ImageCodec.Encode(new Image(width, height, 3, pixels), ImageFormat.Png) };
    }

    public async Task Upload(FilePayload? picture = null)
    {
        await Expect(Page.Locator("body")).ToHaveClassAsync(new System.Text.RegularExpressions.Regex("ready"));
        await Page.Locator("#file").SetInputFilesAsync(picture ?? Picture());
        await Expect(Page.Locator("#work")).ToBeVisibleAsync();
    }

    public async Task Ask(string question)
    {
        await Question.FillAsync(question);
        await Page.GetByRole(AriaRole.Button, new() { Name = "Ask", Exact = true }).ClickAsync();
        await Answered();
    }

    /// <summary>Waits until nothing is being written any more.</summary>
    public async Task Answered()
    {
        await Expect(Page.Locator("#columns")).ToHaveAttributeAsync("aria-busy", "false");
        await Expect(Page.Locator(".writing")).ToHaveCountAsync(0);
    }

    /// <summary>Lets faults pass that a test provokes.</summary>
    public void Forgive(params string[] texts) => faults.RemoveAll(fault => texts.Any(text => fault.Contains(text, StringComparison.OrdinalIgnoreCase)));

    /// <summary>A word of the answer as the line under the picture names it.</summary>
    public async Task<string> Quoted(int word) => $"“{(await Words.Nth(word).TextContentAsync())!.Trim(',', '.', '?', '!', ':')}”";

    /// <summary>Waits until a drawing over the picture is there.</summary>
    public async Task Drawn(string layer) => await Expect(Page.Locator($".frame svg g.{layer}").First).ToBeAttachedAsync();

    public async ValueTask DisposeAsync()
    {
        await window.DisposeAsync();
        Assert.Empty(faults);
        // Whatever a test does, the page speaks to its own server alone; data: and blob: leave the browser no more than memory does.
        Assert.All(Requests, url => Assert.True(url.StartsWith("data:", StringComparison.Ordinal) || url.StartsWith("blob:", StringComparison.Ordinal) || new Uri(url).Authority == Address.Authority, url));
    }
}
