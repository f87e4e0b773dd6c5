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

    /// <summary>All built-in templates.</summary>
    public static IReadOnlyList<ChatTemplate> Known { get; } = [Gym, ChatMl, Plain, Vicuna];

    /// <summary>The built-in template of a name, or null.</summary>
    public static ChatTemplate? Find(string name) => Known.FirstOrDefault(t => t.Name == name);

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
    public string ToJinja(string imageToken = ConversationRenderer.ImageMarker) => new JinjaWriter(this, imageToken).Write();
}
