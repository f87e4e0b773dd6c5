namespace Collimate.Data.Conversations.Jinja;

/// <summary>Where characters come from.</summary>
internal enum TextOrigin : byte
{
    /// <summary>The template wrote them.</summary>
    Template,

    /// <summary>They came in with the conversation: somebody's words.</summary>
    Data,

    /// <summary>They came in with the conversation and mark a picture's place.</summary>
    Image,
}

/// <summary>What is known of a stretch of characters while a template runs.</summary>
/// <param name="Origin">Who wrote them.</param>
/// <param name="Message">The number of the message they came from or were written for; -1 for none.</param>
/// <param name="Generated">Whether the template says, by a generation block, that the assistant is to learn them.</param>
internal readonly record struct TextTag(TextOrigin Origin, int Message = -1, bool Generated = false)
{
    internal static readonly TextTag Template = new(TextOrigin.Template);
}
