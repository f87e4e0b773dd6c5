using Collimate.Generation;
using Collimate.Server.Agents;
using Collimate.Tests.Alignment;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;

namespace Collimate.Tests.Server;

/// <summary>The client of this process, used as Microsoft.Extensions.AI's abstractions are.</summary>
public sealed class ChatClientTests
{
    [Fact]
    public async Task GetResponse_PictureAndQuestion_AnswersAsTheCommandLineDoes()
    {
        using IChatClient client = new CollimateChatClient(TinyEngine.Create(TinyVisionModel.Create(3)), ownsEngine: true);
        var message = new ChatMessage(ChatRole.User, [new DataContent(TinyEngine.Picture(2), "image/png"), new TextContent("abc")]);

        var response = await client.GetResponseAsync([message], new ChatOptions { MaxOutputTokens = 12 });

        var engine = client.GetRequiredService<Collimate.Server.Inference.ChatEngine>();
        Assert.Equal(TinyEngine.Serial(engine.Built, "abc", new GenerationOptions { MaxNewTokens = 12 }, 2), response.Text);
        Assert.Equal("tiny", response.ModelId);
        Assert.NotNull(response.FinishReason);
        Assert.Equal(9, response.Usage!.InputTokenCount);
        Assert.InRange(response.Usage.OutputTokenCount!.Value, response.Text.Length, 12);
        Assert.Equal("collimate", client.GetRequiredService<ChatClientMetadata>().ProviderName);
    }

    [Fact]
    public async Task GetStreamingResponse_ConversationOfSeveralTurns_SaysThePiecesOfTheWhole()
    {
        using var client = new CollimateChatClient(TinyEngine.Create(TinyVisionModel.Create(3)), ownsEngine: true);
        ChatMessage[] messages =
        [
            new(ChatRole.System, "g"), new(ChatRole.User, [new TextContent("ab"), new DataContent(TinyEngine.Picture(1), "image/png")]),
            new(ChatRole.Assistant, "cd"), new(ChatRole.User, "ef"),
        ];

        var updates = await client.GetStreamingResponseAsync(messages).ToListAsync();

        Assert.Equal((await client.GetResponseAsync(messages)).Text, string.Concat(updates.Select(update => update.Text)));
    }

    [Fact]
    public async Task GetStreamingResponse_ListenerStops_FreesTheSlot()
    {
        using var client = new CollimateChatClient(TinyEngine.Create(TinyVisionModel.Create(3), TinyEngine.Small with { Workers = 1, Slots = 1 }), ownsEngine: true);
        await foreach (var _ in client.GetStreamingResponseAsync("abc", new ChatOptions { MaxOutputTokens = 100, Temperature = 2 }))
        {
            break;
        }

        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        Assert.NotNull(await client.GetResponseAsync("abc", cancellationToken: patience.Token));
        using var cancelled = new CancellationTokenSource();
        await cancelled.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => client.GetResponseAsync("abc", cancellationToken: cancelled.Token));
    }

    [Fact]
    public async Task GetResponse_SeedAndStops_FollowsThem()
    {
        using var client = new CollimateChatClient(TinyEngine.Create(TinyVisionModel.Create(3)), ownsEngine: true);
        var options = new ChatOptions { Temperature = 1.5f, Seed = 0, MaxOutputTokens = 20 };
        var first = await client.GetResponseAsync("abc", options);
        for (; first.Text.Length < 6; options.Seed++)
        {
            first = await client.GetResponseAsync("abc", new ChatOptions { Temperature = 1.5f, Seed = options.Seed + 1, MaxOutputTokens = 20 });
        }

        Assert.Equal(first.Text, (await client.GetResponseAsync("abc", options)).Text);
        options.StopSequences = [first.Text[2..4]];
        var cut = await client.GetResponseAsync("abc", options);
        Assert.Equal((first.Text[..first.Text.IndexOf(first.Text[2..4], StringComparison.Ordinal)], ChatFinishReason.Stop), (cut.Text, cut.FinishReason));
    }

    [Fact]
    public async Task GetResponse_WhatTheModelCannotDo_IsRefusedRatherThanIgnored()
    {
        using var client = new CollimateChatClient(TinyEngine.Create(TinyVisionModel.Create(3)), ownsEngine: true);

        await Assert.ThrowsAsync<NotSupportedException>(() => client.GetResponseAsync("a", new ChatOptions { Tools = [AIFunctionFactoryStub.Tool] }));
        await Assert.ThrowsAsync<NotSupportedException>(() => client.GetResponseAsync("a", new ChatOptions { ResponseFormat = ChatResponseFormat.Json }));
        await Assert.ThrowsAsync<ArgumentException>(() => client.GetResponseAsync([new ChatMessage(ChatRole.User, [new UriContent("https://example.com/a.png", "image/png")])]));
        await Assert.ThrowsAsync<ArgumentException>(() => client.GetResponseAsync("a", new ChatOptions { ModelId = "another" }));
    }

    [Fact]
    public async Task AddCollimateChatClient_Resolved_ReadsTheFolderOnce()
    {
        using var tiny = new TinyLlava();
        await using var services = new ServiceCollection().AddCollimateChatClient(tiny.Path, TinyEngine.Small).BuildServiceProvider();

        var response = await services.GetRequiredService<IChatClient>().GetResponseAsync(
            [new ChatMessage(ChatRole.User, [new DataContent(await File.ReadAllBytesAsync(tiny.Picture), "image/png"), new TextContent("what is it")])], new ChatOptions { MaxOutputTokens = 8 });

        Assert.NotEqual("", response.Text);
        Assert.Same(services.GetRequiredService<IChatClient>(), services.GetRequiredService<IChatClient>());
    }

    private static class AIFunctionFactoryStub
    {
        public static AITool Tool { get; } = new NamedTool();

        private sealed class NamedTool : AITool;
    }
}
