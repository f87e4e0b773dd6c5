using Collimate.Data.Conversations;
using Collimate.Models.Language;
using Collimate.Torch;

namespace Collimate.Tests;

/// <summary>A decoder of random weights in Hugging Face's layout with the tokenizer of <see cref="TinyLlava"/>, in a folder of its own that is removed afterwards.</summary>
internal sealed class TinyDecoderFolder : IDisposable
{
    public TinyDecoderFolder()
    {
        using var generator = new Generator(5);
        using var model = new CausalLanguageModel(
            new LanguageConfig
            {
                VocabularySize = 96, HiddenSize = 32, LayerCount = 2, HeadCount = 4, KeyValueHeadCount = 2, HeadSize = 8, IntermediateSize = 48, MaxPositions = 64,
                ProjectionBias = true, TieEmbeddings = true, EosTokenIds = [2], PadTokenId = 0, BosTokenId = 1,
            }, generator);
        model.Save(Path);
        TokenizerFolder.Save(Path, TinyLlava.Tokenizer, TinyLlava.Template, 64);
    }

    public string Path { get; } = Directory.CreateTempSubdirectory("collimate-decoder-").FullName;

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
