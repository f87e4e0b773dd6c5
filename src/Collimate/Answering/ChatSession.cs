using System.Text;
using Collimate.Data;
using Collimate.Data.Conversations;
using Collimate.Generation;

namespace Collimate.Answering;

/// <summary>A conversation with a model, turn after turn, that keeps what was said and shown.</summary>
/// <param name="answerer">Answers; stays the caller's.</param>
public sealed class ChatSession(Answerer answerer)
{
    private readonly List<Turn> turns = [];
    private readonly List<ImageSource> pictures = [];
    private readonly List<ImageSource> waiting = [];

    /// <summary>What was said so far.</summary>
    public IReadOnlyList<Turn> Turns => turns;

    /// <summary>Shows a picture: the next question is about it, and those after it see it too.</summary>
    public void Show(ImageSource picture) => waiting.Add(picture);

    /// <summary>Forgets everything that was said and shown.</summary>
    public void Reset()
    {
        turns.Clear();
        pictures.Clear();
        waiting.Clear();
    }

    /// <summary>Asks, and keeps question and answer. A question that is refused is not kept.</summary>
    /// <param name="question">The question. Where a picture stands is not for it to say: pictures come before it.</param>
    /// <param name="options">How tokens are chosen.</param>
    /// <param name="onText">Is handed the answer's text piece by piece.</param>
    /// <param name="cancellation">Ends the answer; what was said until then is kept.</param>
    /// <exception cref="DataException">The conversation does not fit the model's context any more, or the model has no eyes.</exception>
    public ChatReply Say(string question, GenerationOptions options, Action<string>? onText = null, CancellationToken cancellation = default)
    {
        var markers = string.Concat(Enumerable.Repeat(ConversationRenderer.ImageMarker, waiting.Count));
        var asked = new Turn("user", markers + question.Replace(ConversationRenderer.ImageMarker, "", StringComparison.Ordinal));
        var sample = new Sample("the conversation", [.. pictures, .. waiting], [.. turns, asked]);
        var said = new StringBuilder();
        ChatReply reply;
        try
        {
            var result = answerer.Generate([sample], options, text =>
            {
                said.Append(text);
                onText?.Invoke(text);
            }, cancellation)[0];
            var ending = result.Reason != StopReason.Length ? ChatEnding.Finished : result.Tokens.Count < options.MaxNewTokens ? ChatEnding.ContextFull : ChatEnding.LongEnough;
            reply = new ChatReply(result.Text.Trim(), ending);
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            reply = new ChatReply(said.ToString().Trim(), ChatEnding.Stopped);
        }

        pictures.AddRange(waiting);
        waiting.Clear();
        turns.Add(asked);
        turns.Add(new Turn("assistant", reply.Text));
        return reply;
    }
}
