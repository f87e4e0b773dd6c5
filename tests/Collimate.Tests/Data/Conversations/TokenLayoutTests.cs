using Collimate.Data;
using Collimate.Data.Conversations;
using Collimate.Tests.Tokenization;

namespace Collimate.Tests.Data.Conversations;

/// <summary>Truncation by whole exchanges.</summary>
public sealed class TokenLayoutTests
{
    [Fact]
    public void Truncate_AnyLength_EqualsRenderingFewerExchanges() => Texts.Hold(Samples.Any, sample =>
    {
        var whole = ConversationRenderer.Render(sample, Tokenizers.Small, ChatTemplate.ChatMl);
        var head = sample.Conversation[0].Role == "system" ? 1 : 0;
        for (var turns = head + 2; turns <= sample.Conversation.Count; turns += 2)
        {
            Turn[] fewer = [.. sample.Conversation.Take(turns)];
            var pictures = fewer.Sum(ConversationRenderer.CountImages);
            var expected = ConversationRenderer.Render(sample with { Conversation = fewer, Images = [.. sample.Images.Take(pictures)] }, Tokenizers.Small, ChatTemplate.ChatMl);
            var next = turns == sample.Conversation.Count ? whole.Count + (pictures * 8) : Length(sample, turns + 2) - 1;
            foreach (var limit in new[] { Length(sample, turns), next })
            {
                var cut = whole.Truncate(limit, tokensPerImage: 9);
                Assert.Equal(expected.TokenIds, cut.Layout.TokenIds);
                Assert.Equal(expected.Text, cut.Layout.Text);
                Assert.Equal(expected.Spans, cut.Layout.Spans);
                Assert.Equal(
                    (sample.Conversation.Count - turns, whole.Count - expected.Count, sample.Images.Count - pictures), (cut.DroppedTurns, cut.DroppedTokens, cut.DroppedImages));
            }
        }

        var failure = Assert.Throws<DataException>(() => whole.Truncate(Length(sample, head + 2) - 1, tokensPerImage: 9));
        Assert.Equal(DataFault.TooLong, failure.Fault);
        Assert.StartsWith("sample-7: ", failure.Message, StringComparison.Ordinal);
    });

    [Fact]
    public void Truncate_QuestionToBeAnswered_IsNeverDropped()
    {
        var sample = Samples.Of(("user", "a"), ("assistant", "b"), ("user", "is there a dog?"));
        var layout = ConversationRenderer.Render(sample, Tokenizers.Small, ChatTemplate.Gym, forGeneration: true);
        Assert.Same(layout, layout.Truncate(layout.Count).Layout);
        Assert.Contains("the question cannot be dropped", Assert.Throws<DataException>(() => layout.Truncate(layout.Count - 1)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Labels_AreTheAnswers()
    {
        var layout = ConversationRenderer.Render(Samples.Of(("user", "a"), ("assistant", "dog")), Tokenizers.Small, ChatTemplate.Gym);
        Assert.Equal(layout.AnswerCount, layout.Labels(-1).Count(label => label >= 0));
        Assert.Equal(2, layout.AnswerCount);
    }

    // Tokens up to the end of a turn, a picture counting as nine.
    private static int Length(Sample sample, int turns)
    {
        var layout = ConversationRenderer.Render(sample, Tokenizers.Small, ChatTemplate.ChatMl);
        return Enumerable.Range(0, layout.Count).Where(k => layout.Turns[k] < turns).Sum(k => layout.Kinds[k] == TokenKind.Image ? 9 : 1);
    }
}
