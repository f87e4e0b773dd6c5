using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace Collimate.Page.Tests;

/// <summary>A picture comes in, a question goes out, an answer is written, and more of them follow.</summary>
[Collection(PageCollection.Name)]
public sealed class ConversationTests(PageFixture fixture)
{
    // Answers with one piece and then keeps silent until it is told to stop.
    private const string EndlessAnswer = """
        const real = window.fetch;
        window.fetch = (path, init) => path !== "/v1/chat/completions" ? real(path, init) : Promise.resolve(new Response(new ReadableStream({
          start(stream) {
            stream.enqueue(new TextEncoder().encode('data: {"choices":[{"delta":{"content":"one and"},"finish_reason":null}]}\n\n'));
            init.signal.addEventListener("abort", () => { window.wasStopped = true; stream.error(init.signal.reason); });
          },
        })));
        """;

    [BrowserFact]
    public async Task UploadAndAsk_Picture_AnswerIsStreamedIntoThePage()
    {
        await using var open = await fixture.Open();
        await open.Upload();
        await open.Page.EvaluateAsync("() => { window.growth = []; new MutationObserver(() => { const text = document.querySelector('.answer .text')?.textContent; if (text && text !== window.growth.at(-1)) window.growth.push(text); }).observe(document.querySelector('#columns'), { childList: true, subtree: true, characterData: true }); }");
        var asked = open.Page.WaitForResponseAsync("**/v1/chat/completions");

        await open.Ask("describe the picture in detail.");

        var response = await asked;
        var body = JsonNode.Parse(response.Request.PostData!)!;
        Assert.True(body["stream"]!.GetValue<bool>());
        Assert.StartsWith("data:image/png;base64,", body["messages"]![0]!["content"]![0]!["image_url"]!["url"]!.GetValue<string>(), StringComparison.Ordinal);
        Assert.StartsWith("text/event-stream", response.Headers["content-type"], StringComparison.Ordinal);
        var growth = await open.Page.EvaluateAsync<string[]>("() => window.growth");
        Assert.True(growth.Length > 1, $"the answer came at once: {string.Join(" | ", growth)}");
        await Expect(open.Answers).ToHaveTextAsync(growth[^1]);
        await Expect(open.Page.Locator("#status")).ToContainTextAsync($"plain: {growth[^1].Trim()}");
    }

    [BrowserFact]
    public async Task AskAgain_SecondQuestion_CarriesTheFirstAndItsAnswer()
    {
        await using var open = await fixture.Open();
        await open.Upload();
        await open.Ask("is there a dog?");
        var first = await open.Answers.First.TextContentAsync();
        var asked = open.Page.WaitForRequestAsync("**/v1/chat/completions");

        await open.Question.FillAsync("and a cat?");
        await open.Question.PressAsync("Enter");
        var messages = JsonNode.Parse((await asked).PostData!)!["messages"]!.AsArray();
        await open.Answered();

        Assert.Equal(["user", "assistant", "user"], messages.Select(message => message!["role"]!.GetValue<string>()));
        Assert.Equal(first!.Trim(), messages[1]!["content"]!.GetValue<string>().Trim());
        Assert.Equal("and a cat?", messages[2]!["content"]!.GetValue<string>());
        await Expect(open.Answers).ToHaveCountAsync(2);
    }

    [BrowserFact]
    public async Task Settings_ChangedFields_GoWithTheRequest()
    {
        await using var open = await fixture.Open();
        await open.Upload();
        await open.Page.GetByText("Settings").ClickAsync();
        await open.Page.GetByLabel("Temperature").FillAsync("0.5");
        await open.Page.GetByLabel("Longest answer").FillAsync("1");
        await open.Page.GetByLabel("Seed").FillAsync("7");
        var asked = open.Page.WaitForRequestAsync("**/v1/chat/completions");

        await open.Ask("describe the picture in detail.");

        var body = JsonNode.Parse((await asked).PostData!)!;
        Assert.Equal((0.5, 1, 7), (body["temperature"]!.GetValue<double>(), body["max_tokens"]!.GetValue<int>(), body["seed"]!.GetValue<int>()));
        await Expect(open.Page.Locator(".answer .note")).ToContainTextAsync("cut off");
    }

    [BrowserFact]
    public async Task Settings_FieldOutOfRange_AsksNothingAndShowsTheField()
    {
        await using var open = await fixture.Open();
        await open.Upload();
        await open.Page.GetByText("Settings").ClickAsync();
        await open.Page.GetByLabel("Temperature").FillAsync("9");
        await open.Page.GetByText("Settings").ClickAsync();

        await open.Ask("is there a dog?");

        await Expect(open.Page.GetByLabel("Temperature")).ToBeFocusedAsync();
        await Expect(open.Question).ToHaveValueAsync("is there a dog?");
        Assert.DoesNotContain(open.Requests, url => url.EndsWith("/v1/chat/completions", StringComparison.Ordinal));
    }

    [BrowserFact]
    public async Task Stop_WhileAnswering_KeepsWhatWasSaidAndLeavesTheServer()
    {
        await using var open = await fixture.Open(before: EndlessAnswer);
        await open.Upload();
        await open.Question.FillAsync("say more");
        await open.Question.PressAsync("Enter");
        await Expect(open.Answers).ToHaveTextAsync("one and");

        await open.Page.GetByRole(AriaRole.Button, new() { Name = "Stop" }).ClickAsync();

        await open.Answered();
        await Expect(open.Answers).ToHaveTextAsync("one and");
        await Expect(open.Page.Locator(".answer .note")).ToHaveTextAsync("stopped");
        Assert.True(await open.Page.EvaluateAsync<bool>("() => window.wasStopped"));
    }

    [BrowserFact]
    public async Task Ask_ServerGone_SaysSoInWordsAndKeepsTheQuestion()
    {
        await using var open = await fixture.Open();
        await open.Upload();
        await open.Page.RouteAsync("**/v1/chat/completions", route => route.AbortAsync());

        await open.Ask("is there a dog?");

        await Expect(open.Page.Locator(".answer [role=alert]")).ToContainTextAsync("cannot be reached");
        await Expect(open.Page.Locator(".question")).ToHaveTextAsync("is there a dog?");
    }

    [BrowserFact]
    public async Task Drop_FileThatIsNoPicture_SaysSoAndStays()
    {
        await using var open = await fixture.Open();
        await Expect(open.Page.Locator("#examples")).ToBeVisibleAsync();

        await open.Page.EvaluateAsync("() => { const data = new DataTransfer(); data.items.add(new File(['no picture'], 'a.png', { type: 'image/png' })); dispatchEvent(new DragEvent('drop', { dataTransfer: data })); }");

        await Expect(open.Page.Locator("#notice")).ToContainTextAsync("not a picture that can be read");
        await Expect(open.Page.Locator("#work")).ToBeHiddenAsync();
    }

    [BrowserTheory]
    [InlineData("new DragEvent('drop', { dataTransfer: data })")]
    [InlineData("new ClipboardEvent('paste', { clipboardData: data })")]
    public async Task DropOrPaste_Picture_IsTaken(string gesture)
    {
        await using var open = await fixture.Open();
        await Expect(open.Page.Locator("#examples")).ToBeVisibleAsync();
        var bytes = Convert.ToBase64String(OpenPage.Picture().Buffer);

        await open.Page.EvaluateAsync("async (bytes) => { const data = new DataTransfer(); data.items.add(new File([Uint8Array.from(atob(bytes), (c) => c.charCodeAt(0))], 'red.png', { type: 'image/png' })); dispatchEvent(" + gesture + "); }", bytes);

        await Expect(open.Page.GetByRole(AriaRole.Img, new() { Name = "red.png" })).ToBeVisibleAsync();
    }

    [BrowserFact]
    public async Task Example_Clicked_ShowsItsQuestionsAndWhetherTheAnswerIsTrue()
    {
        await using var open = await fixture.Open();

        await open.Page.GetByRole(AriaRole.Button, new() { NameRegex = new("^Example 1:") }).ClickAsync();
        await open.Page.GetByRole(AriaRole.List, new() { Name = "Questions to try" }).GetByRole(AriaRole.Button).First.ClickAsync();
        await open.Answered();

        await Expect(open.Page.Locator(".answer .note")).ToHaveTextAsync(new Regex("right|in truth"));
    }
}
