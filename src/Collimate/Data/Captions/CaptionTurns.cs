using Collimate.Data.Conversations;

namespace Collimate.Data.Captions;

/// <summary>A picture's caption, or the answer to a question about it, as a conversation.</summary>
internal static class CaptionTurns
{
    /// <summary>Shows the picture, asks, and answers.</summary>
    /// <param name="asked">What is asked; may place the picture itself, which otherwise stands before it.</param>
    /// <param name="answer">What is answered.</param>
    internal static IReadOnlyList<Turn> Of(string asked, string answer)
    {
        var shown = asked.Contains(ConversationRenderer.ImageMarker, StringComparison.Ordinal)
            ? asked
            : ConversationRenderer.ImageMarker + (asked.Length == 0 ? "" : "\n" + asked);
        return [new Turn("user", shown), new Turn("assistant", answer)];
    }
}
