using Collimate.Alignment;
using Collimate.Answering;
using Collimate.Data.Conversations;
using Collimate.Generation;
using Collimate.Imaging;
using Collimate.Recipes.Schema;
using Collimate.Server.Inference;
using Collimate.Tests.Alignment;

namespace Collimate.Tests.Server;

/// <summary>Engines over tiny models, and what they answer.</summary>
internal static class TinyEngine
{
    /// <summary>Small blocks and few slots, so that little prompts meet everything that large ones do.</summary>
    public static EngineOptions Small { get; } = new() { Workers = 2, Slots = 4, PrefixBlock = 16, Queue = 64 };

    public static BuiltModel Built(VisionLanguageModel model) => new(model, TinyVisionModel.Tokenizer, LetterTokenizer.Template, TinyVisionModel.Processor);

    public static ChatEngine Create(VisionLanguageModel model, EngineOptions? options = null) => new("tiny", Built(model), options ?? Small);

    /// <summary>The file of a picture that differs from number to number.</summary>
    public static byte[] Picture(int number) => ImageCodec.Encode(TinyVisionModel.Picture(number).Load(), ImageFormat.Png);

    /// <summary>A prompt of one question about some pictures.</summary>
    public static Prompt Ask(ChatEngine engine, string question, params int[] pictures) => engine.Read(
        [new Turn("user", string.Concat(Enumerable.Repeat(ConversationRenderer.ImageMarker, pictures.Length)) + question)], [.. pictures.Select(Picture)], ImageLimits.Default);

    /// <summary>Asks and waits for the whole answer.</summary>
    public static async Task<string> Answer(ChatEngine engine, Prompt prompt, GenerationOptions options)
    {
        var job = engine.Submit(prompt, options, 1, 0, CancellationToken.None) ?? throw new InvalidOperationException("the queue is full");
        var text = new System.Text.StringBuilder();
        await foreach (var piece in job.Pieces.ReadAllAsync())
        {
            text.Append(piece.Token.Text);
        }

        return text.ToString();
    }

    /// <summary>What the same model answers by the way of the command line.</summary>
    public static string Serial(BuiltModel built, string question, GenerationOptions options, params int[] pictures) => new Answerer(built).AnswerAll(
        [new Sample("asked", [.. pictures.Select(k => ImageSource.FromBytes(Picture(k), "png"))], [new Turn("user", string.Concat(Enumerable.Repeat(ConversationRenderer.ImageMarker, pictures.Length)) + question)])], options)[0];
}
