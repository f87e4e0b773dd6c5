using System.Text.Json;
using System.Text.Json.Serialization;

namespace Collimate.Server.Protocol;

/// <summary>The body of <c>POST /v1/chat/completions</c>. What is not listed here is ignored, unless it would change the answer.</summary>
internal sealed record ChatRequest
{
    public string? Model { get; init; }

    public IReadOnlyList<ChatMessage?>? Messages { get; init; }

    public bool? Stream { get; init; }

    public StreamOptions? StreamOptions { get; init; }

    public double? Temperature { get; init; }

    public double? TopP { get; init; }

    /// <summary>Not OpenAI's, but widely understood.</summary>
    public int? TopK { get; init; }

    /// <summary>Not OpenAI's, but widely understood.</summary>
    public double? RepetitionPenalty { get; init; }

    public int? MaxTokens { get; init; }

    public int? MaxCompletionTokens { get; init; }

    [JsonConverter(typeof(TextListConverter))]
    public IReadOnlyList<string>? Stop { get; init; }

    public long? Seed { get; init; }

    public bool? Logprobs { get; init; }

    public int? TopLogprobs { get; init; }

    public int? N { get; init; }

    public double? FrequencyPenalty { get; init; }

    public double? PresencePenalty { get; init; }

    public JsonElement? LogitBias { get; init; }

    public JsonElement? Tools { get; init; }

    public JsonElement? Functions { get; init; }

    public ResponseFormat? ResponseFormat { get; init; }
}

/// <summary>How an answer that is streamed is told.</summary>
internal sealed record StreamOptions
{
    public bool? IncludeUsage { get; init; }
}

/// <summary>The form that an answer is to have.</summary>
internal sealed record ResponseFormat
{
    public string? Type { get; init; }
}

/// <summary>What one side said.</summary>
internal sealed record ChatMessage
{
    public string? Role { get; init; }

    [JsonConverter(typeof(ContentConverter))]
    public IReadOnlyList<ContentPart>? Content { get; init; }
}

/// <summary>A part of what was said: text or a picture.</summary>
internal sealed record ContentPart
{
    public string? Type { get; init; }

    public string? Text { get; init; }

    [JsonConverter(typeof(PictureUrlConverter))]
    public string? ImageUrl { get; init; }
}
