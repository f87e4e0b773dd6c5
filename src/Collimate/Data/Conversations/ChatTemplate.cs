namespace Collimate.Data.Conversations;

/// <summary>How a conversation is written down for a decoder: what stands before and after the words of each role.</summary>
public sealed record ChatTemplate
{
    /// <summary>The name that recipes and tokenizer files use.</summary>
    public required string Name { get; init; }

    /// <summary>Text before everything.</summary>
    public string Opening { get; init; } = "";

    /// <summary>Before and after system text.</summary>
    public (string Before, string After) System { get; init; } = ("", "");

    /// <summary>Before and after what the user says.</summary>
    public (string Before, string After) User { get; init; } = ("", "");

    /// <summary>Before and after what the assistant says; what stands after is part of the answer, so that the model learns to stop.</summary>
    public (string Before, string After) Assistant { get; init; } = ("", "");

    /// <summary>Whether a space is put before every role's words (and taken off again when an answer is read), so that a word is spelt alike wherever it stands.</summary>
    public bool LeadingSpace { get; init; }

    /// <summary>Special tokens that the template writes; the tokenizer must know them.</summary>
    public IReadOnlyList<string> Markers { get; init; } = [];

    /// <summary>The gym's template: one marker a role, one at an answer's end.</summary>
    public static ChatTemplate Gym { get; } = new()
    {
        Name = "gym", User = ("<|user|>", ""), Assistant = ("<|assistant|>", "<|end|>"), LeadingSpace = true, Markers = ["<|user|>", "<|assistant|>", "<|end|>"],
    };

    /// <summary>ChatML, as Qwen2.5 writes it.</summary>
    public static ChatTemplate ChatMl { get; } = new()
    {
        Name = "chatml",
        System = ("<|im_start|>system\n", "<|im_end|>\n"),
        User = ("<|im_start|>user\n", "<|im_end|>\n"),
        Assistant = ("<|im_start|>assistant\n", "<|im_end|>\n"),
        Markers = ["<|im_start|>", "<|im_end|>"],
    };

    /// <summary>LLaVA's template of the alignment stage: pictures, then the caption and a line end; what the user says is to be left out of the data.</summary>
    public static ChatTemplate Plain { get; } = new() { Name = "plain", Assistant = ("", "\n") };

    /// <summary>Vicuna's template, as LLaVA-1.5 writes it.</summary>
    public static ChatTemplate Vicuna { get; } = new()
    {
        Name = "vicuna_v1", System = ("", " "), User = ("USER: ", " "), Assistant = ("ASSISTANT: ", "</s>"), Markers = ["</s>"],
    };

    /// <summary>All templates.</summary>
    public static IReadOnlyList<ChatTemplate> Known { get; } = [Gym, ChatMl, Plain, Vicuna];

    /// <summary>The template of a name, or null.</summary>
    public static ChatTemplate? Find(string name) => Known.FirstOrDefault(t => t.Name == name);

    /// <summary>What stands before and after a role's words.</summary>
    /// <exception cref="ArgumentException">There is no such role.</exception>
    public (string Before, string After) Of(string role) => role switch
    {
        "system" => System,
        "user" => User,
        "assistant" => Assistant,
        _ => throw new ArgumentException($"'{role}' is not a role; roles are system, user and assistant", nameof(role)),
    };

    /// <summary>The same as a Jinja template, for <c>tokenizer_config.json</c>.</summary>
    public string ToJinja()
    {
        var space = LeadingSpace ? " " : "";
        string Branch(string word, string role, (string Before, string After) marks) =>
            $"{{% {word} message['role'] == '{role}' %}}{{{{ {Quote(marks.Before + space)} + message['content'] + {Quote(marks.After)} }}}}";
        return (Opening.Length > 0 ? $"{{{{ {Quote(Opening)} }}}}" : "")
            + "{% for message in messages %}" + Branch("if", "system", System) + Branch("elif", "user", User) + Branch("elif", "assistant", Assistant)
            + "{% endif %}{% endfor %}{% if add_generation_prompt %}{{ " + Quote(Assistant.Before) + " }}{% endif %}";
    }

    private static string Quote(string text) => "'" + text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal).Replace("'", "\\'", StringComparison.Ordinal) + "'";
}
