using Collimate.Adapters;
using Collimate.Recipes;
using Collimate.Recipes.Schema;
using Collimate.Tests.Training;
using Collimate.Torch;
using Collimate.Torch.Serialization;
using Collimate.Training;

namespace Collimate.Tests.Adapters;

/// <summary>Whole runs of a tiny recipe with adapters: what learns, what does not, interruption, threads, the finished folder.</summary>
public sealed class AdapterTrainingTests : IDisposable
{
    private const string Recipe = """
        name: tiny
        model:
          connector: identity
          language: { type: fresh, hidden_size: 16, layers: 2, heads: 2, key_value_heads: 1, intermediate_size: 32, context_length: 64, vocabulary_size: 1024 }
          adapters:
            language: { type: KIND, rank: 3, dropout: 0.1, targets: [q_proj, v_proj, down_proj] }
            late: { type: dora, rank: 2, targets: "language_model.*o_proj" }
        stages:
          - name: base
            learning_rates: { language: 1e-2 }
            data: { type: scenes, content: blind, questions_per_scene: 2 }
            steps: 2
            batch_size: 4
            precision: fp32
          - name: adapt
            learning_rates: { adapters.language: 1e-2 }
            data: { type: scenes, content: blind, questions_per_scene: 2, seed: 9 }
            steps: 4
            batch_size: 6
            pieces: 3
            precision: PRECISION
            recompute: true
            weight_decay: 0.01
        """;

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("lora", "fp32")]
    [InlineData("dora", "bf16")]
    public void Train_InterruptedOrWithMoreThreads_EndsWithTheSameAdapters(string kind, string precision)
    {
        var whole = Train("whole", kind, precision, workers: 1);
        var threads = Train("threads", kind, precision, workers: 2);
        string? stopped;
        var runs = 0;
        do
        {
            using var cancel = new CancellationTokenSource();
            var seen = 0;
            using var run = Open("parts", kind, precision, workers: 1, resume: runs > 0);
            stopped = run.Train(new Recorder(_ => { if (++seen == 1 + (runs % 2)) { cancel.Cancel(); } }), cancellation: cancel.Token);
            runs++;
        }
        while (stopped is not null && runs < 30);

        Assert.True(runs >= 4, $"{runs}");
        Assert.Equal(whole, threads);
        Assert.Equal(whole, Files("parts"));
    }

    [Theory]
    [InlineData("lora")]
    [InlineData("dora")]
    public void Train_Adapters_ChangesNothingElse(string kind)
    {
        using var scope = new TensorScope();
        using var run = Open("run", kind, "fp32", workers: 1);
        Dictionary<string, float[]>? before = null;
        var set = AdapterSet.Find(run.Built.Model)!;
        Assert.Null(run.Train(new Recorder(), afterStage: stage =>
        {
            if (stage.Name == "base")
            {
                before = Values(run.Built.Model);
                Assert.Empty(set.Active); // what has never learnt does not stand in the way of the weights that do
            }
        }));
        var after = Values(run.Built.Model);
        foreach (var (name, value) in before!)
        {
            // The lengths of an adapter that waits follow the weights; nothing else of it moves.
            var learns = name.Contains("adapters.language.", StringComparison.Ordinal);
            Assert.True(learns != value.AsSpan().SequenceEqual(after[name]) || name.Contains("late", StringComparison.Ordinal), name);
        }

        Assert.Equal(["language"], set.Active);
        Assert.All(before.Keys.Where(name => name.Contains("late", StringComparison.Ordinal) && name.EndsWith("lora_B", StringComparison.Ordinal)), name => Assert.All(after[name], value => Assert.Equal(0, value)));
    }

    [Fact]
    public void Load_FinishedModel_AnswersAsTheTrainedOneDid()
    {
        using var scope = new TensorScope();
        using var run = Open("run", "dora", "fp32", workers: 1);
        Assert.Null(run.Train(null));
        using var _ = GradMode.Disable();
        run.Built.Model.SetTraining(false);
        using var loaded = ModelFolder.Load(Path.Combine(folder.Path, "run"));
        TinyLinears.AssertSame(Logits(run.Built), Logits(loaded), "logits");
        using (AdapterSet.Of(loaded.Model).Disabled())
        {
            Assert.True(Models.Near.Distance(Logits(run.Built), Logits(loaded)) > 1e-4);
        }

        var peft = Path.Combine(folder.Path, "run", "model", "adapters", "language");
        using var plain = ModelBuilder.Build(run.Recipe.Model with { Adapters = null }, folder.Path, run.Recipe.Seed);
        using var reader = SafetensorsReader.Open(Path.Combine(folder.Path, "run", "model", "model.safetensors"));
        plain.Model.LoadStateDict(reader.ReadAll());
        PeftFolder.Load(plain.Model, peft);
        TinyLinears.AssertSame(Logits(loaded), Logits(plain), "read from PEFT's files");
    }

    [Theory]
    [InlineData("adapters.language: 1e-2", "adapters.nobody: 1e-2", "the adapters are language, late")]
    [InlineData("adapters.language: 1e-2", "adapters: 1e-2, adapters.late: 1e-2", "a second time")]
    [InlineData("targets: [q_proj, v_proj, down_proj]", "targets: [q_proj, qv_proj]", "named 'qv_proj'")]
    [InlineData("targets: [q_proj, v_proj, down_proj]", "targets: [lm_head]", "no linear layer")]
    [InlineData("rank: 3", "rank: 0", "at least 1")]
    [InlineData("type: KIND", "type: loha", "unknown adapter 'loha'")]
    public void Train_RecipeThatDoesNotFit_SaysSo(string line, string other, string expected)
    {
        var error = Assert.Throws<RecipeException>(() =>
        {
            using var run = Open("bad", "lora", "fp32", 1, recipe: Recipe.Replace(line, other, StringComparison.Ordinal));
            run.Train(null);
        });
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
    }

    private Dictionary<string, string> Train(string name, string kind, string precision, int workers)
    {
        using var run = Open(name, kind, precision, workers);
        Assert.Null(run.Train(null));
        return Files(name);
    }

    private Dictionary<string, string> Files(string name)
    {
        var model = Path.Combine(folder.Path, name, "model");
        return Directory.GetFiles(model, "*.safetensors", SearchOption.AllDirectories).ToDictionary(
            file => Path.GetRelativePath(model, file), file => Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(File.ReadAllBytes(file))));
    }

    private RecipeRun Open(string name, string kind, string precision, int workers, bool resume = false, string recipe = Recipe) => new(
        RecipeDocument.Parse(recipe.Replace("KIND", kind, StringComparison.Ordinal).Replace("PRECISION", precision, StringComparison.Ordinal)), folder.Path,
        new RunOptions { Folder = Path.Combine(folder.Path, name), Workers = workers, SaveEvery = 1, Resume = resume });

    private static Dictionary<string, float[]> Values(Module model) =>
        model.NamedParameters().ToDictionary(parameter => parameter.Name, parameter => Models.Near.Floats(parameter.Value));

    private static Tensor Logits(BuiltModel built)
    {
        var language = built.Model.Language;
        var ids = Tensor.From([.. Enumerable.Range(0, 6).Select(id => (long)id)], [1, 6]);
        return language.Logits(language.Run(new Collimate.Models.Language.LanguageInput(language.Embed(ids), ids, Collimate.Models.Attention.AttentionSpec.Causal(1, 6))));
    }
}
