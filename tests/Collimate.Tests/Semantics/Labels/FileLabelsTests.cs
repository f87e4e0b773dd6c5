using Collimate.Data;
using Collimate.Data.Conversations;
using Collimate.Models.Text;
using Collimate.Recipes;
using Collimate.Recipes.Schema;
using Collimate.Semantics;
using Collimate.Semantics.Labels;
using Collimate.Tests.Recipes;
using Collimate.Tests.Training;
using Collimate.Tokenization;
using Collimate.Torch;
using Collimate.Training;
using Collimate.Training.Programs;

namespace Collimate.Tests.Semantics.Labels;

/// <summary>SEA's objective with labels of a file, on the gym.</summary>
public sealed class FileLabelsTests : IDisposable
{
    private const string Scenes = "{ type: scenes, content: captions, split: train, seed: 5 }";

    private static readonly string Encoder = Path.GetFullPath("../models/encoder", PublishedRecipesTests.RecipesFolder());

    private static readonly StageRecipe Stage = new() { Name = "a", LearningRates = new Dictionary<string, double>(), Data = Node(Scenes) };

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Of_StoredLabels_AreThoseFoundWhileTraining()
    {
        Label(6);
        using var built = Build();
        using var scope = new TensorScope();
        using var stored = Create(built, "{ type: file, path: a.labels, similarity: raw, top: 10 }");
        using var live = Create(built, $"{{ type: live, encoder: {Encoder}, similarity: raw }}");
        using var batch = StageRunner.Batcher(built, Stage).ToBatch(Samples(6), forGeneration: false, Device.Cpu);
        var pass = built.Model.Forward(batch);

        var (found, expected) = (((IPatchLabelSource)stored).Of(pass), ((IPatchLabelSource)live).Of(pass));

        Assert.Equal(6, found.Count);
        foreach (var (mine, theirs) in found.Zip(expected))
        {
            Assert.Equal(theirs.Words, mine.Words);
            Assert.All(theirs.Scores.Zip(mine.Scores), pair => Assert.Equal(pair.First, pair.Second, 1e-3));
        }
    }

    [Fact]
    public void Of_PictureWithoutLabels_IsNamedOrSkipped()
    {
        Label(2);
        using var built = Build();
        using var scope = new TensorScope();
        using var batch = StageRunner.Batcher(built, Stage).ToBatch(Samples(3), forGeneration: false, Device.Cpu);
        var pass = built.Model.Forward(batch);

        using var strict = Create(built, "{ type: file, path: a.labels }");
        var refused = Assert.Throws<DataException>(() => ((IPatchLabelSource)strict).Of(pass));
        Assert.StartsWith(batch.Images![2].Origin, refused.Message, StringComparison.Ordinal);
        Assert.Contains("missing: skip", refused.Message, StringComparison.Ordinal);

        using var lenient = Create(built, "{ type: file, path: a.labels, missing: skip }");
        var found = ((IPatchLabelSource)lenient).Of(pass);
        Assert.Equal((true, 0), (found[0].Words.Max() >= 0, Enumerable.Range(0, 64).Sum(found[2].CountOf)));
    }

    [Theory]
    [InlineData("top: 5", "words of a patch 10, not 5")]
    [InlineData("similarity: negated", "similarity raw, not negated")]
    [InlineData("templates: ['a {}']", "templates {}, not a {}")]
    [InlineData("words: words.txt", "the word list")]
    [InlineData("encoder: tiny", "the encoder")]
    public void Create_FileOfAnotherKind_IsRefused(string wish, string expected)
    {
        Label(1);
        File.WriteAllText(folder["words.txt"], "cat\ndog\n");
        TinyEncoder.Save(Directory.CreateDirectory(folder["tiny"]).FullName);
        using var built = Build();

        var refused = Assert.Throws<DataException>(() => Create(built, $"{{ type: file, path: a.labels, {wish} }}"));

        Assert.StartsWith(folder["a.labels"], refused.Message, StringComparison.Ordinal);
        Assert.Contains(expected, refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Create_LabelsOfAnotherGridOrView_AreRefused()
    {
        var encoder = TinyEncoder.Save(Directory.CreateDirectory(folder["tiny"]).FullName);
        using (var tiny = DualEncoder.Load(encoder))
        {
            using var labeller = new Labeller(tiny, TinyEncoder.Tokenizer(), TinyEncoder.Processor, WordList.Scenes, new LabelChoices(SimilarityMode.Raw, 10, [WordDirections.Plain]));
            labeller.Label([ImageSource.FromImage(TinyEncoder.Picture(1))], folder["a.labels"]);
        }

        using var built = Build();
        Assert.Contains("a grid of 2 x 2, not 8 x 8", Assert.Throws<DataException>(() => Create(built, "{ type: file, path: a.labels }")).Message, StringComparison.Ordinal);

        File.Delete(folder["a.labels"]);
        var origin = Origin() with { Preprocessing = new Collimate.Imaging.ImageTransform { ShortestEdge = 96, Crop = new(96, 96) } };
        using (var writer = LabelWriter.Open(folder["a.labels"], origin, WordList.Scenes))
        {
            writer.Finish();
        }

        Assert.Contains("different places", Assert.Throws<DataException>(() => Create(built, "{ type: file, path: a.labels }")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Train_LabelsOfAFileAndFeatureCache_GoTogether()
    {
        var recipe = Document($"{{ type: file, path: {folder["a.labels"]} }}", "feature_cache: true");
        using (var encoder = DualEncoder.Load(Encoder))
        {
            using var labeller = Labeller(encoder);
            Assert.Equal(8, labeller.Label(PictureSupply.OfRecipe(recipe, folder.Path).Pictures, folder["a.labels"])); // two steps of four
        }

        var first = Train(recipe);
        var second = Train(recipe); // every feature known: no picture is decoded, and its labels are found all the same
        Assert.All(first.Concat(second), step => Assert.True(step.Measures["sea/pairs_per_picture"] > 1));
        Assert.Equal(first.Select(step => step.Measures["sea/loss"]), second.Select(step => step.Measures["sea/loss"]), (a, b) => Math.Abs(a - b) < 1e-5);

        var refused = Assert.ThrowsAny<Exception>(() => Train(Document($"{{ type: live, encoder: {Encoder} }}", "feature_cache: true"))).GetBaseException();
        Assert.IsType<RunException>(refused);
        Assert.Contains("type: file", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Pieces_PackedRows_KnowTheirPicturesInOrder()
    {
        using var built = Build();
        var batcher = StageRunner.Batcher(built, Stage);
        var samples = Samples(4);
        var rows = samples.Select(sample => new BatchRow(sample, batcher.Render(sample))).ToArray();

        var piece = batcher.Pieces([(0, [BatchRow.Join(rows[..3]), rows[3]])], 1, 4)[0];

        Assert.Equal((2, 4), (piece.Layouts.Count, piece.Samples));
        using var batch = piece.ToBatch(Device.Cpu);
        Assert.Equal(samples.SelectMany(sample => sample.Images).Select(image => Convert.ToHexString(image.ContentHash())), batch.Images!.Select(image => Convert.ToHexString(image.ContentHash())));
    }

    private List<StepReport> Train(RecipeDocument recipe)
    {
        using var run = new RecipeRun(recipe, folder.Path, new RunOptions { Folder = folder["run"], Workers = 1 });
        var steps = new Recorder();
        Assert.Null(run.Train(steps));
        return steps.Steps;
    }

    private void Label(int count)
    {
        using var encoder = DualEncoder.Load(Encoder);
        using var labeller = Labeller(encoder);
        labeller.Label(Samples(count).SelectMany(sample => sample.Images), folder["a.labels"]);
    }

    private static Labeller Labeller(DualEncoder encoder) =>
        new(encoder, Tokenizer.Load(Encoder), Collimate.Imaging.ImageProcessor.Load(Encoder), WordList.Scenes, new LabelChoices(SimilarityMode.Raw, 10, [WordDirections.Plain]));

    private static LabelOrigin Origin()
    {
        using var encoder = DualEncoder.Load(Encoder);
        return LabelOrigin.Of(encoder, Collimate.Imaging.ImageTransform.Load(Encoder), WordList.Scenes, new LabelChoices(SimilarityMode.Raw, 10, [WordDirections.Plain]));
    }

    private static Sample[] Samples(int count) => [.. PictureSupply.OfData(Node(Scenes), ".", count).Samples];

    private static RecipeNode Node(string text) => RecipeDocument.Parse($"data: {text}").Root.Find("data")!.Value;

    private IDisposable Create(BuiltModel built, string labels)
    {
        using var generator = new Generator(1);
        return (IDisposable)SemanticParts.Labels.Create(Node(labels), new SeamContext(folder.Path, generator, built.Model.Vision.Width, built.Model.Language.Config.HiddenSize) { Built = built });
    }

    private static BuiltModel Build() => ModelBuilder.Build(Document("{ type: live, encoder: x }", "").Bind<Recipe>().Model, PublishedRecipesTests.RecipesFolder(), 1);

    private static RecipeDocument Document(string labels, string more) => RecipeDocument.Parse($$"""
        name: stored labels
        model:
          vision: { type: encoder, path: {{Encoder}}, layer: -1 }
          language: { type: fresh, hidden_size: 16, layers: 1, heads: 2, key_value_heads: 1, intermediate_size: 32, context_length: 256, vocabulary_size: 1024 }
        stages:
          - name: one
            learning_rates: { connector: 1e-3 }
            data: {{Scenes}}
            objectives: [ { objective: language }, { objective: { type: sea, temperature: clip, labels: {{labels}} } } ]
            steps: 2
            batch_size: 4
            pieces: 2
            precision: fp32
            {{more}}
        """, "recipe.yaml");
}
