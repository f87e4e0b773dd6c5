using System.Text.RegularExpressions;
using Collimate.Server.Hosting;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace Collimate.Page.Tests;

/// <summary>The page serves whoever comes: by keys alone, by ear, on a phone, in the dark, with a key, and without the rest of the world.</summary>
[Collection(PageCollection.Name)]
public sealed class EveryoneTests(PageFixture fixture)
{
    // Every control, and what assistive technology would call it: a label, aria-label, or its own text.
    private const string NamelessControls = """
        () => [...document.querySelectorAll("button, input, select, textarea, summary, a[href], [role=button], [role=application], [role=group], [role=toolbar], img")]
          .filter((one) => one.checkVisibility())
          .filter((one) => {
            const labels = [...(one.labels ?? [])].map((label) => label.textContent).join("");
            const names = one.getAttribute("aria-label") || document.getElementById(one.getAttribute("aria-labelledby"))?.textContent || one.getAttribute("alt") || labels
              || (/^(BUTTON|A|SUMMARY|SPAN)$/.test(one.tagName) ? one.textContent : "");
            return !names.trim() && !(one.tagName === "IMG" && one.hasAttribute("alt"));
          }).map((one) => one.outerHTML.slice(0, 120))
        """;

    [BrowserFact]
    public async Task EveryControl_InEveryState_HasAName()
    {
        await using var open = await fixture.Open();
        await Expect(open.Page.Locator("#examples")).ToBeVisibleAsync();
        Assert.Empty(await open.Page.EvaluateAsync<string[]>(NamelessControls));

        await open.Page.GetByRole(AriaRole.Button, new() { NameRegex = new("^Example 1:") }).ClickAsync();
        await open.Page.GetByText("Settings").ClickAsync();
        await open.Page.GetByLabel("Beside it").SelectOptionAsync("mixed");
        await open.Page.GetByRole(AriaRole.Button, new() { Name = "Order" }).ClickAsync();
        await open.Ask("describe the picture in detail.");
        await Expect(open.Page.Locator(".sequence")).ToContainTextAsync(["in detail", "in detail"]);

        Assert.Empty(await open.Page.EvaluateAsync<string[]>(NamelessControls));
        Assert.Equal(2, await open.Page.GetByRole(AriaRole.Application).CountAsync());
        await Expect(open.Page.GetByRole(AriaRole.Heading, new() { Level = 1 })).ToHaveTextAsync(new Regex("Collimate"));
    }

    [BrowserFact]
    public async Task KeysAlone_FromAPictureToTheAttentionOfAWord()
    {
        await using var open = await fixture.Open();
        await Expect(open.Page.Locator("#examples")).ToBeVisibleAsync();
        await TabTo(open, "document.activeElement.classList.contains('example')");
        await open.Page.Keyboard.PressAsync("Enter");
        await Expect(open.Question).ToBeFocusedAsync();
        await open.Page.Keyboard.TypeAsync("describe the picture in detail.");
        await open.Page.Keyboard.PressAsync("Enter");
        await Expect(open.Page.Locator(".word").First).ToBeVisibleAsync();

        await TabTo(open, "document.activeElement.classList.contains('word')", "Shift+Tab");
        await open.Drawn("attention");
        await open.Page.Keyboard.PressAsync("ArrowRight");
        await Expect(open.Words.Nth(1)).ToBeFocusedAsync();
        await Expect(open.Page.Locator(".reading strong")).ToHaveTextAsync(await open.Quoted(1));
        await open.Page.Keyboard.PressAsync("Enter");
        await Expect(open.Words.Nth(1)).ToHaveAttributeAsync("aria-pressed", "true");
        await open.Page.Keyboard.PressAsync("Escape");
        await Expect(open.Words.Nth(1)).ToHaveAttributeAsync("aria-pressed", "false");

        await TabTo(open, "document.activeElement.classList.contains('frame')", "Shift+Tab");
        await open.Page.Keyboard.PressAsync("ArrowRight");
        await open.Page.Keyboard.PressAsync("ArrowRight");
        await open.Page.Keyboard.PressAsync("ArrowDown");
        await Expect(open.Page.Locator(".reading")).ToContainTextAsync("Row 2, column 2");
    }

    [BrowserTheory]
    [InlineData(360)]
    [InlineData(390)]
    public async Task Phone_OneAndTwoModels_FitTheWidth(int width)
    {
        await using var open = await fixture.Open(width: width);
        await Expect(open.Page.Locator("#examples")).ToBeVisibleAsync();
        await AssertFits(open);
        await open.Page.GetByRole(AriaRole.Button, new() { NameRegex = new("^Example 1:") }).TapAsync();
        await open.Page.GetByLabel("Beside it").SelectOptionAsync("mixed");
        await open.Page.GetByRole(AriaRole.Button, new() { Name = "Words", Exact = true }).TapAsync();
        await open.Page.GetByRole(AriaRole.Button, new() { Name = "Order" }).TapAsync();
        await open.Ask("describe the picture in detail.");
        await Expect(open.Page.Locator(".sequence")).ToContainTextAsync(["in detail", "in detail"]);
        await open.Drawn("order");
        await AssertFits(open);
        var (first, second) = ((await open.Columns.Nth(0).BoundingBoxAsync())!, (await open.Columns.Nth(1).BoundingBoxAsync())!);
        Assert.True(first.Y + first.Height <= second.Y, "the columns do not stand below one another");

        await open.Words.First.TapAsync();

        await open.Drawn("attention");
        await Expect(open.Words.First).ToHaveAttributeAsync("aria-pressed", "true");
    }

    [BrowserFact]
    public async Task DarkAndLight_Preferred_AreBothReadable()
    {
        foreach (var scheme in (ColorScheme[])[ColorScheme.Dark, ColorScheme.Light])
        {
            await using var open = await fixture.Open(scheme: scheme);
            await Expect(open.Page.Locator("#examples")).ToBeVisibleAsync();

            var (paper, ink, soft) = (await Luminance(open, "backgroundColor", "body"), await Luminance(open, "color", "body"), await Luminance(open, "color", ".lead"));

            Assert.True(scheme == ColorScheme.Dark ? paper < 0.05 : paper > 0.8, $"{scheme}: the ground's luminance is {paper}");
            Assert.True(Contrast(paper, ink) >= 7 && Contrast(paper, soft) >= 4.5, $"{scheme}: contrast {Contrast(paper, ink)} and {Contrast(paper, soft)}");
        }
    }

    [BrowserFact]
    public async Task Key_AskedFor_IsTakenRightAndWrongAndKeptForTheTab()
    {
        await using var server = await fixture.Serve(new ServerOptions { Port = 0, ApiKeys = ["open sesame"] });
        await using var open = await fixture.Open(server: server);
        var dialog = open.Page.GetByRole(AriaRole.Dialog, new() { Name = "This server asks for a key" });
        await Expect(dialog).ToBeVisibleAsync();

        await dialog.GetByLabel("API key").FillAsync("wrong");
        await open.Page.Keyboard.PressAsync("Enter");
        await Expect(dialog).ToContainTextAsync("not right");
        await dialog.GetByLabel("API key").FillAsync("open sesame");
        await dialog.GetByRole(AriaRole.Button, new() { Name = "Continue" }).ClickAsync();

        await Expect(open.Page.Locator("#examples")).ToBeVisibleAsync();
        await open.Page.ReloadAsync();
        await Expect(open.Page.Locator("#examples")).ToBeVisibleAsync();
        await Expect(dialog).ToBeHiddenAsync();
        await open.Upload();
        await open.Ask("is there a dog?");
        await Expect(open.Answers).ToHaveCountAsync(1);
        Assert.Null(await open.Page.EvaluateAsync<string?>("() => localStorage.getItem('collimate-key')"));
    }

    [BrowserFact]
    public async Task World_Unreachable_EverythingStillWorks()
    {
        await using var open = await fixture.Open();
        var others = new List<string>();
        await open.Page.Context.RouteAsync(url => new Uri(url).Scheme.StartsWith("http", StringComparison.Ordinal) && new Uri(url).Authority != open.Address.Authority, route =>
        {
            others.Add(route.Request.Url);
            return route.AbortAsync();
        });

        await open.Page.ReloadAsync();
        await open.Upload();
        await open.Ask("is there a dog?");

        await Expect(open.Answers).ToHaveCountAsync(1);
        Assert.Empty(others);
    }

    [BrowserFact]
    public async Task Policy_ForeignScriptStyleOrRequest_IsRefused()
    {
        await using var open = await fixture.Open();
        var blocked = await open.Page.EvaluateAsync<string[]>("""
            async () => {
              const blocked = [];
              addEventListener("securitypolicyviolation", (event) => blocked.push(event.effectiveDirective));
              await fetch("https://example.org/").catch(() => {});
              const script = document.createElement("script");
              const over = new Promise((resolve) => script.addEventListener("error", resolve));
              try { script.src = "https://example.org/a.js"; document.body.append(script); await over; } catch { blocked.push("trusted-types"); }
              document.body.setAttribute("style", "color: red");
              await new Promise((resolve) => setTimeout(resolve));
              return blocked;
            }
            """);

        Assert.Contains("connect-src", blocked);
        Assert.Contains(blocked, directive => directive is "trusted-types" or "require-trusted-types-for" or "script-src-elem");
        Assert.Contains("style-src-attr", blocked);
        open.Forgive("Content Security Policy", "TrustedScriptURL");
    }

    private static async Task TabTo(OpenPage open, string reached, string key = "Tab")
    {
        const int MostStops = 40;
        for (var stop = 0; stop < MostStops; stop++)
        {
            await open.Page.Keyboard.PressAsync(key);
            if (await open.Page.EvaluateAsync<bool>($"() => {reached}"))
            {
                return;
            }
        }

        Assert.Fail($"{MostStops} times {key} do not lead to where {reached}");
    }

    private static async Task AssertFits(OpenPage open) =>
        Assert.Equal(await open.Page.EvaluateAsync<int>("() => innerWidth"), await open.Page.EvaluateAsync<int>("() => document.documentElement.scrollWidth"));

    private static async Task<double> Luminance(OpenPage open, string property, string selector)
    {
        var colour = await open.Page.Locator(selector).First.EvaluateAsync<string>($"one => getComputedStyle(one).{property}");
        var channels = Regex.Matches(colour, "[0-9.]+").Take(3).Select(match => double.Parse(match.Value) / 255).Select(value => value <= 0.04045 ? value / 12.92 : Math.Pow((value + 0.055) / 1.055, 2.4)).ToArray();
        return (0.2126 * channels[0]) + (0.7152 * channels[1]) + (0.0722 * channels[2]);
    }

    // WCAG 2: the ratio of two luminances.
    private static double Contrast(double first, double second) => (Math.Max(first, second) + 0.05) / (Math.Min(first, second) + 0.05);
}
