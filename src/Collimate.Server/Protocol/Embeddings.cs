using System.Text.Json;

namespace Collimate.Server.Protocol;

/// <summary>The body of <c>POST /v1/embeddings</c>.</summary>
internal sealed record EmbeddingRequest
{
    public string? Model { get; init; }

    /// <summary>A text, a list of texts, or a list of parts of which each is a text or a picture.</summary>
    public JsonElement? Input { get; init; }

    /// <summary><c>float</c> or <c>base64</c>.</summary>
    public string? EncodingFormat { get; init; }

    public int? Dimensions { get; init; }
}

/// <summary>The answer of <c>/v1/embeddings</c>.</summary>
internal sealed record EmbeddingResponse
{
    public string Object => "list";

    public required IReadOnlyList<EmbeddingEntry> Data { get; init; }

    public required string Model { get; init; }

    public required EmbeddingUsage Usage { get; init; }
}

/// <summary>One embedding.</summary>
internal sealed record EmbeddingEntry
{
    public string Object => "embedding";

    public required int Index { get; init; }

    /// <summary>A list of numbers, or their little-endian bytes in base64.</summary>
    public required JsonElement Embedding { get; init; }
}

/// <summary>How many tokens were read.</summary>
internal sealed record EmbeddingUsage(int PromptTokens)
{
    public int TotalTokens => PromptTokens;
}
