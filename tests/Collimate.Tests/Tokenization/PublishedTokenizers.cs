using System.Collections.Concurrent;
using Collimate.Tokenization;

namespace Collimate.Tests.Tokenization;

/// <summary>Published tokenizers, each read once.</summary>
internal static class PublishedTokenizers
{
    internal static readonly string[] Names = ["bert-base-uncased", "clip", "llama2", "llava-1.5", "qwen2.5", "t5-small"];

    private static readonly ConcurrentDictionary<string, ITokenizer> Loaded = new();

    internal static ITokenizer Get(string name) =>
        Loaded.GetOrAdd(name, static n => Tokenizer.Load(SharedFiles.Require($"golden/tokenizers/{n}/tokenizer.json")));

    internal static IEnumerable<(string Name, ITokenizer Tokenizer)> All() => Names.Select(name => (name, Get(name)));
}
