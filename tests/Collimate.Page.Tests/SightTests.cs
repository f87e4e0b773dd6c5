using System.Text.RegularExpressions;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace Collimate.Page.Tests;

/// <summary>What is drawn over the picture, and what is said of it.</summary>
[Collection(PageCollection.Name)]
public sealed class SightTests(PageFixture fixture)
{
    private const int Patches = 64;

    [BrowserFact]
    public async Task Words_Toggled_LieOnEveryPatchAndGoAgain()
    {
        await using var open = await fixture.Open();
        await open.Upload(OpenPage.Picture(48, 48));
        var toggle = open.Page.GetByRole(AriaRole.Button, new() { Name = "Words", Exact = true });

        await toggle.ClickAsync();

        await open.Drawn("words");
        await Expect(open.Page.Locator("g.words > g")).ToHaveCountAsync(Patches);
        await Expect(toggle).ToHaveAttributeAsync("aria-pressed", "true");
        await toggle.ClickAsync();
        await Expect(open.Page.Locator("g.words")).ToHaveCountAsync(0);
    }

    [BrowserFact]
    public async Task Order_ModelThatReorders_NumbersThePathAndTellsTheSequence()
    {
        await using var open = await fixture.Open("#model=mixed");
        await open.Upload(OpenPage.Picture(48, 48));

        await open.Page.GetByRole(AriaRole.Button, new() { Name = "Order" }).ClickAsync();

        await open.Drawn("order");
        Assert.Equal(Enumerable.Range(1, Patches).Select(k => k.ToString()), await open.Page.Locator("g.order text").AllTextContentsAsync());
        await Expect(open.Page.Locator("g.order line")).ToHaveCountAsync(Patches - 1);
        await Expect(open.Page.Locator(".reading")).ToContainTextAsync("path");
        var counts = await open.Page.Locator(".sequence .patches").AllTextContentsAsync();
        Assert.Equal(Patches, counts.Sum(int.Parse));
        await open.Page.Locator(".sequence .patches").First.FocusAsync();
        await Expect(open.Page.Locator("g.marks.stretch rect")).ToHaveCountAsync(int.Parse(counts[0]));
    }

    [BrowserFact]
    public async Task Attention_WordPointedAt_LightsThePatchesAndGoesWhenThePointerLeaves()
    {
        await using var open = await fixture.Open();
        await open.Upload();
        await open.Ask("describe the picture in detail.");

        await open.Words.First.HoverAsync();

        await open.Drawn("attention");
        await Expect(open.Page.Locator(".reading")).ToContainTextAsync($"{await open.Quoted(0)} · ");
        await Expect(open.Page.Locator(".reading")).ToContainTextAsync("of its attention went to the picture");
        await open.Page.Mouse.MoveAsync(1, 1);
        await Expect(open.Page.Locator("g.attention")).ToHaveCountAsync(0);
    }

    [BrowserFact]
    public async Task Attention_TwoWords_AreDrawnDifferently()
    {
        await using var open = await fixture.Open();
        await open.Upload();
        await open.Ask("describe the picture in detail.");
        var veils = new List<string>();
        for (var k = 0; k < 2; k++)
        {
            await open.Words.Nth(k).HoverAsync();
            await Expect(open.Page.Locator(".reading strong")).ToHaveTextAsync(await open.Quoted(k));
            veils.Add(string.Join(' ', await open.Page.Locator("g.attention .veil").EvaluateAllAsync<string[]>("all => all.map(one => one.style.opacity)")));
        }

        Assert.NotEqual(veils[0], veils[1]);
    }

    [BrowserFact]
    public async Task Attention_TurnedOff_DrawsNothing()
    {
        await using var open = await fixture.Open();
        await open.Upload();
        await open.Ask("describe the picture in detail.");
        await open.Words.First.ClickAsync();
        await open.Drawn("attention");

        await open.Page.GetByRole(AriaRole.Button, new() { Name = "Attention" }).ClickAsync();

        await Expect(open.Page.Locator("g.attention")).ToHaveCountAsync(0);
    }

    [BrowserFact]
    public async Task Beside_SecondModel_AnswersTheSameQuestionsOverItsOwnPicture()
    {
        await using var open = await fixture.Open();
        await open.Upload();
        await open.Ask("is there a dog?");

        await open.Page.GetByLabel("Beside it").SelectOptionAsync("mixed");
        await Expect(open.Columns).ToHaveCountAsync(2);
        await Expect(open.Columns.Nth(1).Locator(".answer:not(.writing) .text")).ToHaveCountAsync(1);
        await open.Answered();
        await open.Ask("and a cat?");

        for (var k = 0; k < 2; k++)
        {
            await Expect(open.Columns.Nth(k).Locator(".question")).ToHaveTextAsync(["is there a dog?", "and a cat?"]);
            await Expect(open.Columns.Nth(k).Locator(".answer .text")).ToHaveCountAsync(2);
            await Expect(open.Columns.Nth(k).Locator("img")).ToBeVisibleAsync();
        }

        await open.Page.GetByRole(AriaRole.Button, new() { Name = "Order" }).ClickAsync();
        await Expect(open.Page.Locator("g.order")).ToHaveCountAsync(2);
        await Expect(open.Columns.Nth(0).Locator(".reading")).ToContainTextAsync("reading order");
        await Expect(open.Columns.Nth(1).Locator(".reading")).ToContainTextAsync("path");
        var (left, right) = ((await open.Columns.Nth(0).BoundingBoxAsync())!, (await open.Columns.Nth(1).BoundingBoxAsync())!);
        Assert.True(left.X + left.Width <= right.X && Math.Abs(left.Y - right.Y) < 1, "the columns do not stand side by side");
    }

    [BrowserFact]
    public async Task Link_NamesAState_ThePageComesUpInIt()
    {
        await using var open = await fixture.Open("#example=2&ask=1&beside=mixed&show=words&word=1");

        await open.Drawn("attention");

        await Expect(open.Columns).ToHaveCountAsync(2);
        await Expect(open.Page.Locator("#show-words")).ToHaveAttributeAsync("aria-pressed", "true");
        await Expect(open.Words.First).ToHaveAttributeAsync("aria-pressed", "true");
    }
}
