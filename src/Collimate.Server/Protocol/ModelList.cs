namespace Collimate.Server.Protocol;

/// <summary>The answer of <c>/v1/models</c>.</summary>
/// <param name="Data">The models.</param>
internal sealed record ModelList(IReadOnlyList<ModelEntry> Data)
{
    public string Object => "list";
}

/// <summary>A model that is served.</summary>
/// <param name="Id">What requests call it.</param>
/// <param name="Created">When it was started, in seconds since 1970.</param>
internal sealed record ModelEntry(string Id, long Created)
{
    public string Object => "model";

    public string OwnedBy => "collimate";

    /// <summary>What it does: <c>chat</c> or <c>embeddings</c>.</summary>
    public required string Kind { get; init; }

    /// <summary>Whether it can be shown pictures.</summary>
    public required bool Sees { get; init; }

    /// <summary>The most tokens of a conversation, or of a text.</summary>
    public required int ContextLength { get; init; }
}

/// <summary>Whether the server lives, or is ready.</summary>
/// <param name="Status"><c>ok</c>, <c>ready</c> or <c>stopping</c>.</param>
internal sealed record HealthBody(string Status);
