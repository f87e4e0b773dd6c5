using Collimate.Alignment;
using Collimate.Alignment.Conditioning;
using Collimate.Alignment.Reading;
using Collimate.Alignment.Towers;
using Collimate.Inspection.Checkpoints;
using Collimate.Models.Text.Bert;
using Collimate.Recipes;
using Collimate.Recipes.Schema;
using Collimate.Tests.Models;
using Collimate.Torch;
using Collimate.Training;

namespace Collimate.Tests.Recipes;

/// <summary>Seams 1 to 3 through recipes: what is refused and how, what trains, and a run's way to disk and back.</summary>
public sealed class VisionSeamsTests : IDisposable
{
    private const string Template = """
        name: tiny
        model:
          vision: VISION
          connector: CONNECTOR
          conditioning: CONDITIONING
          language: { type: fresh, hidden_size: 32, layers: 1, heads: 2, key_value_heads: 1, intermediate_size: 32, context_length: 256, vocabulary_size: 1024 }
        stages:
          - name: only
            learning_rates: RATES
            data: { type: scenes, content: questions, questions_per_scene: 1 }
            packed: false
            steps: 2
            batch_size: 4
            pieces: 2
            precision: fp32
        """;

    private const string Encoder = "{ type: encoder, path: models/encoder }";
    private const string Fused = "{ type: fused, towers: [ { path: models/encoder, layer: -1 }, { path: models/encoder, layer: -3, image_size: 96 } ] }";
    private const string Prefix = "{ type: prefix, text: decoder, layers: 2, length: 8 }";

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData(Encoder, "{ type: pixel_shuffle, factor: 3 }", "none", "8 x 8 patches cannot be cut into blocks of 3 x 3")]
    [InlineData(Encoder, "pixel_shuffle", "{ type: text_tokens, text: decoder, keep_text_rows: true }", "the tower gives 128 tokens")]
    [InlineData("{ type: encoder, path: models/encoder, image_size: 84 }", "pixel_shuffle", "none", "7 x 7 patches cannot be cut into blocks of 2 x 2")]
    [InlineData("{ type: fused, towers: [ { path: models/encoder }, { path: models/encoder, image_size: 84 } ] }", "mlp", "none", "tower 0 has 8 x 8 patches and tower 1 has 7 x 7")]
    [InlineData("{ type: fused, towers: [ { path: models/encoder } ] }", "mlp", "none", "must name two towers or more")]
    [InlineData("{ type: multi_scale, tower: { path: models/encoder }, scales: [2, 2] }", "mlp", "none", "none twice")]
    [InlineData(Encoder, "mlp", "{ type: prefix, text: decoder, layers: [1, 5] }", "there is no layer 5; the tower's features depend on layers 0 to 4")]
    [InlineData(Encoder, "mlp", "{ type: prefix, text: decoder, layers: 6 }", "expected a number of layers from 1 to 5")]
    [InlineData(Encoder, "mlp", "{ type: prefix, text: decoder, layers: some }", "expected how many layers")]
    [InlineData(Encoder, "mlp", "{ type: prefix, text: { type: bert, path: nowhere } }", "no checkpoint is there")]
    [InlineData(Encoder, "mlp", "{ type: prefix, text: { type: t5, path: models/decoder } }", "where text: t5 wants one of type t5")]
    [InlineData(Encoder, "mlp", "{ type: prefix, text: aloud }", "unknown text 'aloud'")]
    [InlineData(Fused, "mlp", Prefix, "the model's tower is several (fused)")]
    [InlineData("none", "identity", Prefix, "the model's tower is none")]
    [InlineData(Encoder, "{ type: q_former, hidden_size: 30, heads: 4 }", "none", "must be a multiple of heads (4)")]
    public void Open_ChoicesThatDoNotFit_AreRefusedWhereTheyStand(string vision, string connector, string conditioning, string expected)
    {
        var failure = Assert.Throws<RecipeException>(() => Open("refused", vision, connector, conditioning, "{ language: 1e-3 }").Dispose());

        Assert.Contains(expected, failure.Message, StringComparison.Ordinal);
        Assert.True(failure.Line is >= 3 and <= 5, failure.Message);
    }

    [Fact]
    public void Open_AdapterThatMatchesNothing_IsRefused()
    {
        var recipe = Text(Encoder, "mlp", Prefix, "{ adapters: 1e-3 }").Replace("stages:", "  adapters: { vision: { type: lora, rank: 2, targets: [wq] } }\nstages:", StringComparison.Ordinal);

        Assert.Contains("adapter 'vision'", Assert.Throws<RecipeException>(() => Open("refused", recipe).Dispose()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Open_FeatureCacheBesideConditioning_IsRefused()
    {
        var recipe = Text(Encoder, "mlp", Prefix, "{ connector: 1e-3 }") + "\n    feature_cache: true";

        Assert.Contains("a picture looks different under each question", Assert.Throws<RecipeException>(() => Open("refused", recipe).Dispose()).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(Encoder, "{ type: perceiver, queries: 64 }", "SEA in stage 'only' pairs every visual token with a patch")]
    [InlineData(Fused, "mlp", "live labels look at the tower's own pictures")]
    public void Open_SeaWithoutATokenForEveryPatch_IsRefused(string vision, string connector, string expected)
    {
        var recipe = Text(vision, connector, "none", "{ connector: 1e-3 }") + "\n    objectives: [ { objective: { type: sea, labels: { type: live, encoder: models/encoder } } } ]";

        Assert.Contains(expected, Assert.Throws<RecipeException>(() => Open("refused", recipe).Dispose()).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{ vision.2: 1e-4 }")]
    [InlineData("{ reader: 1e-4 }")]
    public void Train_PartThatTheModelDoesNotHave_IsRefused(string rates)
    {
        using var run = Open("refused", Fused, "mlp", "none", rates);

        Assert.Contains("the model has no such part", Assert.Throws<RecipeException>(() => run.Train(null)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(Encoder, "mlp", Prefix, "{ conditioning: 1e-2, connector: 1e-3 }", 64)]
    [InlineData(Encoder, "{ type: perceiver, queries: 5, layers: 1, heads: 2, head_size: 8 }", "{ type: text_tokens, text: decoder, length: 12, keep_text_rows: true }", "{ conditioning: 1e-2, connector: 1e-3 }", 5)]
    [InlineData(Encoder, "linear", "{ type: text_tokens, text: decoder, length: 12, keep_text_rows: true }", "{ conditioning: 1e-2 }", 76)]
    [InlineData(Encoder, "{ type: q_former, queries: 6, hidden_size: 16, layers: 2, heads: 2, intermediate_size: 16, text: decoder }", "none", "{ connector: 1e-2 }", 6)]
    [InlineData(Fused, "fused_mlp", "none", "{ vision.1: 1e-4, connector: 1e-3 }", 64)]
    [InlineData("{ type: multi_scale, tower: { path: models/encoder }, scales: [2, 1] }", "pixel_shuffle", "none", "{ vision: 1e-4, connector: 1e-3 }", 16)]
    public void Train_ThenLoad_ComputesTheSame(string vision, string connector, string conditioning, string rates, int tokens)
    {
        using var scope = new TensorScope();
        using var noGradient = GradMode.Disable();
        using var run = Open("run", vision, connector, conditioning, rates);
        Assert.Equal(tokens, run.Built.Model.TokensPerImage);
        var before = run.Built.Model.StateDict().ToDictionary(entry => entry.Key, entry => entry.Value.Clone());
        using (GradMode.Enable())
        {
            Assert.Null(run.Train(null));
        }

        // What was named has moved, and nothing else.
        string[] parts = [.. rates.Trim('{', '}', ' ').Split(',').Select(rate => rate.Split(':')[0].Trim() switch
        {
            "conditioning" => "conditioning.", "connector" => "multi_modal_projector.", "vision.1" => "vision_tower.towers.1.", _ => "vision_tower.",
        })];
        var moved = run.Built.Model.StateDict().Where(entry => Near.Distance(before[entry.Key], entry.Value) > 0).Select(entry => entry.Key).ToArray();
        Assert.All(moved, name => Assert.Contains(parts, part => name.StartsWith(part, StringComparison.Ordinal)));
        Assert.All(parts, part => Assert.Contains(moved, name => name.StartsWith(part, StringComparison.Ordinal)));

        using var loaded = ModelFolder.Load(run.ModelPath);
        var samples = StageRunner.Source(new StageSurroundings(run.Built, () => run.Built, run.Recipe, Repository()), run.Recipe.Stages[0]).Draw(5, 2);
        using var batch = StageRunner.Batcher(run.Built, run.Recipe.Stages[0]).ToBatch(samples, false, Device.Cpu);
        using var again = StageRunner.Batcher(loaded, run.Recipe.Stages[0]).ToBatch(samples, false, Device.Cpu);
        Near.Assert(batch.Pixels!, again.Pixels!, 0, "pixels");
        Near.Assert(run.Built.Model.Forward(batch).Hidden, loaded.Model.Forward(again).Hidden, 1e-5, "hidden states");
        Assert.Equal(tokens, CheckpointInspector.Inspect(run.ModelPath).TokensPerImage);
    }

    [Fact]
    public void Train_WithBert_LeavesItAloneAndKeepsItsTokenizer()
    {
        using var scope = new TensorScope();
        var bert = BertFolder();
        using var run = Open("run", Encoder, "mlp", $"{{ type: prefix, text: {{ type: bert, path: {bert}, layer: -2 }}, layers: [4], length: 6 }}", "{ conditioning: 1e-2 }");
        var before = run.Built.Model.StateDict().Where(entry => entry.Key.StartsWith("conditioning.reader.", StringComparison.Ordinal)).ToDictionary(entry => entry.Key, entry => entry.Value.Clone());
        Assert.NotEmpty(before);
        Assert.Null(run.Train(null));
        Directory.Delete(bert, recursive: true); // the model's folder must be enough

        using var loaded = ModelFolder.Load(run.ModelPath);

        var reader = Assert.IsType<EncoderReader>(((PrefixConditioning)loaded.Model.Conditioning).Reader);
        Assert.Equal(TinyLlava.Tokenizer.Encode("is there a dog?"), reader.Tokenizer.EncodeText("is there a dog?").Ids);
        var state = loaded.Model.StateDict();
        Assert.All(before, entry => Near.Assert(entry.Value, state[entry.Key], 0, entry.Key));
    }

    [Theory]
    [InlineData("text-aware.yaml")]
    [InlineData("prismatic.yaml")]
    [InlineData("blip2.yaml")]
    [InlineData("scenes/text-aware.yaml")]
    [InlineData("scenes/perceiver.yaml")]
    [InlineData("scenes/q-former.yaml")]
    [InlineData("scenes/pixel-shuffle.yaml")]
    [InlineData("scenes/fused-towers.yaml")]
    [InlineData("scenes/multi-scale.yaml")]
    public void Bind_ShippedRecipe_NamesChoicesThatAreThere(string name)
    {
        var recipe = RecipeDocument.Load(Path.Combine(Repository(), "recipes", name)).Bind<Recipe>();

        Seams.Conditioning.Read(recipe.Model.Conditioning);
        Seams.Vision.Read(recipe.Model.Vision);
        Seams.Connector.Read(recipe.Model.Connector);
        Assert.All(recipe.Stages, stage => Seams.Data.Read(stage.Data));
    }

    private string BertFolder()
    {
        var bert = Directory.CreateDirectory(folder["bert"]).FullName;
        using var model = new BertModel(new BertConfig { VocabularySize = 96, HiddenSize = 8, LayerCount = 2, HeadCount = 2, IntermediateSize = 16, MaxPositions = 64 });
        model.Save(bert);
        TinyLlava.Tokenizer.Save(Path.Combine(bert, "tokenizer.json"));
        return bert;
    }

    private static string Text(string vision, string connector, string conditioning, string rates) => Template
        .Replace("VISION", vision, StringComparison.Ordinal).Replace("CONNECTOR", connector, StringComparison.Ordinal)
        .Replace("CONDITIONING", conditioning, StringComparison.Ordinal).Replace("RATES", rates, StringComparison.Ordinal);

    private RecipeRun Open(string name, string vision, string connector, string conditioning, string rates) => Open(name, Text(vision, connector, conditioning, rates));

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
}
