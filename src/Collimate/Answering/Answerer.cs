using Collimate.Alignment;
using Collimate.Data.Conversations;
using Collimate.Generation;
using Collimate.Recipes.Schema;
using Collimate.Torch;
using Collimate.Training.Programs;

namespace Collimate.Answering;

/// <summary>Answers questions about pictures with a trained model: rendering, composing and decoding exactly as in training.</summary>
public sealed class Answerer
{
    private readonly BuiltModel built;
    private readonly ConversationBatcher batcher;
    private readonly TextGenerator generator;

    /// <param name="built">The model; stays the caller's.</param>
    public Answerer(BuiltModel built)
    {
        this.built = built;
        var model = built.Model;
        model.SetTraining(false);
        batcher = new ConversationBatcher(
            built.Tokenizer, built.Template, built.Processor, model.Language.Config.MaxPositions,
            model.TokensPerImage, Packed: false);
        generator = new TextGenerator(ids => built.Tokenizer.Decode(ids));
    }

    /// <summary>The most tokens of a conversation, visual ones and the answer included.</summary>
    public int ContextLength => batcher.ContextLength;

    /// <summary>Answers one question about one picture (or none).</summary>
    /// <param name="picture">The picture, or null.</param>
    /// <param name="question">The question.</param>
    /// <param name="options">How tokens are chosen; the end of an answer is added to the stop tokens.</param>
    /// <param name="onText">Is handed the answer's text piece by piece.</param>
    /// <param name="cancellation">Stops the answer.</param>
    /// <exception cref="Data.DataException">The question does not fit the model's context.</exception>
    public string Answer(ImageSource? picture, string question, GenerationOptions? options = null, Action<string>? onText = null, CancellationToken cancellation = default)
    {
        var text = picture is null ? question : ConversationRenderer.ImageMarker + question;
        return AnswerAll([new Sample("the question", picture is null ? [] : [picture], [new Turn("user", text)])], options, onText, cancellation)[0];
    }

    /// <summary>Answers the last turn of several conversations at once.</summary>
    /// <param name="samples">Conversations that end with the user.</param>
    /// <param name="options">How tokens are chosen.</param>
    /// <param name="onText">Is handed text piece by piece, of whichever conversation.</param>
    /// <param name="cancellation">Stops the answers.</param>
    public IReadOnlyList<string> AnswerAll(
        IReadOnlyList<Sample> samples, GenerationOptions? options = null, Action<string>? onText = null, CancellationToken cancellation = default) =>
        [.. Generate(samples, options, onText, cancellation).Select(r => r.Text.Trim())];

    /// <summary>The same with what generation says of each answer.</summary>
    internal IReadOnlyList<GeneratedSequence> Generate(
        IReadOnlyList<Sample> samples, GenerationOptions? options, Action<string>? onText, CancellationToken cancellation)
    {
        using var off = GradMode.Disable();
        using var scope = new TensorScope();
        options = EndOfAnswer.AddTo(options ?? new GenerationOptions { MaxNewTokens = 64 }, built);
        var layouts = samples.Select(s => batcher.Render(s, forGeneration: true)).ToArray();
        using var session = new VisionLanguageSession(built.Model, batcher.Piece(samples, layouts, 0, samples.Count).ToBatch(built.Model.Device));
        return generator.Generate(session, [.. layouts.Select(layout => (IReadOnlyList<int>)layout.TokenIds)], options, token => onText?.Invoke(token.Text), cancellation);
    }
}
