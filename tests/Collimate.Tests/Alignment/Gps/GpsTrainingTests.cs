using Collimate.Alignment;
using Collimate.Alignment.Composition.Gps;
using Collimate.Alignment.Objectives;
using Collimate.Data.Conversations;
using Collimate.Recipes;
using Collimate.Recipes.Schema;
using Collimate.Tests.Tokenization;
using Collimate.Tests.Training;
using Collimate.Torch;
using Collimate.Torch.Optimization;
using Collimate.Training;
using Collimate.Training.Programs;

namespace Collimate.Tests.Alignment.Gps;

public sealed class GpsTrainingTests : IDisposable
{
    private static readonly Sample[] Samples =
    [
        Ask("1", "<image>ab", "cd"), Ask("2", "<image>abcdefg", "e"), Ask("3", "<image>f", "ggg"), Ask("4", "<image>gfa", "edcba"),
    ];

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("ours", null)]
    [InlineData("paper", null)]
    [InlineData("ours", ScalarType.BFloat16)]
    public void Run_OneWorkerOrTwo_SameBits(string kind, ScalarType? precision)
    {
        var (one, two) = (Train(kind, 1, 4, precision), Train(kind, 2, 4, precision));

        Assert.Equal(one.Weights, two.Weights);
        Assert.Equal(one.Steps.Select(step => step.Loss), two.Steps.Select(step => step.Loss));
        Assert.Equal(one.Steps.Select(step => step.Measures["gps/tokens_moved"]), two.Steps.Select(step => step.Measures["gps/tokens_moved"]));
        // The course of the temperature over the stage, and every part having learnt.
        Assert.Equal([2, 1.525, 0.575, 0.1], one.Steps.Select(step => step.Measures["gps/temperature"]), (a, b) => Math.Abs(a - b) < 1e-9);
        Assert.All((string[])["composition.", "multi_modal_projector.", "vision_tower.", "language_model."], part => Assert.Contains(one.Moved, name => name.StartsWith(part, StringComparison.Ordinal)));
    }

    [Fact]
    public void Run_ToTheEnd_LeavesNoTensorBehind()
    {
        var before = SettledTensors.Count();
        Train("ours", 2, 2, null);
        Assert.Equal(before, LiveTensors.Count);
    }

    [Theory]
    [InlineData("{ type: gps, temperature: { start: 0, end: 0.1 } }", "from 1E-06 to 1000000, found '0'")]
    [InlineData("{ type: gps, temperature: { end: nan } }", "found 'nan'")]
    [InlineData("{ type: gps, alpha: nan }", "found 'nan'")]
    [InlineData("{ type: gps, layers: 0 }", "from 1 to 64")]
    [InlineData("{ type: gps, dropout: 1 }", "from 0 to 0.99")]
    [InlineData("{ type: gps, noise: -1 }", "found '-1'")]
    [InlineData("{ type: gps, hardening: hungarian }", "hungarian")]
    [InlineData("{ type: gps, hardening: argmax }", "keep_text: false")]
    [InlineData("{ type: gps, forward: soft }", "keep_text: false")]
    [InlineData("{ type: gps, hard_after: 0.5 }", "keep_text: false")]
    [InlineData("{ type: gps, keep_text: false, forward: soft, hard_after: 0.5 }", "never becomes hard")]
    [InlineData("{ type: gps, variant: theirs }", "theirs")]
    public void Read_OptionsThatMakeNoSense_NameThemselves(string composition, string named)
    {
        var failure = Assert.Throws<RecipeException>(() => Read(composition));

        Assert.Contains(named, failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_Variants_HaveTheirDefaultsAndTakeOtherLines()
    {
        var (ours, paper, authors) = (Read("gps"), Read("{ type: gps, variant: paper, layers: 3 }"), Read("{ type: gps, variant: authors }"));

        Assert.Equal((true, 2, true), (ours.KeepsText, ours.Network(8).Layers, ours.IsHard(0)));
        Assert.Equal((false, 3, 8192, false, true), (paper.KeepsText, paper.Network(8).Layers, paper.Network(8).Hidden, paper.IsHard(0.2), paper.IsHard(1)));
        Assert.Equal((false, 4, false, 1.0, 50), (authors.KeepsText, authors.Network(8).Layers, authors.IsHard(1), authors.Course.At(0.3), authors.Sinkhorn.Iterations));
    }

    [Fact]
    public void SaveAndLoad_TrainedModel_HasTheSameOrders()
    {
        var recipe = Path.Combine(folder.Path, "recipe.yaml");
        File.WriteAllText(recipe, """
            name: tiny
            seed: 3
            model:
              connector: identity
              composition: { type: gps, layers: 2, hidden: 8 }
              language: { type: fresh, hidden_size: 16, layers: 1, heads: 2, key_value_heads: 1, intermediate_size: 32, context_length: 64, vocabulary_size: 1024 }
            stages:
              - name: first
                learning_rates: { language: 1e-2, composition: 1e-2 }
                data: { type: scenes, content: blind, questions_per_scene: 1 }
                packed: false
                steps: 1
            """);
        var document = RecipeDocument.Load(recipe);
        using var built = ModelBuilder.Build(document.Bind<Recipe>().Model, folder.Path, 3);
        using (GradMode.Disable())
        {
            built.Model.NamedParameters().Single(p => p.Name == "composition.network.blocks.1.key.weight").Value.Fill_(0.25);
        }

        var saved = Path.Combine(folder.Path, "model");
        ModelFolder.Save(saved, built, document);
        using var loaded = ModelFolder.Load(saved);

        Assert.IsType<GpsComposition>(loaded.Model.Composition);
        Assert.Equal(
            Bytes(built.Model.NamedParameters().Where(p => p.Name.StartsWith("composition.", StringComparison.Ordinal))),
            Bytes(loaded.Model.NamedParameters().Where(p => p.Name.StartsWith("composition.", StringComparison.Ordinal))));
    }

    private static GpsOptions Read(string composition) =>
        (GpsOptions)Seams.Composition.Read(((RecipeMap)RecipeParser.Parse($"composition: {composition}\n", "recipe")).Find("composition")!.Value).Options!;

    private static (byte[] Weights, StepReport[] Steps, string[] Moved) Train(string kind, int workers, long steps, ScalarType? precision)
    {
        using var model = TinyGpsModel.Create(TinyGpsModel.Of(kind), 5);
        var before = model.NamedParameters().ToDictionary(p => p.Name, p => p.Value.ToArray<float>());
        var learning = model.NamedParameters().Select(p => p.Value).ToArray();
        using var program = new ConversationProgram(
            model, () => TinyGpsModel.Create(TinyGpsModel.Of(kind), 6), [new ParameterGroup("all", learning) { LearningRate = 0.01 }], new Repeated(Samples),
            TinyVisionModel.Batcher(packed: false), [(new LanguageObjective(), 1)], new StageOptions("tiny", Samples.Length, 2, precision));
        using var optimizer = new AdamW(program.ParameterGroups);
        var recorder = new Recorder();
        Trainer.Run(program, new TrainingOptions { Steps = steps, Workers = workers, Schedule = LearningRateSchedule.Constant(steps) }, optimizer, recorder);
        return (
            Bytes(model.NamedParameters()), [.. recorder.Steps],
            [.. model.NamedParameters().Where(p => !p.Value.ToArray<float>().SequenceEqual(before[p.Name])).Select(p => p.Name)]);
    }

    private static byte[] Bytes(IEnumerable<(string Name, Tensor Value)> parameters) => [.. parameters.SelectMany(p => p.Value.ToArray<float>()).SelectMany(BitConverter.GetBytes)];

    private static Sample Ask(string id, params string[] said) => new(
        id, [TinyVisionModel.Picture(id[0])], [.. said.Select((words, at) => new Turn(at % 2 == 0 ? "user" : "assistant", words))]);

    private sealed class Repeated(Sample[] samples) : Collimate.Data.ISampleSource
    {
        public IReadOnlyList<Sample> Draw(long step, int count) => [.. samples.Take(count)];
    }
}
