using System.Text.Json.Serialization;

namespace Collimate.Server.Protocol;

/// <summary>The answer of <c>/v1/chat/completions</c>, whole or a chunk of it.</summary>
internal sealed record ChatResponse
{
    public required string Id { get; init; }

    public required string Object { get; init; }

    public required long Created { get; init; }

    public required string Model { get; init; }

    public required IReadOnlyList<ChatChoice> Choices { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public Usage? Usage { get; init; }
}

/// <summary>One answer: a message where it is whole, a delta where it is a chunk.</summary>
internal sealed record ChatChoice
{
    public required int Index { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public AnswerMessage? Message { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public AnswerDelta? Delta { get; init; }

    public TokenLogprobs? Logprobs { get; init; }

    public string? FinishReason { get; init; }
}

/// <summary>What the assistant said.</summary>
/// <param name="Role">Always <c>assistant</c>.</param>
/// <param name="Content">The words.</param>
internal sealed record AnswerMessage(string Role, string Content)
{
    public string? Refusal { get; init; }
}

/// <summary>What the assistant says next.</summary>
internal sealed record AnswerDelta
{
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Role { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Content { get; init; }
}

/// <summary>How likely the tokens were.</summary>
/// <param name="Content">The tokens.</param>
internal sealed record TokenLogprobs(IReadOnlyList<TokenLogprob> Content)
{
    public IReadOnlyList<TokenLogprob>? Refusal { get; init; }
}

/// <summary>How likely a token was.</summary>
/// <param name="Token">Its text.</param>
/// <param name="Logprob">The logarithm of the probability that the model itself gave to it, whatever the temperature.</param>
/// <param name="Bytes">Its bytes: a character may be spread over several tokens.</param>
internal sealed record TokenLogprob(string Token, double Logprob, IReadOnlyList<int> Bytes)
{
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<TokenLogprob>? TopLogprobs { get; init; }
}

/// <summary>How many tokens were read and written.</summary>
internal sealed record Usage
{
    public required int PromptTokens { get; init; }

    public required int CompletionTokens { get; init; }

    public int TotalTokens => PromptTokens + CompletionTokens;

    public PromptTokenDetails? PromptTokensDetails { get; init; }
}

/// <summary>What kinds of tokens were read.</summary>
/// <param name="CachedTokens">Of them, how many had been run before.</param>
internal sealed record PromptTokenDetails(int CachedTokens);
