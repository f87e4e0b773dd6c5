using System.Runtime.CompilerServices;
using Collimate.Generation;
using Collimate.Imaging;
using Collimate.Server.Chat;
using Collimate.Server.Inference;
using Microsoft.Extensions.AI;

namespace Collimate.Server.Agents;

/// <summary>A model of this process as an <see cref="IChatClient"/>: no server, no network, the same engine and the same prompts.</summary>
/// <remarks>
/// Pictures come as <see cref="DataContent"/> with the file's bytes. Of <see cref="ChatOptions"/>, what generation knows is followed; tools and forms of answers
/// other than text are refused rather than ignored. Safe to use from several threads: what is asked at once is answered side by side.
/// </remarks>
public sealed class CollimateChatClient : IChatClient
{
    private const string Provider = "collimate";

    private readonly ChatEngine engine;
    private readonly bool ownsEngine;
    private readonly ChatClientMetadata metadata;

    /// <summary>Speaks with an engine.</summary>
    /// <param name="engine">The engine.</param>
    /// <param name="ownsEngine">Whether it is disposed with the client.</param>
    public CollimateChatClient(ChatEngine engine, bool ownsEngine = false)
    {
        (this.engine, this.ownsEngine) = (engine, ownsEngine);
        metadata = new ChatClientMetadata(Provider, defaultModelId: engine.Name);
    }

    /// <summary>What a picture may ask for.</summary>
    public ImageLimits PictureLimits { get; init; } = ImageLimits.Default;

    /// <summary>The most tokens of an answer where nothing is said.</summary>
    public int DefaultMaxTokens { get; init; } = 256;

    /// <summary>Reads a checkpoint and speaks with it.</summary>
    /// <param name="folder">The folder of a run, a model or a checkpoint, such as <c>runs/demo</c>.</param>
    /// <param name="options">How much is done at once, and kept.</param>
    /// <exception cref="Torch.Serialization.CheckpointException">The folder holds no model.</exception>
    public static CollimateChatClient Load(string folder, EngineOptions? options = null) => new(ChatEngine.Load(folder, options), ownsEngine: true);

    /// <inheritdoc/>
    public async Task<ChatResponse> GetResponseAsync(IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default) =>
        await GetStreamingResponseAsync(messages, options, cancellationToken).ToChatResponseAsync(cancellationToken).ConfigureAwait(false);

    /// <inheritdoc/>
    public async IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var conversation = new ConversationReader(options).Read(messages);
        var generation = Generation(options);
        var prompt = engine.Read(conversation.Turns, conversation.Pictures, PictureLimits);
        // Whoever stops listening frees the slot, also without a token of their own.
        using var leaving = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var job = engine.Submit(prompt, generation, choices: 1, likeliest: 0, leaving.Token)
            ?? throw new InvalidOperationException($"{engine.Options.Queue} prompts wait for the model already; ask later, or give EngineOptions a longer Queue");
        var (trimmed, tokens, id) = (new TrimmedText(), 0, Guid.NewGuid().ToString("N"));
        try
        {
            await foreach (var piece in job.Pieces.ReadAllAsync(cancellationToken).ConfigureAwait(false))
            {
                tokens += piece.Token.Reason == StopReason.StopToken ? 0 : 1;
                var text = trimmed.Add(piece.Token.Text);
                if (text.Length > 0 || piece.Token.Reason is not null)
                {
                    yield return Update(id, text.Length > 0 ? [new TextContent(text)] : [], piece.Token.Reason);
                }
            }
        }
        finally
        {
            await leaving.CancelAsync().ConfigureAwait(false);
        }

        yield return Update(id, [new UsageContent(new UsageDetails
        {
            InputTokenCount = prompt.Length, OutputTokenCount = tokens, TotalTokenCount = prompt.Length + tokens, CachedInputTokenCount = job.Known,
        })], null);
    }

    /// <inheritdoc/>
    public object? GetService(Type serviceType, object? serviceKey = null)
    {
        ArgumentNullException.ThrowIfNull(serviceType);
        return serviceKey is not null ? null
            : serviceType == typeof(ChatClientMetadata) ? metadata
            : serviceType == typeof(ChatEngine) ? engine
            : serviceType.IsInstanceOfType(this) ? this
            : null;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (ownsEngine)
        {
            engine.Dispose();
        }
    }

    private ChatResponseUpdate Update(string id, IList<AIContent> contents, StopReason? ending) => new(ChatRole.Assistant, contents)
    {
        ResponseId = id, MessageId = id, ModelId = engine.Name, CreatedAt = DateTimeOffset.UtcNow,
        FinishReason = ending switch { null => null, StopReason.Length => ChatFinishReason.Length, _ => ChatFinishReason.Stop },
    };

    private GenerationOptions Generation(ChatOptions? options)
    {
        if (options?.ModelId is { } model && model != engine.Name)
        {
            throw new ArgumentException($"ModelId is '{model}', but this client speaks with '{engine.Name}'", nameof(options));
        }

        return new GenerationOptions
        {
            MaxNewTokens = options?.MaxOutputTokens ?? DefaultMaxTokens, Temperature = options?.Temperature ?? 0, TopP = options?.TopP ?? 1, TopK = options?.TopK ?? 0,
            StopStrings = [.. options?.StopSequences ?? []], Seed = options?.Seed is { } seed ? (ulong)seed : (ulong)Random.Shared.NextInt64(),
        };
    }
}
