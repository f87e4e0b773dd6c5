using Collimate.Data.Conversations;
using Collimate.Imaging;
using Collimate.Tokenization;

namespace Collimate.Tests;

/// <summary>The LLaVA checkpoint of the reference numbers with a tokenizer of a letter a token, in a folder of its own that is removed afterwards.</summary>
internal sealed class TinyLlava : IDisposable
{
    private const string Letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 .,:;!?'-\n";
    private const int FirstLetter = 5;

    public TinyLlava(string golden = "llava")
    {
        foreach (var name in (string[])["config.json", "generation_config.json", "preprocessor_config.json", "model.safetensors"])
        {
            File.Copy(System.IO.Path.Combine(GoldenFiles.Require(golden), name), System.IO.Path.Combine(Path, name));
        }

        TokenizerFolder.Save(Path, Tokenizer, Template, 64);
        ImageCodec.Save(Image.Filled(40, 24, 200, 30, 30), Picture);
    }

    public static ChatTemplate Template { get; } = new()
    {
        Name = "tiny", User = new("<u>"), Assistant = new("<a>", "</s>"), Markers = ["<u>", "<a>", "</s>"], OpensWithBos = true,
    };

    public static BytePairTokenizer Tokenizer { get; } = new(new BytePairModel
    {
        Vocabulary = Letters.Select((letter, at) => (letter, at)).ToDictionary(l => ByteLevel.Spell((byte)l.letter).ToString(), l => FirstLetter + l.at),
        Merges = [],
        AddedTokens = [new AddedToken(0, "<pad>"), new AddedToken(1, "<s>"), new AddedToken(2, "</s>"), new AddedToken(3, "<u>"), new AddedToken(4, "<a>"),
            .. Enumerable.Range(FirstLetter + Letters.Length, 95 - FirstLetter - Letters.Length).Select(id => new AddedToken(id, $"<{id}>")), new AddedToken(95, "<image>")],
        PadToken = "<pad>", BosToken = "<s>", EosToken = "</s>", ImageToken = "<image>",
    });

    public string Path { get; } = Directory.CreateTempSubdirectory("collimate-llava-").FullName;

    /// <summary>A picture that is not square.</summary>
    public string Picture => System.IO.Path.Combine(Path, "red.png");

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
