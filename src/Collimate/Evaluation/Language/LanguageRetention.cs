using Collimate.Data;
using Collimate.Data.Conversations;
using Collimate.Evaluation.MultipleChoice;
using Collimate.Recipes;
using Collimate.Recipes.Schema;
using Collimate.Torch;
using Collimate.Training;
using Collimate.Training.Programs;

namespace Collimate.Evaluation.Language;

/// <summary>
/// Measures how a model speaks without pictures: SEA's authors claim that good alignment protects the language model. Everything is read when this is made, so that what is
/// missing is told before a model is trained.
/// </summary>
public sealed class LanguageRetention
{
    private const string SceneText = "{ type: scenes, content: text, split: validation, seed: 2026, questions_per_scene: 8, caption_share: 1, map_share: 0.5, map_side: 8 }";

    private readonly RetentionRecipe recipe;
    private readonly IReadOnlyList<string> texts;
    private readonly IReadOnlyList<Sample> samples;
    private readonly IReadOnlyList<MultipleChoiceSubject> subjects;

    /// <param name="recipe">What is measured.</param>
    /// <param name="folder">Where its relative paths start from.</param>
    /// <exception cref="DataException">A file is missing or damaged.</exception>
    /// <exception cref="RecipeException">The conversations have pictures.</exception>
    public LanguageRetention(RetentionRecipe recipe, string folder)
    {
        this.recipe = recipe;
        texts = [.. (recipe.Texts ?? []).Select(path => Text(Path.GetFullPath(path, folder)))];
        subjects = recipe.Mmlu is { } mmlu ? MmluFiles.Load(Path.GetFullPath(mmlu, folder)) : [];
        using var generator = new Generator(0);
        samples = recipe.Data is { } data ? Seams.Data.Create(data, new SeamContext(folder, generator, 0, 0)).Draw(0, recipe.Samples) : [];
        if (samples.FirstOrDefault(sample => sample.Images.Count > 0) is { } shown)
        {
            throw recipe.Data!.Error($"'{shown.Id}' has a picture, and retention is to tell of language alone; name conversations without pictures.");
        }
    }

    /// <summary>The gym's own: scenes of the validation split told in words, and questions about them, as its decoder was pretrained on.</summary>
    public static RecipeNode Scenes => RecipeDocument.Parse($"data: {SceneText}", nameof(Scenes)).Root.Find("data")!.Value;

    /// <summary>How many multiple-choice questions are asked.</summary>
    public int QuestionCount => subjects.Sum(subject => Math.Min(subject.Questions.Count, recipe.QuestionsPerSubject ?? int.MaxValue));

    /// <summary>Measures a model.</summary>
    /// <param name="built">The model; it is left as it was.</param>
    /// <param name="after">After which stage.</param>
    /// <param name="progress">Is told what is measured, how much of it is done, and of how much.</param>
    /// <param name="cancellation">Ends the work early.</param>
    public RetentionScore Measure(BuiltModel built, string after, Action<string, long, long>? progress = null, CancellationToken cancellation = default)
    {
        var wasTraining = built.Model.IsTraining;
        built.Model.SetTraining(false);
        try
        {
            var score = new RetentionScore(after);
            if (texts.Count > 0)
            {
                score = score.With(texts.Select((text, at) => TextPerplexity.Of(
                    built.Model, built.Tokenizer, text, recipe.Context, (done, total) => progress?.Invoke($"text {at + 1} of {texts.Count}", done, total), cancellation)).Aggregate((first, second) => first + second));
            }

            if (samples.Count > 0)
            {
                // Where a model looks by the question, every question has a row of its own.
                var packed = !built.Model.LooksByQuestion;
                var batcher = new ConversationBatcher(built.Tokenizer, built.Template, built.Processor, built.Model.Language.Config.MaxPositions, 1, packed);
                var judged = new StageValidation(batcher, packed ? samples : [.. samples.SelectMany(SeparateExchanges.Of)], null, null).Score(built.Model);
                score = score with { AnswerPerplexity = Math.Exp(judged.Loss), ExactAnswers = judged.Exact };
            }

            return subjects.Count == 0 ? score : score.With(MultipleChoiceEvaluation.Run(
                built.Model, built.Tokenizer, subjects, recipe.Shots, recipe.QuestionsPerSubject, done => progress?.Invoke("questions", done, QuestionCount), cancellation));
        }
        finally
        {
            built.Model.SetTraining(wasTraining);
        }
    }

    private static string Text(string path)
    {
        try
        {
            var text = File.ReadAllText(path, new System.Text.UTF8Encoding(false, throwOnInvalidBytes: true));
            return text.Length > 0 ? text : throw new DataException(path, "the file is empty; name a file of plain text", DataFault.Source);
        }
        catch (System.Text.DecoderFallbackException)
        {
            throw new DataException(path, "there are bytes that are not UTF-8; save the file as UTF-8", DataFault.Source);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new DataException($"{path}: the text cannot be read: {failure.Message}", failure);
        }
    }
}
