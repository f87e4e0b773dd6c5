using System.Text.Json.Serialization;
using Collimate.Data.Conversations.Jinja;
using Collimate.Tokenization;

namespace Collimate.Data.Conversations;

/// <summary>How a conversation is written down for a decoder. A template is data: what stands around the words of each role, and where pictures go.</summary>
public sealed record ChatTemplate
{
    /// <summary>The name that recipes and tokenizer files use.</summary>
    public required string Name { get; init; }

    /// <summary>Whether a text opens with the tokenizer's own opening token, where it has one.</summary>
    public bool OpensWithBos { get; init; }

    /// <summary>System text for conversations that bring none; empty for none.</summary>
    public string DefaultSystem { get; init; } = "";

    /// <summary>Around system text.</summary>
    public RoleFormat System { get; init; } = new();

    /// <summary>Around what the user says.</summary>
    public RoleFormat User { get; init; } = new();

    /// <summary>Around what the assistant says.</summary>
    public RoleFormat Assistant { get; init; } = new();

    /// <summary>Where the pictures of a user's turn stand.</summary>
    public ImagePlacement Images { get; init; }

    /// <summary>Whether the user's words are written; otherwise only the pictures of a turn are.</summary>
    public bool KeepsUserText { get; init; } = true;

    /// <summary>Special tokens that the template writes; the tokenizer must know them.</summary>
    public IReadOnlyList<string> Markers { get; init; } = [];

    /// <summary>The Jinja template that writes conversations, in place of everything above; null where the record itself says how.</summary>
    [JsonIgnore]
    public JinjaTemplate? Jinja => Chat?.Template;

    /// <summary>What a Jinja template is run with.</summary>
    [JsonIgnore]
    internal JinjaChat? Chat { get; private init; }

    /// <summary>The special token that ends an answer, or null where an answer ends in ordinary text.</summary>
    public string? EndMarker => Markers.Contains(Assistant.End) ? Assistant.End : null;

    /// <summary>The gym's: one marker a role, pictures first, every word with the space before it.</summary>
    public static ChatTemplate Gym { get; } = new()
    {
        Name = "gym",
        System = new(LeadingSpace: true),
        User = new("<|user|>", LeadingSpace: true),
        Assistant = new("<|assistant|>", "<|end|>", LeadingSpace: true),
        Images = ImagePlacement.BeforeRole,
        Markers = ["<|user|>", "<|assistant|>", "<|end|>"],
    };

    /// <summary>ChatML, as Qwen2 writes it.</summary>
    public static ChatTemplate ChatMl { get; } = new()
    {
        Name = "chatml",
        System = new("<|im_start|>system\n", "<|im_end|>", "\n"),
        User = new("<|im_start|>user\n", "<|im_end|>", "\n"),
        Assistant = new("<|im_start|>assistant\n", "<|im_end|>", "\n"),
        Markers = ["<|im_start|>", "<|im_end|>"],
    };

    /// <summary>LLaVA's of the alignment stage: pictures, then the caption and a line end; what the user says is left out.</summary>
    /// <remarks>The caption gets a space before it, which SentencePiece tokenizers put there by themselves.</remarks>
    public static ChatTemplate Plain { get; } = new()
    {
        Name = "plain",
        OpensWithBos = true,
        Assistant = new(End: "\n", LeadingSpace: true),
        KeepsUserText = false,
    };

    /// <summary>Vicuna's, as LLaVA-1.5 writes it.</summary>
    public static ChatTemplate Vicuna { get; } = new()
    {
        Name = "vicuna_v1",
        OpensWithBos = true,
        DefaultSystem = "A chat between a curious user and an artificial intelligence assistant. "
            + "The assistant gives helpful, detailed, and polite answers to the user's questions.",
        System = new(After: " "),
        User = new("USER: ", After: " "),
        Assistant = new("ASSISTANT:", "</s>", LeadingSpace: true),
        Images = ImagePlacement.FrontOfText,
        Markers = ["</s>"],
    };

    /// <summary>Qwen's, as LLaVA writes it: ChatML with a system message of its own, pictures first.</summary>
    public static ChatTemplate Qwen { get; } = ChatMl with { Name = "qwen", DefaultSystem = "You are a helpful assistant.", Images = ImagePlacement.FrontOfText };

    /// <summary>Llama 2's, as LLaVA writes it.</summary>
    public static ChatTemplate LlavaLlama2 { get; } = FromJinja(LlavaTemplates.Llama2, "llava_llama_2", images: ImagePlacement.FrontOfText);

    /// <summary>Mistral's, as LLaVA writes it.</summary>
    public static ChatTemplate MistralInstruct { get; } = FromJinja(LlavaTemplates.Mistral, "mistral_instruct", images: ImagePlacement.FrontOfText);

    /// <summary>All built-in templates.</summary>
    public static IReadOnlyList<ChatTemplate> Known { get; } = [Gym, ChatMl, Plain, Vicuna, Qwen, LlavaLlama2, MistralInstruct];

    /// <summary>The built-in template of a name, or null. <c>v1</c>, <c>vicuna</c> and <c>llava_v1</c> are other names of <c>vicuna_v1</c>, <c>qwen_1_5</c> of <c>qwen</c>.</summary>
    public static ChatTemplate? Find(string name)
    {
        var known = name switch
        {
            "v1" or "vicuna" or "llava_v1" => "vicuna_v1",
            "qwen_1_5" => "qwen",
            "llava_plain" => "plain",
            _ => name,
        };
        return Known.FirstOrDefault(t => t.Name == known);
    }

    /// <summary>A template written in Jinja, as tokenizers are published with.</summary>
    /// <param name="source">The template.</param>
    /// <param name="name">What messages call it.</param>
    /// <param name="specialTokens">What it knows tokens by: <c>bos_token</c> and so on; the tokenizer's where silent.</param>
    /// <param name="images">Where pictures stand in a message that it takes as text; templates that take parts place them by themselves.</param>
    /// <param name="opensWithBos">Whether the tokenizer's opening token is put before a text that does not begin with it.</param>
    /// <exception cref="JinjaException">The template cannot be read.</exception>
    public static ChatTemplate FromJinja(
        string source, string name, IReadOnlyDictionary<string, string>? specialTokens = null, ImagePlacement images = ImagePlacement.AsWritten, bool opensWithBos = false) => new()
        {
            Name = name,
            Images = images,
            OpensWithBos = opensWithBos,
            Chat = new JinjaChat(JinjaTemplate.Parse(source, name), specialTokens ?? new Dictionary<string, string>(), images, opensWithBos),
        };

    /// <summary>What stands around a role's words.</summary>
    /// <param name="role">system, user or assistant.</param>
    /// <exception cref="ArgumentException">There is no such role.</exception>
    public RoleFormat Of(string role) => role switch
    {
        "system" => System,
        "user" => User,
        "assistant" => Assistant,
        _ => throw new ArgumentException($"'{role}' is not a role; roles are system, user and assistant", nameof(role)),
    };

    /// <summary>The tokens that end an answer: the tokenizer's, and the one that the template ends the assistant's turn with.</summary>
    /// <param name="tokenizer">The decoder's tokenizer.</param>
    public IReadOnlyList<int> EndIds(ITokenizer tokenizer)
    {
        var ends = new List<int>();
        if (tokenizer.EosOrNone() is { } eos)
        {
            ends.Add(eos);
        }

        if (Jinja is not null)
        {
            var probe = ConversationRenderer.Render(new Sample("a probe", [], [new Turn("user", "a"), new Turn("assistant", "b")]), tokenizer, this);
            var last = Array.LastIndexOf(probe.Kinds, TokenKind.Answer);
            if (last >= 0 && !ends.Contains(probe.TokenIds[last]) && tokenizer.AddedTokens.Any(t => t.IsSpecial && t.Id == probe.TokenIds[last]))
            {
                ends.Add(probe.TokenIds[last]);
            }
        }

        return ends;
    }

    /// <summary>The words of a generated answer: without the end that is no special token, and without the space the template put before them.</summary>
    /// <param name="generated">What the decoder wrote after the assistant's opening mark, decoded without special tokens.</param>
    public string ReadAnswer(string generated)
    {
        var end = EndMarker is null && Assistant.End.Length > 0 ? generated.IndexOf(Assistant.End, StringComparison.Ordinal) : -1;
        var words = end >= 0 ? generated[..end] : generated;
        return Assistant.LeadingSpace && words.StartsWith(' ') ? words[1..] : words;
    }

    /// <summary>The same as a Jinja template, for <c>tokenizer_config.json</c>: the text it renders is the text of <see cref="ConversationRenderer"/>.</summary>
    /// <param name="imageToken">How the tokenizer writes a picture's place; in messages it is always <see cref="ConversationRenderer.ImageMarker"/>.</param>
    public string ToJinja(string imageToken = ConversationRenderer.ImageMarker) => Jinja?.Source ?? new JinjaWriter(this, imageToken).Write();
}
