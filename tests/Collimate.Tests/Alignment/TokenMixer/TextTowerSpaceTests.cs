using Collimate.Alignment;
using Collimate.Data;
using Collimate.Data.Scenes;
using Collimate.Inspection.Orders;
using Collimate.Recipes;
using Collimate.Recipes.Schema;
using Collimate.Tests.Recipes;
using Collimate.Torch;
using Collimate.Training.Programs;

namespace Collimate.Tests.Alignment.TokenMixer;

/// <summary>TokenMixer in the joint space of the gym's dual encoder, whose patches mean words before anything is trained.</summary>
public sealed class TextTowerSpaceTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Arrange_GymsEncoder_BringsPatchesBesideTheWordsTheyShow()
    {
        using var built = Build("0.25");
        var (near, all) = (0, 0);
        foreach (var number in Enumerable.Range(0, 24))
        {
            var scene = SceneSampleSource.World.Draw(SceneSplit.Validation, 9, number);
            var name = scene.NameOf(scene.Objects[0]);
            var sample = SceneSamples.WithPicture(scene, [($"what is left of the {name}?", "cat")]);
            var view = TokenOrderView.Of(built, sample);
            Assert.True(view.IsPermutation);
            foreach (var (at, run) in view.Runs.Index().Where(entry => entry.Item is { Image: 0, HasMoved: true }))
            {
                all++;
                near += view.Runs[at + 1].Text.StartsWith(" " + name, StringComparison.Ordinal) ? 1 : 0;
            }
        }

        // A patch that moves has gone to the only word of the question that a picture can show.
        Assert.True(near > 10 && near * 10 >= all * 7, $"{near} of {all} moved stretches stand before the word they show");
    }

    [Fact]
    public void ModelFolder_SavedAndLoaded_OrdersAlike()
    {
        using var built = Build("0.2");
        var document = Document("0.2");
        ModelFolder.Save(folder["model"], built, document);
        using var loaded = ModelFolder.Load(folder["model"]);
        var sample = new SceneSampleSource(new() { Split = SceneSplit.Validation, QuestionsPerScene = 1 }).Draw(0, 1)[0];

        var (before, after) = (TokenOrderView.Of(built, sample), TokenOrderView.Of(loaded, sample));

        Assert.Equal(before.Weights, after.Weights);
        Assert.Equal(before.Measures, after.Measures);
    }

    [Fact]
    public void Arrange_ConnectorThatKeepsOtherTokens_IsRefused()
    {
        using var built = Build("0.2");
        using var scope = new TensorScope();
        using var batch = new Batch([new ConversationBatcher(built.Tokenizer, built.Template, built.Processor, 512, 64, false)
            .Render(new SceneSampleSource(new() { QuestionsPerScene = 1 }).Draw(0, 1)[0])], Tensor.Zeros([1, 3, 96, 96]));

        var failure = Assert.Throws<DataException>(() => built.Model.Composition.Arrange(Tensor.Ones([1, 9, 4]), Tensor.Ones([1, batch.Layouts[0].Count, 4]), batch, PassContext.Answering));

        Assert.Contains("64 patches", failure.Message, StringComparison.Ordinal);
        Assert.Contains("9 image tokens", failure.Message, StringComparison.Ordinal);
    }

    private static BuiltModel Build(string threshold) => ModelBuilder.Build(Document(threshold).Bind<Recipe>().Model, PublishedRecipesTests.RecipesFolder(), 1);

    private static RecipeDocument Document(string threshold) => RecipeDocument.Parse($$"""
        name: tower
        model:
          vision: { type: encoder, path: ../models/encoder, layer: -1 }
          language: { type: checkpoint, path: ../models/decoder }
          composition: { type: token_mixer, threshold: {{threshold}}, space: { type: text_tower, path: ../models/encoder } }
        stages:
          - { name: one, learning_rates: { connector: 1e-3 }, data: { type: scenes }, packed: false }
        """, "recipe.yaml");
}
