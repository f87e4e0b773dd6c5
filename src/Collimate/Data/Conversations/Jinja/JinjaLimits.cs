namespace Collimate.Data.Conversations.Jinja;

/// <summary>What a template may cost: templates come with downloads, and none may hang the program or fill its memory.</summary>
public sealed record JinjaLimits
{
    /// <summary>The limits that published templates stay far below.</summary>
    public static JinjaLimits Default { get; } = new();

    /// <summary>Characters of the template itself.</summary>
    public int SourceLength { get; init; } = 1 << 20;

    /// <summary>How deep expressions, statements, calls and values may be nested.</summary>
    public int Depth { get; init; } = 200;

    /// <summary>Steps: a step is one node evaluated, or one element or sixteen characters handled.</summary>
    public long Steps { get; init; } = 10_000_000;

    /// <summary>Characters of the text it writes, and of any text on the way.</summary>
    public int OutputLength { get; init; } = 1 << 24;
}
