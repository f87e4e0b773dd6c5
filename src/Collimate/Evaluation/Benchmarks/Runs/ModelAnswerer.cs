using Collimate.Answering;
using Collimate.Evaluation.Language;
using Collimate.Evaluation.MultipleChoice;
using Collimate.Generation;
using Collimate.Recipes.Schema;

namespace Collimate.Evaluation.Benchmarks.Runs;

/// <summary>A model answers. Where a question asks for a letter by its likelihood, the likeliest is the answer; one that does not fit into the context has none.</summary>
/// <param name="built">The model; stays the caller's.</param>
public sealed class ModelAnswerer(BuiltModel built) : IBenchmarkAnswerer
{
    private readonly Answerer answerer = new(built);

    /// <inheritdoc/>
    public IReadOnlyList<string> Answer(IReadOnlyList<AskedItem> batch, int maxNewTokens, CancellationToken cancellation) => batch.All(asked => asked.Item.Letters is null)
        ? answerer.AnswerAll([.. batch.Select(asked => asked.Conversation)], new GenerationOptions { MaxNewTokens = maxNewTokens }, null, cancellation)
        : Letters([.. batch.Select(asked => asked.Item.Letters!)], cancellation);

    private string[] Letters(LetterQuestion[] questions, CancellationToken cancellation)
    {
        var choices = questions.Select(asked => MultipleChoicePrompt.Tokens(built.Tokenizer, asked.Subject, asked.Shots, asked.Question, built.Model.Language.Config.MaxPositions)).ToArray();
        var likeliest = new Queue<int>(Continuations.Likeliest(built.Model, [.. choices.OfType<Continuation[]>()], null, cancellation));
        return Array.ConvertAll(choices, one => one is null ? "" : $"{MultipleChoiceQuestion.Letter(likeliest.Dequeue())}");
    }
}
