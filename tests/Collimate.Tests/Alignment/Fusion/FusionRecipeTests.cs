using Collimate.Adapters;
using Collimate.Alignment.Fusion.CrossAttention;
using Collimate.Alignment.Fusion.InverseLlava;
using Collimate.Alignment.Towers;
using Collimate.Recipes;
using Collimate.Recipes.Schema;
using Collimate.Tests.Recipes;
using Collimate.Tests.Training;
using Collimate.Torch;
using Collimate.Training;

namespace Collimate.Tests.Alignment.Fusion;

/// <summary>Fusions as recipes name them: what is refused and why, and whole runs that are saved and read again.</summary>
public sealed class FusionRecipeTests : IDisposable
{
    private const string Recipe = """
        name: fused
        model:
          vision: { type: encoder, path: models/encoder, layer: -1 }
          connector: zeros
          language: { type: fresh, hidden_size: 32, layers: 3, heads: 2, key_value_heads: 1, intermediate_size: 64, context_length: 160, vocabulary_size: 1024 }
          fusion: { type: inverse_llava }
        stages:
          - name: only
            learning_rates: { fusion: 1e-2 }
            data: { type: scenes, content: captions }
            steps: 2
            batch_size: 4
            pieces: 2
            precision: fp32
        """;

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("fusion: { type: inverse_llava }", "fusion: { type: inverse_llava, layers: [3] }", "layers", "the decoder has layers 0 to 2, found 3")]
    [InlineData("fusion: { type: inverse_llava }", "fusion: { type: inverse_llava, layers: [-4] }", "layers", "-1 to -3")]
    [InlineData("fusion: { type: inverse_llava }", "fusion: { type: inverse_llava, layers: [2, -1] }", "layers", "named twice")]
    [InlineData("fusion: { type: inverse_llava }", "fusion: { type: inverse_llava, layers: [] }", "layers", "names no layer")]
    [InlineData("fusion: { type: inverse_llava }", "fusion: { type: inverse_llava, alpha: 0, deviation: 0 }", "alpha", "nothing would be learnt")]
    [InlineData("fusion: { type: inverse_llava }", "fusion: { type: inverse_llava, alpha: nan }", "alpha", "finite")]
    [InlineData("fusion: { type: inverse_llava }", "fusion: { type: inverse_llava, variant: authors, shared_text: false }", "shared_text", "variant paper alone")]
    [InlineData("fusion: { type: inverse_llava }", "fusion: { type: inverse_llava, width: 8 }", "width", "no meaning")]
    [InlineData("fusion: { type: inverse_llava }", "fusion: { type: inverse_llava, variant: gated, deviation: 1 }", "deviation", "variant gated")]
    [InlineData("connector: zeros", "connector: zeros\n  composition: text_only", "composition", "gives pictures no places in the sequence, and fusion 'inverse_llava'")]
    [InlineData("fusion: { type: inverse_llava }", "fusion: none", "connector", "'zeros' leaves pictures' places empty, and without a fusion")]
    [InlineData("fusion: { type: inverse_llava }", "fusion: cross_attention", "connector", "'zeros' says nothing of pictures, and fusion 'cross_attention'")]
    [InlineData("connector: zeros\n", "connector: mlp\n  composition: text_only\n", "composition", "fusion 'inverse_llava'")]
    [InlineData("vision: { type: encoder, path: models/encoder, layer: -1 }", "vision: none", "fusion", "no eyes")]
    [InlineData("learning_rates: { fusion: 1e-2 }", "learning_rates: { fusion: 1e-2, connector: 1e-3 }", "refused.yaml", "'zeros' has nothing to learn")]
    [InlineData("precision: fp32", "precision: fp32\n    objectives: [{ objective: { type: sea, labels: { type: live, encoder: models/encoder } } }]", "objective", "'sea' draws visual tokens to words, but connector 'zeros'")]
    [InlineData("layer: -1 }", "layer: -2, layers: [-1, -2] }", "layer", "cannot stand beside 'layers'")]
    [InlineData("layer: -1 }", "layers: [] }", "layers", "names no hidden state")]
    public void Open_ChoicesThatDoNotGoTogether_NamesThem(string line, string instead, string key, string why)
    {
        var error = Assert.ThrowsAny<CollimateException>(() => Open("refused", Recipe.Replace(line, instead, StringComparison.Ordinal)).Dispose());

        Assert.Contains(key, error.Message, StringComparison.Ordinal);
        Assert.Contains(why, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("connector: zeros\n", "connector: mlp\n", "fusion: { type: inverse_llava }", "fusion: none\n  composition: text_only", "nobody would see them")]
    [InlineData("connector: zeros\n", "connector: mlp\n", "fusion: { type: inverse_llava }", "fusion: { type: cross_attention, every: 4 }", "the decoder has 3 layers")]
    [InlineData("connector: zeros\n", "connector: mlp\n", "fusion: { type: inverse_llava }", "fusion: none", "gives fusion a learning rate, but the model has none")]
    public void Open_TwoLinesThatDoNotGoTogether_SaysWhy(string first, string firstInstead, string second, string secondInstead, string why)
    {
        var text = Recipe.Replace(first, firstInstead, StringComparison.Ordinal).Replace(second, secondInstead, StringComparison.Ordinal);

        var error = Assert.Throws<RecipeException>(() => Open("refused", text).Dispose());

        Assert.Contains(why, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("fusion: { type: inverse_llava, layers: [0, -1] }", "connector: zeros", "")]
    [InlineData("fusion: { type: inverse_llava, variant: authors, width: 16 }", "connector: mlp", "")]
    [InlineData("fusion: { type: cross_attention, every: 2, heads: 2, head_size: 8 }", "connector: mlp", "\n  composition: text_only")]
    public void Train_ThenLoad_HasTheSameWeightsAndAnswers(string fusion, string connector, string composition)
    {
        var text = Recipe.Replace("fusion: { type: inverse_llava }", fusion + composition, StringComparison.Ordinal).Replace("connector: zeros", connector, StringComparison.Ordinal);
        using var run = Open("run", text);
        var before = Fused(run.Built);
        var notes = new Notes();
        Assert.Null(run.Train(notes));

        using var loaded = ModelFolder.Load(run.ModelPath);

        Assert.NotEqual(before, Fused(run.Built));
        Assert.Equal(Fused(run.Built), Fused(loaded));
        Assert.Equal(fusion.Contains("[0, -1]", StringComparison.Ordinal), notes.Said.Exists(note => note.Contains("vision enters 2 layers (0, 2)", StringComparison.Ordinal)));
        var reports = notes.Steps[0].Measures.Keys.Where(name => name.StartsWith("fusion/gradient_norm/", StringComparison.Ordinal)).ToArray();
        Assert.Equal(fusion.Contains("[0, -1]", StringComparison.Ordinal) ? ["fusion/gradient_norm/00", "fusion/gradient_norm/02"] : [], reports);
        Assert.All(reports, name => Assert.InRange(notes.Steps[0].Measures[name], 1e-12, 1e6));
    }

    [Fact]
    public void Attach_AdapterThatLeavesTheFusedLayerOut_IsNotOnIt()
    {
        using var run = Open("adapted", Adapted("exclude: [language_model.model.layers.0.*]"));
        var paths = AdapterSet.Of(run.Built.Model).PathsOf("language").ToArray();

        Assert.Equal(["1", "2"], paths.Select(path => path.Split('.')[3]).Distinct().Order(StringComparer.Ordinal));
        Assert.DoesNotContain(paths, path => path.StartsWith("fusion.", StringComparison.Ordinal));

        using var numbered = Open("numbered", Adapted("targets: [q_proj, k_proj, v_proj, o_proj, gate_proj, up_proj, down_proj], layers: [1, 2]"));
        Assert.Equal(paths.Order(StringComparer.Ordinal), AdapterSet.Of(numbered.Built.Model).PathsOf("language").Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("exclude: [language_model.model.layer.0.*]", "'language_model.model.layer.0.*' is to be excluded, but no layer is named so")]
    [InlineData("exclude: language_model\\.layers\\.0\\..*", "is to be excluded, but no layer is named so")]
    [InlineData("targets: [q_proj], layers: [1, 7]", "no layer of number 7")]
    public void Attach_AdapterWhoseLimitLimitsNothing_IsRefused(string limit, string why)
    {
        var error = Assert.Throws<RecipeException>(() => Open("slip", Adapted(limit)).Dispose());

        Assert.Contains(why, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Open_TwoStatesOfTheEye_AreSideBySide()
    {
        using var one = Open("one", Recipe);
        using var two = Open("two", Recipe.Replace("layer: -1 }", "layers: [-2, -3] }", StringComparison.Ordinal));
        using var scope = new TensorScope();
        using var noGradient = GradMode.Disable();
        var pixels = Tensor.RandomNormal([1, 3, 96, 96]);

        Assert.Equal(2 * one.Built.Model.Vision.Width, two.Built.Model.Vision.Width);
        Assert.Equal([-2, -3], Assert.IsType<EncoderTower>(two.Built.Model.Vision).Layers);
        Assert.Equal([1, 64, 256], two.Built.Model.Vision.Encode(pixels, null).Shape);
    }

    [Fact]
    public void Recipes_OfFusions_HaveThePublishedSettingsAndEqualData()
    {
        var published = Read("inverse-llava.yaml");
        var stage = Assert.Single(published.Stages);
        var options = (InverseLlavaOptions)Seams.Fusion.Read(published.Model.Fusion).Options!;

        Assert.Equal((InverseLlavaVariant.Paper, 1.0, true, true, 1e-4), (options.Variant, options.Alpha, options.NormsVision, options.SharedText, options.LeadingDeviation));
        Assert.Equal([0], options.Layers);
        Assert.Equal((2e-4, 2e-4, 256, 1.0, 0.03, 0.0), (stage.LearningRates["adapters"], stage.LearningRates["fusion"], stage.BatchSize, stage.Epochs, stage.WarmupRatio, stage.WeightDecay));
        Assert.Equal([-1, -2], ((EncoderTowerOptions)Seams.Vision.Read(Read("inverse-llava-hd.yaml").Model.Vision).Options!).Layers);
        Assert.Equal((4, PicturesSeen.Last), ((CrossAttentionOptions)Seams.Fusion.Read(Read("flamingo.yaml").Model.Fusion).Options!) switch { var cross => (cross.Every, cross.Sees) });

        var baseline = Read("scenes/llava.yaml").Stages[^1];
        foreach (var name in (string[])["llava-no-align", "inverse-llava", "inverse-llava-hd", "inverse-llava-authors", "inverse-llava-later", "inverse-llava-layers", "inverse-llava-additive", "inverse-llava-gated", "cross-attention"])
        {
            var only = Assert.Single(Read($"scenes/{name}.yaml").Stages);
            Assert.Equal((baseline.Steps, baseline.BatchSize, baseline.Packed), (only.Steps, only.BatchSize, only.Packed));
            Assert.Equal(Words(baseline.Data), Words(only.Data));
        }

        static string[] Words(RecipeNode data) => [.. ((RecipeMap)data).Entries.Select(entry => $"{entry.Key}={((RecipeScalar)entry.Value).Text}").Order(StringComparer.Ordinal)];
        static Recipe Read(string name) => RecipeDocument.Load(Path.Combine(PublishedRecipesTests.RecipesFolder(), name)).Bind<Recipe>();
    }

    private static string Adapted(string limit) => Recipe
        .Replace("  fusion: {", $"  adapters:\n    language: {{ type: lora, rank: 2, {limit} }}\n  fusion: {{", StringComparison.Ordinal)
        .Replace("{ fusion: 1e-2 }", "{ fusion: 1e-2, adapters: 1e-2 }", StringComparison.Ordinal);

    private static byte[] Fused(BuiltModel built) =>
        [.. built.Model.NamedParameters().Where(p => p.Name.StartsWith("fusion.", StringComparison.Ordinal)).SelectMany(p => p.Value.ToArray<float>()).SelectMany(BitConverter.GetBytes)];

    private RecipeRun Open(string name, string text)
    {
        var file = folder[$"{name}.yaml"];
        File.WriteAllText(file, text);
        return new RecipeRun(RecipeDocument.Load(file), Path.GetDirectoryName(PublishedRecipesTests.RecipesFolder())!, new RunOptions { Folder = folder[name], Workers = 1 });
    }

    private sealed class Notes : ITrainingObserver
    {
        public List<string> Said { get; } = [];

        public List<StepReport> Steps { get; } = [];

        public void OnStep(StepReport report) => Steps.Add(report);

        public void OnNote(string note) => Said.Add(note);

        public void OnSkippedStep(long step, double gradientNorm) => Said.Add($"step {step} was skipped");
    }
}
