using Collimate.Tokenization;

namespace Collimate.Tests.Cli;

/// <summary>A tokenizer that knows single bytes only (each one's id is its value), in a folder of its own that is removed afterwards.</summary>
internal sealed class TemporaryTokenizer : IDisposable
{
    public TemporaryTokenizer()
    {
        var model = new BytePairModel
        {
            Vocabulary = Enumerable.Range(0, 256).ToDictionary(value => ByteLevel.Spell((byte)value).ToString(), value => value),
            Merges = [],
            AddedTokens = [],
        };
        new BytePairTokenizer(model).Save(System.IO.Path.Combine(Path, "tokenizer.json"));
    }

    public string Path { get; } = Directory.CreateTempSubdirectory("tokenizer").FullName;

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
