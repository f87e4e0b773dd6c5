using System.Text.Json;
using Collimate.Recipes;
using Collimate.Recipes.Schema;
using Collimate.Tests.Tokenization;
using Collimate.Training;

namespace Collimate.Tests.Training;

/// <summary>Whole runs of a tiny recipe that learns preferences, and recipes that are refused.</summary>
public sealed class PreferenceRunTests : IDisposable
{
    private const string Recipe = """
        name: tiny
        model:
          connector: identity
          language: { type: fresh, hidden_size: 16, layers: 1, heads: 2, key_value_heads: 1, intermediate_size: 32, context_length: 64, vocabulary_size: 1024 }
          adapters: { language: { type: lora, rank: 3, dropout: 0.1, targets: [q_proj, v_proj, down_proj] } }
        stages:
          - name: text
            learning_rates: { language: 1e-2 }
            data: { type: scenes, content: blind, questions_per_scene: 2 }
            steps: 2
            batch_size: 4
            precision: fp32
          - name: prefer
            learning_rates: { adapters: 1e-2 }
            data: { type: preferences, path: pairs.json }
            objectives: [{ objective: { type: dpo, reference: adapters_off } }]
            steps: 5
            batch_size: 4
            pieces: 2
            precision: fp32
        """;

    private const string Copy = "learning_rates: { language: 1e-2 }\n    data: { type: preferences, path: pairs.json }\n    objectives: [{ objective: { type: dpo, reference: frozen_copy, sft_weight: 0.1 } }]";

    private readonly TemporaryFolder folder = new();

    public PreferenceRunTests() => File.WriteAllText(folder["pairs.json"], JsonSerializer.Serialize(Enumerable.Range(0, 9).Select(k =>
        new { id = $"{k}", prompt = $"is there a dog {k}?", chosen = k % 2 == 0 ? "yes" : "no", rejected = k % 2 == 0 ? "no" : "yes it is" })));

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Train_InterruptedAgainAndAgainOrWithMoreThreads_EndsWithTheSameWeights(bool copy)
    {
        var recipe = copy ? WithCopy() : Recipe;
        var losses = new Recorder();
        using (var whole = Open("whole", recipe))
        {
            Assert.Null(whole.Train(losses));
        }

        using (var threads = Open("threads", recipe, workers: 2))
        {
            Assert.Null(threads.Train(null));
        }

        string? stopped;
        var (runs, again) = (0, new Recorder());
        do
        {
            using var cancel = new CancellationTokenSource();
            var seen = 0;
            using var run = Open("parts", recipe, resume: runs > 0);
            stopped = run.Train(new Recorder(step => { again.OnStep(step); if (++seen == 1 + (runs % 2)) { cancel.Cancel(); } }), cancellation: cancel.Token);
            runs++;
        }
        while (stopped is not null && runs < 30);

        Assert.True(runs >= 4, $"{runs}");
        Assert.Equal(Math.Log(2), losses.Steps[2].Measures["dpo/loss"], 1e-6); // the stage begins where policy and reference are one
        Assert.NotEqual(Math.Log(2), losses.Steps[^1].Measures["dpo/loss"], 1e-4);
        Assert.Equal(losses.Steps.Select(step => step.Loss), again.Steps.Select(step => step.Loss));
        Assert.Equal(Weights("whole"), Weights("parts"));
        Assert.Equal(Weights("whole"), Weights("threads"));
    }

    [Fact]
    public void Train_StoppedBeforeTheFirstStep_CanGoOn()
    {
        using (var cancel = new CancellationTokenSource())
        using (var run = Open("parts", WithCopy()))
        {
            cancel.Cancel();
            Assert.NotNull(run.Train(null, cancellation: cancel.Token));
        }

        // Again where the stage of preferences would begin: the reference is kept as it is then.
        using (var cancel = new CancellationTokenSource())
        using (var run = Open("parts", WithCopy(), resume: true))
        {
            Assert.NotNull(run.Train(null, afterStage: _ => cancel.Cancel(), cancel.Token));
        }

        using (var again = Open("parts", WithCopy(), resume: true))
        using (var whole = Open("whole", WithCopy()))
        {
            Assert.Null(again.Train(null));
            Assert.Null(whole.Train(null));
        }

        Assert.Equal(Weights("whole"), Weights("parts"));
    }

    [Fact]
    public void Train_ValidatedOnPairs_IsJudgedByTheChosenAnswers()
    {
        using var run = Open("judged", Recipe + "\n    validation: { data: { type: preferences, path: pairs.json }, samples: 4, every: 5 }\n");
        Assert.Null(run.Train(null));
    }

    [Theory]
    [InlineData("reference: adapters_off", "reference: adapters_off, beta: 0", "beta")]
    [InlineData("reference: adapters_off", "reference: adapters_off, beta: -1", "beta")]
    [InlineData("reference: adapters_off", "beta: 0.1", "reference")]
    [InlineData("reference: adapters_off", "reference: adapters_off, variant: ipo, label_smoothing: 0.1", "has nothing to smooth")]
    [InlineData("reference: adapters_off", "reference: adapters_off, label_smoothing: 0.6", "label_smoothing")]
    [InlineData("  adapters: { language: { type: lora, rank: 3, dropout: 0.1, targets: [q_proj, v_proj, down_proj] } }\n", "", "it has none")]
    [InlineData("{ adapters: 1e-2 }", "{ adapters: 1e-2, connector: 1e-3 }", "trains 'connector' too")]
    [InlineData("{ language: 1e-2 }", "{ adapters: 1e-2 }", "stage 'text' has trained them already")]
    [InlineData("pieces: 2", "packing: true", "cannot pack several samples into one")]
    [InlineData("objectives: [", "objectives: [{ objective: language }, ", "sft_weight: 1")]
    [InlineData("{ type: preferences, path: pairs.json }", "{ type: scenes, content: blind }", "these data have one")]
    [InlineData("pieces: 2", "noise: { share: 0.2 }", "two prompts")]
    public void Open_WhatDoesNotGoTogether_IsRefusedBeforeAnythingIsTrained(string from, string to, string expected)
    {
        Assert.Contains(from, Recipe, StringComparison.Ordinal);
        var failure = Assert.Throws<RecipeException>(() => Open("refused", Recipe.Replace(from, to, StringComparison.Ordinal)).Dispose());
        Assert.Contains(expected, failure.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("dpo.yaml")]
    [InlineData("scenes/dpo.yaml")]
    [InlineData("scenes/dpo-chosen.yaml")]
    public void Recipes_OfPreferences_CanBeRead(string name)
    {
        var recipe = RecipeDocument.Load(Path.Combine(Recipes.PublishedRecipesTests.RecipesFolder(), name)).Bind<Recipe>();
        PackingChecks.Check(recipe);
        PreferenceChecks.Check(recipe);
        Assert.Equal(!name.Contains("chosen", StringComparison.Ordinal), PreferenceChecks.HasPreferences(recipe.Stages[^1]));
        Assert.True(recipe.Stages[^1].Trains("language"));
    }

    private static string WithCopy()
    {
        const string Own = "learning_rates: { adapters: 1e-2 }\n    data: { type: preferences, path: pairs.json }\n    objectives: [{ objective: { type: dpo, reference: adapters_off } }]";
        Assert.Contains(Own, Recipe, StringComparison.Ordinal);
        return Recipe.Replace(Own, Copy, StringComparison.Ordinal);
    }

    private RecipeRun Open(string name, string recipe, bool resume = false, int workers = 1) => new(
        RecipeDocument.Parse(recipe), folder.Path, new RunOptions { Folder = folder[name], Workers = workers, SaveEvery = 1, Resume = resume });

    private (string, string)[] Weights(string name) =>
        [.. Directory.GetFiles(Path.Combine(folder[name], "model"), "*.safetensors", SearchOption.AllDirectories).Order(StringComparer.Ordinal)
            .Select(file => (Path.GetFileName(file), Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(File.ReadAllBytes(file)))))];
}
