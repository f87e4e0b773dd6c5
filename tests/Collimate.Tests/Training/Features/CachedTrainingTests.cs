using Collimate.Recipes;
using Collimate.Training;

namespace Collimate.Tests.Training.Features;

/// <summary>Training on kept features comes to the same bits as training on pictures, and is refused where it would not.</summary>
public sealed class CachedTrainingTests : IDisposable
{
    private const string Recipe = """
        name: kept
        model:
          vision: { type: encoder, path: models/encoder, layer: -1 }
          connector: { type: mlp }
          language: { type: fresh, hidden_size: 32, layers: 1, heads: 2, key_value_heads: 1, intermediate_size: 64, context_length: 160, vocabulary_size: 1024 }
        stages:
          - name: only
            learning_rates: { connector: 1e-2 }
            data: { type: scenes, content: captions }
            steps: 3
            batch_size: 6
            pieces: 3
            precision: PRECISION
        """;

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("fp32")]
    [InlineData("bf16")]
    public void Train_FeaturesKept_EndsWithTheSameWeights(string precision)
    {
        var recipe = Recipe.Replace("PRECISION", precision, StringComparison.Ordinal);
        var cached = recipe + $"\n    feature_cache: {folder["kept"]}";
        var plain = Train("plain", recipe);

        Assert.Equal(plain, Train("filling", cached));
        var shard = Assert.Single(Directory.GetFiles(folder["kept"], "*", SearchOption.AllDirectories));
        Assert.Equal(plain, Train("full", cached));
        Assert.Equal([shard], Directory.GetFiles(folder["kept"], "*", SearchOption.AllDirectories)); // nothing was new

        // Other pictures side by side, and another number of them: nothing is new.
        static string Regrouped(string text) => text.Replace("batch_size: 6", "batch_size: 4", StringComparison.Ordinal).Replace("pieces: 3", "pieces: 2", StringComparison.Ordinal);
        Assert.Equal(Train("regrouped", Regrouped(recipe)), Train("regroupedkept", Regrouped(cached)));
        Assert.Equal([shard], Directory.GetFiles(folder["kept"], "*", SearchOption.AllDirectories));

        static string Together(string text) => text.Replace("pieces: 3", "pieces: 1", StringComparison.Ordinal);
        Assert.Equal(Train("together", Together(recipe)), Train("togetherkept", Together(cached)));
        Assert.All(Directory.GetFiles(folder["kept"], "*", SearchOption.AllDirectories).Where(path => path != shard), path => Assert.Equal("bf16", precision)); // this machine's narrow products may differ
    }

    [Fact]
    public void Train_DamagedFeatures_AreComputedAgainWithANote()
    {
        var recipe = Recipe.Replace("PRECISION", "fp32", StringComparison.Ordinal) + "\n    feature_cache: true";
        var plain = Train("run", recipe);
        var shard = Assert.Single(Directory.GetFiles(Path.Combine(folder["run"], "cache"), "*", SearchOption.AllDirectories));
        var bytes = File.ReadAllBytes(shard);
        bytes[^1] ^= 0x40;
        File.WriteAllBytes(shard, bytes);

        var notes = new Notes();
        Assert.Equal(plain, Train("run", recipe, notes));
        Assert.Contains("their hash differs", Assert.Single(notes.Said), StringComparison.Ordinal);
        Assert.Equal(2, Directory.GetFiles(Path.Combine(folder["run"], "cache"), "*", SearchOption.AllDirectories).Length);
    }

    [Theory]
    [InlineData("{ vision: 1e-4, connector: 1e-2 }", "feature_cache: true", "the stage trains the vision tower")]
    [InlineData("{ connector: 1e-2 }", "feature_cache: [a]", "expected true, a folder, or a map")]
    [InlineData("{ connector: 1e-2 }", "feature_cache: { path: a, limit: much }", "expected an amount such as 32GiB, found 'much'")]
    [InlineData("{ connector: 1e-2 }", "feature_cache: { folder: a }", "unknown key 'folder'")]
    public void Open_StageThatCannotKeepFeatures_SaysWhyAndWhere(string rates, string line, string expected)
    {
        var recipe = Recipe.Replace("PRECISION", "fp32", StringComparison.Ordinal).Replace("{ connector: 1e-2 }", rates, StringComparison.Ordinal) + "\n    " + line;
        var failure = Assert.Throws<RecipeException>(() => Open("refused", recipe).Dispose());
        Assert.Contains(expected, failure.Message, StringComparison.Ordinal);
        Assert.Contains("recipe.yaml", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Open_AdapterOnTheTower_IsRefused()
    {
        var recipe = Recipe.Replace("PRECISION", "fp32", StringComparison.Ordinal).Replace("stages:", "  adapters: { vision: { type: lora, rank: 2 } }\nstages:", StringComparison.Ordinal) + "\n    feature_cache: true";
        Assert.Contains("the adapter 'vision' is on the vision tower", Assert.Throws<RecipeException>(() => Open("adapted", recipe).Dispose()).Message, StringComparison.Ordinal);
    }

    private byte[] Train(string name, string recipe, ITrainingObserver? observer = null)
    {
        using var run = Open(name, recipe);
        Assert.Null(run.Train(observer));
        return File.ReadAllBytes(Path.Combine(folder[name], "model", "model.safetensors"));
    }

    private RecipeRun Open(string name, string recipe) => new(RecipeDocument.Parse(recipe), Repository(), new RunOptions { Folder = folder[name], Workers = 1 });

    private static string Repository()
    {
        var folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "Collimate.slnx")))
        {
            folder = Path.GetDirectoryName(folder)!;
        }

        return folder;
    }

    private sealed class Notes : ITrainingObserver
    {
        public List<string> Said { get; } = [];

        public void OnStep(StepReport report)
        {
        }

        public void OnSkippedStep(long step, double gradientNorm)
        {
        }

        public void OnNote(string note) => Said.Add(note);
    }
}
