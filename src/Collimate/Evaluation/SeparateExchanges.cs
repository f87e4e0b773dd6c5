using Collimate.Data.Conversations;

namespace Collimate.Evaluation;

/// <summary>Takes a conversation apart into exchanges that each begin with what all of them share: the system's turn and the pictures of the first question.</summary>
internal static class SeparateExchanges
{
    /// <summary>Every exchange of a sample as a sample of its own.</summary>
    internal static IEnumerable<Sample> Of(Sample sample)
    {
        var opening = sample.Conversation.TakeWhile(turn => turn.Role == "system").ToArray();
        var said = sample.Conversation.Skip(opening.Length).ToArray();
        if (said.Length == 0)
        {
            yield return sample;
            yield break;
        }

        var before = opening.Sum(ConversationRenderer.CountImages);
        var shared = before + ConversationRenderer.CountImages(said[0]);
        var markers = string.Concat(Enumerable.Repeat(ConversationRenderer.ImageMarker, shared - before));
        var shown = shared;
        foreach (var (at, exchange) in said.Chunk(2).Index())
        {
            var own = at == 0 ? 0 : ConversationRenderer.CountImages(exchange[0]);
            var question = at == 0 ? exchange[0] : exchange[0] with { Text = markers + exchange[0].Text };
            yield return sample with
            {
                Id = $"{sample.Id}, exchange {at + 1}",
                Images = [.. sample.Images.Take(shared), .. sample.Images.Skip(shown).Take(own)],
                Conversation = [.. opening, question, .. exchange.Skip(1)],
            };
            shown += own;
        }
    }
}
