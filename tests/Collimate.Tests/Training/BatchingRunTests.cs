using System.Text.Json;
using Collimate.Recipes;
using Collimate.Tests.Tokenization;
using Collimate.Training;

namespace Collimate.Tests.Training;

/// <summary>Whole runs whose samples are packed into rows and grouped by length.</summary>
public sealed class BatchingRunTests : IDisposable
{
    private const string Recipe = """
        name: batches
        model:
          connector: identity
          language: { type: fresh, hidden_size: 16, layers: 1, heads: 2, key_value_heads: 1, intermediate_size: 32, context_length: 128, vocabulary_size: 1024 }
        stages:
          - name: text
            learning_rates: { language: 1e-2 }
            data: DATA
            noise: { share: 0.1, kind: mask }
            steps: 9
            batch_size: 6
            pieces: 3
            precision: fp32
            OPTIONS
        """;

    private const string Endless = "{ type: scenes, content: text, questions_per_scene: 3 }";

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("packing: true", false)]
    [InlineData("packing: 200, group_by_length: 2", true)]
    [InlineData("group_by_length: true", true)]
    public void Train_InterruptedAgainAndAgain_EndsWithTheSameWeights(string options, bool passes)
    {
        var whole = Train("whole", options, passes, workers: 1);
        Assert.Equal(whole, Train("threads", options, passes, workers: 2));
        string? stopped;
        var runs = 0;
        do
        {
            using var cancel = new CancellationTokenSource();
            var (seen, limit) = (0, 1 + (runs % 3));
            using var run = Open("parts", options, passes, 1, resume: runs > 0);
            stopped = run.Train(new Recorder(_ => { if (++seen == limit) { cancel.Cancel(); } }), cancellation: cancel.Token);
            runs++;
        }
        while (stopped is not null && runs < 30);

        Assert.True(runs >= 4, $"{runs}");
        Assert.Equal(whole, Weights("parts"));
    }

    [Fact]
    public void Train_Packed_LearnsAsApartWithLessPadding()
    {
        var (apart, packed) = (new Recorder(), new Recorder());
        Train("apart", "clip_norm: 0", false, 1, apart);
        Train("packed", "packing: 240", false, 1, packed);

        Assert.Equal(apart.Steps[0].Loss, packed.Steps[0].Loss, 1e-5);
        Assert.Equal(apart.Steps[0].GradientNorm, packed.Steps[0].GradientNorm, 1e-4);
        Assert.All(apart.Steps.Zip(packed.Steps), pair => Assert.Equal((pair.First.Samples, pair.First.Tokens), (pair.Second.Samples, pair.Second.Tokens)));
        Assert.True(packed.Steps.Sum(step => step.Measures["batch/padding"]) < apart.Steps.Sum(step => step.Measures["batch/padding"]));
    }

    [Theory]
    [InlineData("packing: 0", "expected true, false or a whole number above 0, found '0'")]
    [InlineData("packing: yes", "expected true, false or a whole number above 0, found 'yes'")]
    [InlineData("group_by_length: 2.5", "expected true, false or a whole number above 0, found '2.5'")]
    public void Bind_OptionThatIsNone_NamesItAndWhatItMayBe(string option, string expected) =>
        Assert.Contains(expected, Assert.Throws<RecipeException>(() => Open("bad", option, false, 1)).Message, StringComparison.Ordinal);

    [Fact]
    public void Refuse_PartThatTakesARowForOneSample_NamesItsLineAndTheWaysOut()
    {
        var stage = RecipeDocument.Parse(Recipe.Replace("DATA", Endless, StringComparison.Ordinal).Replace("OPTIONS", "packing: true", StringComparison.Ordinal))
            .Bind<Collimate.Recipes.Schema.Recipe>().Stages[0];
        var node = ((RecipeMap)RecipeDocument.Parse("model:\n  composition: sorted", "recipe.yaml").Root.Find("model")!.Value).Find("composition")!.Value;

        var refusal = Assert.Throws<RecipeException>(() => PackingChecks.Refuse(stage, node, "sorted", "concat", "orders the tokens of a whole row"));

        Assert.Equal(
            "recipe.yaml:2: model.composition: 'sorted' orders the tokens of a whole row, so stage 'text' cannot pack several samples into one. "
            + "Say packing: false there (group_by_length: true saves padding too), or choose 'concat' here.", refusal.Message);
        PackingChecks.Refuse(stage, node, "concat", "concat", "");
    }

    private byte[] Train(string name, string options, bool passes, int workers, Recorder? recorder = null)
    {
        using var run = Open(name, options, passes, workers);
        Assert.Null(run.Train(recorder));
        return Weights(name);
    }

    private byte[] Weights(string name) => File.ReadAllBytes(Path.Combine(folder.Path, name, "model", "model.safetensors"));

    private RecipeRun Open(string name, string options, bool passes, int workers, bool resume = false) => new(
        RecipeDocument.Parse(Recipe.Replace("DATA", passes ? FiniteData() : Endless, StringComparison.Ordinal).Replace("OPTIONS", options.Replace(", ", "\n    ", StringComparison.Ordinal), StringComparison.Ordinal)),
        folder.Path, new RunOptions { Folder = Path.Combine(folder.Path, name), Workers = workers, SaveEvery = 1, Resume = resume });

    // 17 conversations of many lengths: passes end in the middle of batches.
    private string FiniteData()
    {
        var path = Path.Combine(folder.Path, "data.json");
        var records = Enumerable.Range(0, 17).Select(k => new
        {
            id = $"{k}",
            conversations = new[] { new { from = "human", value = string.Join(' ', Enumerable.Repeat("apple", 1 + (k * k % 23))) }, new { from = "gpt", value = k % 2 == 0 ? "yes" : "no" } },
        });
        File.WriteAllText(path, JsonSerializer.Serialize(records));
        return "{ type: llava_json, path: data.json }";
    }
}
