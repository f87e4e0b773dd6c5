using System.Text.Json;
using Collimate.Data.Conversations;
using Collimate.Tests.Tokenization;

namespace Collimate.Tests.Data.Conversations;

/// <summary>Templates as data: names, answers read back, and the Jinja form.</summary>
public sealed class ChatTemplateTests
{
    [Fact]
    public void Find_KnownNames_GivesTheTemplates()
    {
        Assert.All(new[] { "gym", "chatml", "plain", "vicuna_v1" }, name => Assert.Equal(name, ChatTemplate.Find(name)?.Name));
        Assert.Null(ChatTemplate.Find("GYM"));
    }

    [Fact]
    public void Find_OtherNames_AreThoseOfTheSameTemplates() =>
        Assert.All(new[] { ("v1", "vicuna_v1"), ("vicuna", "vicuna_v1"), ("qwen_1_5", "qwen") }, pair => Assert.Same(ChatTemplate.Find(pair.Item2), ChatTemplate.Find(pair.Item1)));

    [Fact]
    public void EndIds_JinjaTemplateWithAnotherEnd_HoldsBoth()
    {
        var tokenizer = Tokenizers.Small;
        var template = ChatTemplate.FromJinja(ChatTemplate.ChatMl.ToJinja(), "chatml in Jinja");
        Assert.Equal([tokenizer.EosId, tokenizer.TokenToId("<|im_end|>")!.Value], template.EndIds(tokenizer));
        Assert.Equal([tokenizer.EosId], ChatTemplate.Gym.EndIds(tokenizer));
    }

    // What our own templates write in Jinja is what they write by themselves.
    [Theory]
    [InlineData("gym")]
    [InlineData("chatml")]
    [InlineData("plain")]
    [InlineData("vicuna_v1")]
    [InlineData("qwen")]
    public void ToJinja_RunHere_WritesTheSameText(string name) => Texts.Hold(Samples.Any, 100, sample =>
    {
        var data = ChatTemplate.Find(name)!;
        var jinja = ChatTemplate.FromJinja(data.ToJinja(), name, new Dictionary<string, string> { ["bos_token"] = "<s>" });
        foreach (var forGeneration in new[] { false, true })
        {
            Assert.Equal(
                ConversationRenderer.Render(sample, Tokenizers.Normalizing, data, forGeneration).Text, Written(jinja, sample, forGeneration));
        }
    });

    // As other programs run it: pictures are written in messages as <image>.
    private static string Written(ChatTemplate template, Sample sample, bool forGeneration)
    {
        var turns = sample.Conversation.SkipLast(forGeneration ? 1 : 0).Select(t => new { role = t.Role, content = t.Text });
        return template.Jinja!.Render(JsonSerializer.SerializeToElement(new { messages = turns, add_generation_prompt = forGeneration, bos_token = "<s>" }));
    }

    [Fact]
    public void ReadAnswer_WhatWasRendered_IsTheAnswer()
    {
        Assert.Equal("yes", ChatTemplate.Gym.ReadAnswer(" yes"));
        Assert.Equal("yes", ChatTemplate.Vicuna.ReadAnswer(" yes"));
        Assert.Equal(" yes", ChatTemplate.ChatMl.ReadAnswer(" yes"));
        Assert.Equal("a dog", ChatTemplate.Plain.ReadAnswer(" a dog\nand more"));
        Assert.Equal("", ChatTemplate.Gym.ReadAnswer(""));
    }

    [Fact]
    public void Of_UnknownRole_NamesTheRoles() =>
        Assert.Contains("system, user and assistant", Assert.Throws<ArgumentException>(() => ChatTemplate.Gym.Of("gpt")).Message, StringComparison.Ordinal);

    // Run through Jinja, each of these renders the text of the renderer; the strings below were checked so.
    [Theory]
    [InlineData("gym", @"{% for message in messages %}{% if message['role'] == 'system' %}{{ '' }}{% for part in message['content'].split('<image>') %}{{ ('' if loop.first else '<image>') + (' ' + part | trim if part | trim else '') }}{% endfor %}{{ '' }}{% elif message['role'] == 'user' %}{% set words = message['content'].split('<image>') | map('trim') | select | join(' ') %}{{ '<image>' * (message['content'].split('<image>') | length - 1) + '<|user|>' + (' ' + words if words else '') }}{{ '' }}{% elif message['role'] == 'assistant' %}{{ '<|assistant|>' + (' ' + message['content'] | trim if message['content'] | trim else '') }}{{ '<|end|>' }}{% endif %}{% endfor %}{% if add_generation_prompt %}{{ '<|assistant|>' }}{% endif %}")]
    [InlineData("chatml", @"{% for message in messages %}{% if message['role'] == 'system' %}{{ '<|im_start|>system\n' }}{% for part in message['content'].split('<image>') %}{{ ('' if loop.first else '<image>') + part }}{% endfor %}{{ '<|im_end|>\n' }}{% elif message['role'] == 'user' %}{{ '<|im_start|>user\n' }}{% for part in message['content'].split('<image>') %}{{ ('' if loop.first else '<image>') + part }}{% endfor %}{{ '<|im_end|>\n' }}{% elif message['role'] == 'assistant' %}{{ '<|im_start|>assistant\n' + message['content'] }}{{ '<|im_end|>\n' }}{% endif %}{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}")]
    public void ToJinja_BuiltInTemplate_IsAsChecked(string name, string expected) => Assert.Equal(expected, ChatTemplate.Find(name)!.ToJinja());

    [Fact]
    public void ToJinja_QuotesAndImageToken_AreWrittenAsLiterals()
    {
        var template = ChatTemplate.ChatMl with { Assistant = new RoleFormat(Before: "it's \\\n") };
        Assert.Contains(@"'it\'s \\\n'", template.ToJinja(), StringComparison.Ordinal);
        Assert.Contains("'<|image_pad|>'", template.ToJinja("<|image_pad|>"), StringComparison.Ordinal);
    }
}
