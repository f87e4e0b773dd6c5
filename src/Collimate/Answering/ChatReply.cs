namespace Collimate.Answering;

/// <summary>One answer of a conversation.</summary>
/// <param name="Text">What was said.</param>
/// <param name="Ending">Why it ended.</param>
public sealed record ChatReply(string Text, ChatEnding Ending);

/// <summary>Why an answer of a conversation ended.</summary>
public enum ChatEnding
{
    /// <summary>The model had said what it had to say.</summary>
    Finished,

    /// <summary>The most tokens that were asked for were written.</summary>
    LongEnough,

    /// <summary>The conversation fills the model's context.</summary>
    ContextFull,

    /// <summary>The user stopped it.</summary>
    Stopped,
}
