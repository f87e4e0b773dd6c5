namespace Collimate.Models.Language;

/// <summary>The decoder families whose Hugging Face configurations are understood; they share one architecture.</summary>
public enum LanguageFamily
{
    /// <summary>Qwen2 and Qwen2.5: biases on query, key and value.</summary>
    Qwen2,

    /// <summary>Llama and its descendants (Vicuna, TinyLlama): no biases unless <c>attention_bias</c> says so.</summary>
    Llama,
}
