using Collimate.Evaluation.Language;
using Collimate.Recipes;
using Collimate.Recipes.Schema;

namespace Collimate.Tests.Evaluation.Language;

/// <summary>Conversations in words are asked of models of every kind, also of those that could not look at several packed questions.</summary>
public sealed class LanguageRetentionTests
{
    [Theory]
    [InlineData("concat")]
    [InlineData("{ type: token_mixer, threshold: 0.1 }")]
    [InlineData("{ type: gps, layers: 1, hidden: 32 }")]
    public void Measure_ModelsThatOrderByTheQuestion_SpeakAsTheirDecoderDoes(string composition)
    {
        var plain = Score("concat");

        var score = Score(composition);

        Assert.Equal(plain.AnswerPerplexity!.Value, score.AnswerPerplexity!.Value, 1e-3 * plain.AnswerPerplexity.Value);
        Assert.Equal(plain.ExactAnswers, score.ExactAnswers);
    }

    private static RetentionScore Score(string composition)
    {
        var recipe = RecipeDocument.Parse($$"""
            model:
              connector: identity
              language: { type: fresh, hidden_size: 32, layers: 1, heads: 2, key_value_heads: 1, intermediate_size: 32, context_length: 512, vocabulary_size: 1024 }
              composition: {{composition}}
            """);
        using var built = ModelBuilder.Build(RecipeBinder.Bind<ModelRecipe>(recipe.Root.Find("model")!.Value), ".", 1);
        return new LanguageRetention(new RetentionRecipe { Data = LanguageRetention.Scenes, Samples = 3 }, ".").Measure(built, "now");
    }
}
