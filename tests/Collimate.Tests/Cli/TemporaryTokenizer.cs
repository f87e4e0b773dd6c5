using Collimate.Data.Conversations;
using Collimate.Tokenization;

namespace Collimate.Tests.Cli;

/// <summary>A tokenizer of two letters in a folder of its own, removed afterwards.</summary>
internal sealed class TemporaryTokenizer : IDisposable
{
    public TemporaryTokenizer()
    {
        var template = ChatTemplate.Gym;
        var markers = template.Markers.Append("<pad>").Append("<end>").Distinct().ToArray();
        var model = new BytePairModel
        {
            Vocabulary = new Dictionary<string, int> { ["h"] = 0, ["i"] = 1 },
            Merges = [],
            AddedTokens = [.. markers.Select((marker, index) => new AddedToken(index + 2, marker))],
            PadToken = "<pad>",
            EosToken = "<end>",
        };
        TokenizerFolder.Save(Path, new BytePairTokenizer(model), template, contextLength: 64);
    }

    public string Path { get; } = Directory.CreateTempSubdirectory("tokenizer").FullName;

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
