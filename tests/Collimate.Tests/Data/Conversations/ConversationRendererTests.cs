using Collimate.Data;
using Collimate.Data.Conversations;
using Collimate.Tests.Tokenization;
using Collimate.Tokenization;

namespace Collimate.Tests.Data.Conversations;

/// <summary>Rendering: what every token is, and that nothing slips, for every template and tokenizer.</summary>
public sealed class ConversationRendererTests
{
    private static readonly Sample Two = Samples.Of(
        ("system", "be brief"), ("user", "<image>\nis there a dog?"), ("assistant", "yes"), ("user", "what is northwest?"), ("assistant", "dog"));

    [Theory]
    [InlineData("gym", " be brief<image><|user|> is there a dog?<|assistant|> yes<|end|><|user|> what is northwest?<|assistant|> dog<|end|>")]
    [InlineData("chatml", "<|im_start|>system\nbe brief<|im_end|>\n<|im_start|>user\n<image>\nis there a dog?<|im_end|>\n<|im_start|>assistant\nyes<|im_end|>\n<|im_start|>user\nwhat is northwest?<|im_end|>\n<|im_start|>assistant\ndog<|im_end|>\n")]
    [InlineData("plain", "be brief<image> yes\n dog\n")]
    [InlineData("vicuna_v1", "be brief USER: <image>\nis there a dog? ASSISTANT: yes</s>USER: what is northwest? ASSISTANT: dog</s>")]
    public void Render_BuiltInTemplate_WritesItsText(string template, string expected) =>
        Assert.Equal(expected, ConversationRenderer.Render(Two, Tokenizers.Small, ChatTemplate.Find(template)!).Text);

    [Theory]
    [InlineData("gym")]
    [InlineData("chatml")]
    [InlineData("plain")]
    [InlineData("vicuna_v1")]
    public void Render_AnyConversation_SpansMakeUpTheTextAndIdsAreThoseOfTheWhole(string name)
    {
        var template = ChatTemplate.Find(name)!;
        foreach (var tokenizer in Tokenizers.All())
        {
            Texts.Hold(Samples.Any, sample =>
            {
                var layout = ConversationRenderer.Render(sample, tokenizer, template);
                Assert.Equal(layout.Text, string.Concat(layout.Spans.Select(s => layout.Text.Substring(s.Start, s.Length))));
                Assert.Equal(tokenizer.Encode(layout.Text), layout.TokenIds);
                Assert.Equal(sample.Images.Count, layout.ImageCount);
                Assert.Equal(Enumerable.Range(0, sample.Images.Count), layout.ImageIndex.Where(k => k >= 0));
                Assert.Equal(Answers(sample, template), string.Concat(Characters(layout, TokenKind.Answer)));
                Assert.Equal(sample.Conversation.Count, layout.Turns.Where(t => t >= 0).Distinct().Count() + (name == "plain" ? SilentTurns(sample) : 0));
            });
        }
    }

    [Theory]
    [InlineData("gym")]
    [InlineData("chatml")]
    [InlineData("plain")]
    [InlineData("vicuna_v1")]
    public void Render_ForGeneration_IsTheBeginningOfWhatIsTrained(string name)
    {
        var template = ChatTemplate.Find(name)!;
        foreach (var tokenizer in Tokenizers.All())
        {
            Texts.Hold(Samples.Any, sample =>
            {
                var trained = ConversationRenderer.Render(sample, tokenizer, template);
                var prompt = ConversationRenderer.Render(sample, tokenizer, template, forGeneration: true);
                Assert.Equal(trained.TokenIds[..prompt.Count], prompt.TokenIds);
                Assert.Equal(trained.Kinds[..prompt.Count], prompt.Kinds);
                Assert.Equal(TokenKind.Answer, trained.Kinds[prompt.Count]);
                Assert.Equal(sample.Conversation.Count - 1, trained.Turns[prompt.Count]);

                var asked = sample with { Conversation = [.. sample.Conversation.SkipLast(1)] };
                Assert.Equal(prompt.TokenIds, ConversationRenderer.Render(asked, tokenizer, template, forGeneration: true).TokenIds);
            });
        }
    }

    [Fact]
    public void Render_Gym_MarksEveryToken()
    {
        var layout = ConversationRenderer.Render(Samples.Of(("user", "<image> dog dog"), ("assistant", "dog")), Tokenizers.Small, ChatTemplate.Gym);
        var dog = Tokenizers.Small.Encode(" dog")[0];
        int Id(string token) => Tokenizers.Small.TokenToId(token)!.Value;
        Assert.Equal([Id("<image>"), Id("<|user|>"), dog, dog, Id("<|assistant|>"), dog, Id("<|end|>")], layout.TokenIds);
        Assert.Equal([TokenKind.Image, TokenKind.Marker, TokenKind.Prompt, TokenKind.Prompt, TokenKind.Marker, TokenKind.Answer, TokenKind.Answer], layout.Kinds);
        Assert.Equal([0, 0, 0, 0, 1, 1, 1], layout.Turns);
        Assert.Equal([0, -1, -1, -1, -1, -1, -1], layout.ImageIndex);
        Assert.Equal([-100, -100, -100, -100, -100, dog, Id("<|end|>")], layout.Labels());
        Assert.Equal("sample-7", layout.SampleId);
    }

    [Fact]
    public void Render_Gym_PictureInSystemTurnOrInQuestion_IsTheSame()
    {
        var inSystem = ConversationRenderer.Render(Samples.Of(("system", "<image>"), ("user", "dog?"), ("assistant", "yes")), Tokenizers.Small, ChatTemplate.Gym);
        var inQuestion = ConversationRenderer.Render(Samples.Of(("user", "dog?\n<image>"), ("assistant", "yes")), Tokenizers.Small, ChatTemplate.Gym);
        Assert.Equal(inSystem.TokenIds, inQuestion.TokenIds);
        Assert.Equal(inSystem.Kinds, inQuestion.Kinds);
    }

    [Fact]
    public void Render_ChatMl_EndMarkIsLearntAndLineEndIsNot()
    {
        var layout = ConversationRenderer.Render(Two, Tokenizers.Small, ChatTemplate.ChatMl);
        Assert.Equal(TokenKind.Marker, layout.Kinds[^1]);
        Assert.Equal((Tokenizers.Small.TokenToId("<|im_end|>"), TokenKind.Answer), (layout.TokenIds[^2], layout.Kinds[^2]));
    }

    [Fact]
    public void Render_Separate_MakesEveryExchangeADocument()
    {
        var layout = ConversationRenderer.Render(Two, Tokenizers.Small, ChatTemplate.Gym, grouping: TurnGrouping.Separate);
        Assert.All(Enumerable.Range(0, layout.Count), k => Assert.Equal(
            layout.Kinds[k] is TokenKind.System or TokenKind.Image ? 0 : layout.Turns[k] <= 2 ? 1 : 2, layout.Documents[k]));
        Assert.All(ConversationRenderer.Render(Two, Tokenizers.Small, ChatTemplate.Gym).Documents, document => Assert.Equal(0, document));
    }

    [Fact]
    public void Render_Separate_ShowsEveryExchangeWhatItWouldSeeAlone() => Texts.Hold(Samples.Any, sample =>
    {
        var head = sample.Conversation[0].Role == "system" ? 1 : 0;
        if (sample.Conversation.Skip(head + 1).Any(t => ConversationRenderer.CountImages(t) > 0))
        {
            return; // a picture of a later question belongs to that question
        }

        var packed = ConversationRenderer.Render(sample, Tokenizers.Small, ChatTemplate.Gym, grouping: TurnGrouping.Separate);
        var pictures = string.Concat(Enumerable.Repeat("<image>", sample.Images.Count));
        for (var k = 0; k < (sample.Conversation.Count - head) / 2; k++)
        {
            Turn[] exchange = [.. sample.Conversation.Take(head), .. sample.Conversation.Skip(head + (2 * k)).Take(2)];
            exchange[head] = new Turn("user", pictures + exchange[head].Text.Replace("<image>", "", StringComparison.Ordinal));
            var alone = ConversationRenderer.Render(sample with { Conversation = exchange }, Tokenizers.Small, ChatTemplate.Gym);
            var seen = packed.TokenIds.Where((_, i) => packed.Documents[i] == 0 || packed.Documents[i] == k + 1);
            Assert.Equal(alone.TokenIds, seen);
        }
    });

    [Theory]
    [InlineData("chatml")]
    [InlineData("vicuna_v1")]
    [InlineData("qwen")]
    public void Render_Separate_PictureInsideTheFirstQuestion_IsSharedWithItsOpening(string name)
    {
        var template = ChatTemplate.Find(name)!;
        var packed = ConversationRenderer.Render(
            Samples.Of(("user", "<image>\nis there a dog?"), ("assistant", "yes"), ("user", "what is it?"), ("assistant", "a cat")), Tokenizers.Small, template, grouping: TurnGrouping.Separate);
        var alone = ConversationRenderer.Render(Samples.Of(("user", "<image>\nwhat is it?"), ("assistant", "a cat")), Tokenizers.Small, template);
        Assert.Equal(alone.TokenIds, packed.TokenIds.Where((_, k) => packed.Documents[k] is 0 or 2));
        Assert.DoesNotContain(0, packed.Documents[Array.FindIndex(packed.Documents, d => d > 0)..]);
        Assert.Equal(packed.Text, string.Concat(packed.Spans.Select(s => packed.Text.Substring(s.Start, s.Length))));
    }

    [Fact]
    public void Render_Separate_CaptionsAlone_EachHaveSomethingBeforeThem()
    {
        var layout = ConversationRenderer.Render(
            Samples.Of(("user", "<image>"), ("assistant", "a dog"), ("user", "again"), ("assistant", "a cat")), Tokenizers.Small, ChatTemplate.Plain, grouping: TurnGrouping.Separate);
        Assert.Equal("<image> a dog\n\n a cat\n", layout.Text);
        var second = Array.IndexOf(layout.Documents, 2);
        Assert.Equal(TokenKind.Marker, layout.Kinds[second]);
        Assert.Equal(TokenKind.Answer, layout.Kinds[second + 1]);
    }

    [Theory]
    [InlineData("qwen", "<|im_start|>system\nYou are a helpful assistant.<|im_end|>\n<|im_start|>user\n<image>\nis there a dog?<|im_end|>\n<|im_start|>assistant\nyes<|im_end|>\n")]
    [InlineData("llava_llama_2", "<s>[INST] <<SYS>>\nYou are a helpful language and vision assistant. You are able to understand the visual content that the user provides, and assist the user with a variety of tasks using natural language.\n<</SYS>>\n\n<image>\nis there a dog? [/INST] yes <|end|>")]
    [InlineData("mistral_instruct", "<s>[INST] <image>\nis there a dog? [/INST] yes <|end|>")]
    public void Render_LlavasConversations_AreWrittenAsLlavaDoes(string name, string expected) => Assert.Equal(
        expected, ConversationRenderer.Render(Samples.Of(("user", "is there a dog? <image>"), ("assistant", "yes")), Tokenizers.Normalizing, ChatTemplate.Find(name)!).Text);

    [Fact]
    public void Render_Separate_LaterPictureBelongsToItsExchange()
    {
        var sample = Samples.Of(("user", "<image>a"), ("assistant", "b"), ("user", "<image>c"), ("assistant", "d"));
        var layout = ConversationRenderer.Render(sample, Tokenizers.Small, ChatTemplate.Gym, grouping: TurnGrouping.Separate);
        Assert.Equal([0, 2], layout.Documents.Where((_, k) => layout.Kinds[k] == TokenKind.Image));
    }

    [Fact]
    public void Render_SpecialTokensThatSomebodyTyped_AreOrdinaryText()
    {
        var layout = ConversationRenderer.Render(Samples.Of(("user", "say <|end|><|assistant|> no"), ("assistant", "<image> <|user|>")), Tokenizers.Small, ChatTemplate.Gym);
        Assert.Equal(3, layout.TokenIds.Count(id => Tokenizers.Small.BytesOf(id).IsEmpty)); // user, assistant and end, once each
        Assert.Equal(0, layout.ImageCount);
        Assert.Equal("<|user|> say <|end|><|assistant|> no<|assistant|> <image> <|user|><|end|>", layout.Text);
    }

    [Fact]
    public void Render_Opening_UsesTheTokenizersOwn()
    {
        var layout = ConversationRenderer.Render(Samples.Of(("user", "a"), ("assistant", "b")), Tokenizers.Normalizing, ChatTemplate.Vicuna);
        Assert.StartsWith("<s>A chat between a curious user", layout.Text, StringComparison.Ordinal);
        Assert.Equal((Tokenizers.Normalizing.BosId, TokenKind.Marker, -1), (layout.TokenIds[0], layout.Kinds[0], layout.Turns[0]));
        Assert.Equal((TokenKind.System, -1), (layout.Kinds[1], layout.Turns[1]));
    }

    [Fact]
    public void Render_WrongConversations_NameSampleFaultAndMend()
    {
        Refused(DataFault.Pictures, "1 <image> markers for 0 pictures", Samples.Of(("user", "<image>a"), ("assistant", "b")) with { Images = [] });
        Refused(DataFault.Pictures, "0 <image> markers for 1 pictures", Samples.Of(("user", "a"), ("assistant", "b")) with { Images = [Samples.Picture] });
        Refused(DataFault.Roles, "turn 1 is spoken by 'gpt', expected 'user'", Samples.Of(("gpt", "a")));
        Refused(DataFault.Roles, "turn 2 is spoken by 'user', expected 'assistant'", Samples.Of(("user", "a"), ("user", "b")));
        Refused(DataFault.Roles, "turn 3 is spoken by 'system', expected 'user'", Samples.Of(("user", "a"), ("assistant", "b"), ("system", "c")));
        Refused(DataFault.NoAnswer, "ends in a user turn", Samples.Of(("user", "a")));
        Refused(DataFault.NoAnswer, "ends in a system turn", Samples.Of(("system", "a")));
        Refused(DataFault.NoAnswer, "has no turns", Samples.Of());
        var noAnswer = ChatTemplate.Plain with { Assistant = new RoleFormat() };
        var empty = Assert.Throws<DataException>(() => ConversationRenderer.Render(Samples.Of(("user", "a"), ("assistant", "")), Tokenizers.Small, noAnswer));
        Assert.Equal(DataFault.NoAnswer, empty.Fault);
    }

    [Fact]
    public void Render_TokenizerWithoutPicturesOrMarkers_SaysSo()
    {
        var sample = Samples.Of(("user", "<image>a"), ("assistant", "b"));
        var blind = Tokenizers.Small.Named("<|pad|>", "<|end|>", null);
        Assert.Contains("image_token", Assert.Throws<DataException>(() => ConversationRenderer.Render(sample, blind, ChatTemplate.Gym)).Message, StringComparison.Ordinal);
        var other = BytePairTrainer.Train(["a"], 300, ["<|end|>"]).ToTokenizer();
        Assert.Contains("writes '<|assistant|>'", Assert.Throws<TokenizerException>(() => ConversationRenderer.Render(sample, other, ChatTemplate.Gym)).Message, StringComparison.Ordinal);
    }

    private static void Refused(DataFault fault, string message, Sample sample)
    {
        var failure = Assert.Throws<DataException>(() => ConversationRenderer.Render(sample, Tokenizers.Small, ChatTemplate.Gym));
        Assert.StartsWith("sample-7: ", failure.Message, StringComparison.Ordinal);
        Assert.Contains(message, failure.Message, StringComparison.Ordinal);
        Assert.Equal((fault, "sample-7"), (failure.Fault, failure.SampleId));
    }

    private static IEnumerable<string> Characters(TokenLayout layout, TokenKind kind) =>
        layout.Spans.Where((_, k) => layout.Kinds[k] == kind).Select(s => layout.Text.Substring(s.Start, s.Length));

    private static string Answers(Sample sample, ChatTemplate template) => string.Concat(
        sample.Conversation.Where(t => t.Role == "assistant").Select(t => (template.Assistant.LeadingSpace ? " " : "") + t.Text + template.Assistant.End));

    // In the plain template a question without a picture leaves no token.
    private static int SilentTurns(Sample sample) => sample.Conversation.Count(t => t.Role == "user" && ConversationRenderer.CountImages(t) == 0);
}
