using Collimate.Tokenization;

namespace Collimate.Tests.Tokenization;

/// <summary>Small tokenizers for tests.</summary>
internal static class Tokenizers
{
    private static readonly string[] Corpus =
    [
        "is there a dog in the picture? yes, there is a dog.", "what is northwest of the cat? a dog.", "how many dogs are there? 2", "the dog is 12 years old", "it's a cat; it isn't a dog",
        "été à la montagne", "中文 日本語", "ASSISTANT: USER: a chat between a curious user and an assistant",
    ];

    /// <summary>Special tokens of every built-in template.</summary>
    internal static readonly string[] SpecialTokens = ["<|pad|>", "<|user|>", "<|assistant|>", "<|end|>", "<image>", "<|im_start|>", "<|im_end|>", "<s>", "</s>"];

    /// <summary>A vocabulary learnt from a few lines, cut by GPT-2's pattern.</summary>
    internal static BytePairTokenizer Small { get; } = BytePairTrainer.Train(Corpus, 400, SpecialTokens, ["northwest", "dog"]).ToTokenizer("<|pad|>", "<|end|>", "<image>");

    /// <summary>The same vocabulary with Qwen2's pattern, normalization and an opening token.</summary>
    internal static BytePairTokenizer Normalizing { get; } = new(Small.Model with { Pattern = WordSplitter.Qwen2, NormalizeNfc = true, BosToken = "<s>" });

    /// <summary>All of them, and Qwen2.5's where it is at hand.</summary>
    internal static IEnumerable<BytePairTokenizer> All()
    {
        yield return Small;
        yield return Normalizing;
        if (SharedFiles.Find("golden/tokenizers/qwen2.5/tokenizer.json") is { } path)
        {
            yield return Qwen ??= BytePairTokenizer.Load(path).WithAddedTokens(SpecialTokens).Named("<|endoftext|>", "<|im_end|>", "<image>");
        }
    }

    private static BytePairTokenizer? Qwen { get; set; }
}
