using Collimate.Data.Scenes;
using Collimate.Evaluation;
using Collimate.Recipes;
using Collimate.Recipes.Schema;
using Collimate.Tests.Data.Scenes;
using Collimate.Torch;

namespace Collimate.Tests.Evaluation;

public sealed class HallucinationTests
{
    private const string Recipe = """
        name: tiny
        model:
          connector: identity
          language: { type: fresh, hidden_size: 16, layers: 1, heads: 2, key_value_heads: 1, intermediate_size: 32, context_length: 256, vocabulary_size: 1024 }
        stages: [{ name: text, learning_rates: { language: 1e-2 }, data: { type: scenes, content: blind } }]
        """;

    [Theory]
    [InlineData("yes", 1.0)]
    [InlineData("no", 0.0)]
    public void Run_ModelThatAlwaysSaysTheSame_HallucinatesAlwaysOrNever(string answer, double expected)
    {
        using var built = ModelBuilder.Build(RecipeDocument.Parse(Recipe).Bind<Recipe>().Model, "", 1);
        Teach(built, answer);

        var scores = SceneEvaluation.Run(built, SceneSplit.Validation, 12, Shown.Nothing, seed: 4);

        var absent = 0;
        foreach (var scene in GymWorld.Scenes(SceneSplit.Validation, 12, seed: 4))
        {
            var random = new SceneRandom(4, "evaluation", scene.Index);
            absent += SceneQuestions.Ask(scene, 8, ref random).Count(question => question is { Kind: QuestionKind.Existence, Answer: "no" });
        }

        Assert.True(absent > 0);
        Assert.Equal(absent, scores.Absent.Asked);
        Assert.Equal(expected, scores.Hallucination);
    }

    // One word after every question, and the end after the word: layers that add nothing, and embeddings by hand, which are the head too.
    private static void Teach(BuiltModel built, string answer)
    {
        using var scope = new TensorScope();
        using var off = GradMode.Disable();
        var language = built.Model.Language;
        foreach (var (name, value) in language.NamedParameters())
        {
            if (!name.Contains("norm", StringComparison.Ordinal))
            {
                value.CopyFrom_(value * 0);
            }
        }

        var (vocabulary, hidden) = ((int)language.EmbeddingWeight.Size(0), (int)language.EmbeddingWeight.Size(1));
        var word = Assert.Single(built.Tokenizer.Encode(" " + answer));
        var values = new float[vocabulary * hidden];
        for (var token = 0; token < vocabulary; token++)
        {
            var (first, second) = token == word ? (2, 1) : token == built.Tokenizer.EosId ? (0, 6) : (1, 0);
            (values[token * hidden], values[(token * hidden) + 1]) = (first, second);
        }

        language.EmbeddingWeight.CopyFrom_(Tensor.From(values, [vocabulary, hidden]));
    }
}
