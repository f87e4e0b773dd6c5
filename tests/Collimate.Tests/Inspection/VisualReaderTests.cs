using Collimate.Alignment;
using Collimate.Alignment.Attention;
using Collimate.Alignment.Composition;
using Collimate.Alignment.Conditioning;
using Collimate.Alignment.Connectors;
using Collimate.Alignment.Fusion;
using Collimate.Alignment.Towers;
using Collimate.Data;
using Collimate.Data.Conversations;
using Collimate.Data.Scenes;
using Collimate.Inspection;
using Collimate.Models;
using Collimate.Models.Vision;
using Collimate.Recipes.Schema;
using Collimate.Semantics;
using Collimate.Tests.Alignment;
using Collimate.Tests.Models.Language;
using Collimate.Tests.Semantics;
using Collimate.Torch;
using Collimate.Torch.Serialization;

namespace Collimate.Tests.Inspection;

public sealed class VisualReaderTests
{
    // Takes the blank away that stands before words: the tiny model has letters only.
    private static readonly MuteTokenizer Tokenizer = new(TinyVisionModel.Tokenizer);

    [Fact]
    public void OfPicture_AnyModel_MapsItsConnectorsOutput()
    {
        using var scope = new TensorScope();
        using var model = TinyVisionModel.Create();
        var words = CandidateWord.Of(WordList.Of(["ab", "c", "gg"]), Tokenizer);
        var picture = TinyVisionModel.Picture(3);

        var recalled = RecalledWords.OfPicture(Built(model), words, picture, "a", top: 2);

        var pixels = Tensor.From(TinyVisionModel.Processor.Process(picture.Load()), [1, 3, 8, 8]);
        var visual = model.Connector.Project(model.Vision.Encode(pixels, null));
        var expected = AlignmentMap.Measure(visual, model.Language.EmbeddingWeight, words, [-1, -1, -1, -1], top: 2);
        Assert.Equal(expected.Recalled, recalled.Map.Recalled);
        Assert.Equal(expected.RecalledCosines, recalled.Map.RecalledCosines);
        Assert.Equal((new PatchGrid(2, 2), 2, 8), (recalled.Grid, recalled.Map.Top, recalled.Picture.Width));
    }

    [Fact]
    public void OfScenes_OtherOrder_PermutesTheMaps()
    {
        using var tiny = new TinyLlava();
        using var built = ModelFolder.Load(tiny.Path);
        var words = CandidateWord.Of(WordList.Scenes, built.Tokenizer);
        Scene[] scenes = [.. Enumerable.Range(0, 3).Select(index => SceneSampleSource.World.Draw(SceneSplit.TestCompositions, 5, index))];

        var forth = RecalledWords.OfScenes(built, words, scenes, top: 3);
        var back = RecalledWords.OfScenes(built, words, [.. scenes.Reverse()], top: 3);

        foreach (var (one, other) in forth.Zip(back.Reverse()))
        {
            Assert.Equal(one.Id, other.Id);
            for (var token = 0; token < 16; token++)
            {
                Assert.Equal(one.Map.RecalledAt(one.Index, token).Select(word => word.Word.Text), other.Map.RecalledAt(other.Index, token).Select(word => word.Word.Text));
                Assert.Equal(one.Map.TruthRanks[(one.Index * 16) + token], other.Map.TruthRanks[(other.Index * 16) + token]);
            }
        }

        var truth = SceneRenderer.PatchTruth(scenes[1], 4, 4);
        Assert.Equal(truth.Select(item => item < 0 ? words.Count - 1 : item), forth[1].Map.Truth[16..32]); // the list is the gym's names, then "empty"
    }

    [Fact]
    public void Create_ModelWithoutEyesOrConnector_SaysSo()
    {
        using var scope = new TensorScope();
        using var blind = Model(new NoTower(), new IdentityConnector());
        using var raw = Model(Tower(), new IdentityConnector());

        Assert.Contains("no vision tower", Assert.Throws<CheckpointException>(() => new VisualReader(Built(blind) with { Processor = null })).Message, StringComparison.Ordinal);
        Assert.Contains("16 wide", Assert.Throws<CheckpointException>(() => new VisualReader(Built(raw))).Message, StringComparison.Ordinal);
        Assert.NotNull(VisualReader.Obstacle(Built(raw)));
        using var whole = TinyVisionModel.Create();
        Assert.Null(VisualReader.Obstacle(Built(whole)));
    }

    [Fact]
    public void OfPicture_ConnectorThatGathersPatches_HasTokensThatLieNowhere()
    {
        using var scope = new TensorScope();
        using var model = Model(Tower(), new Halving());
        var words = CandidateWord.Of(WordList.Of(["ab", "c"]), Tokenizer);

        var recalled = RecalledWords.OfPicture(Built(model), words, TinyVisionModel.Picture(1), "a", top: 1);

        Assert.Equal((0, 2), (recalled.Grid.Count, recalled.Map.Tokens));
        var truth = new SceneTruth(SceneSampleSource.World, words);
        Assert.Equal([-1, -1], truth.Of(SceneSampleSource.World.Draw(SceneSplit.Train, 1, 0), recalled.Grid, 2));
        Assert.Equal([-1, SceneSampleSource.World.Find("c")!.Id], truth.ItemOfWord);
    }

    [Fact]
    public void CandidateWords_WordThatIsNoToken_IsNamed() => Assert.Contains(
        "becomes no token", Assert.Throws<DataException>(() => CandidateWord.Of(WordList.Of(["a", "\u200b"]), Tokenizer)).Message, StringComparison.Ordinal);

    [Fact]
    public void LayerClouds_TwoBatches_GiveTheGapOfTheTracedStates()
    {
        using var scope = new TensorScope();
        using var off = GradMode.Disable();
        using var model = TinyVisionModel.Create();
        var reader = new VisualReader(Built(model));
        var clouds = new LayerClouds(visualPerBatch: 100, textPerBatch: 100);
        var (visual, text) = (new List<Tensor>(), new List<Tensor>());
        foreach (var number in (int[])[1, 2])
        {
            var composed = reader.Compose([new Sample("s", [TinyVisionModel.Picture(number)], [new("user", "<image>ab"), new("assistant", "cd")])]);
            using var trace = new ForwardTrace();
            model.Language.Run(composed.Input, hook: composed.Hook, trace: trace);
            clouds.Add(trace, composed.Sequence.Positions);
            var state = trace.HiddenStates[1].Reshape(-1, trace.HiddenStates[1].Size(2)).Clone();
            var isImage = composed.Sequence.Positions.Kinds.Index().ToLookup(kind => kind.Item == TokenKind.Image, kind => (long)kind.Index);
            visual.Add(state.IndexSelect(0, Tensor.From([.. isImage[true]])));
            text.Add(state.IndexSelect(0, Tensor.From([.. isImage[false].Where(at => at < composed.Sequence.Positions.RowLengths[0])])));
        }

        var gaps = clouds.Measure();

        Assert.Equal(TinyDecoder.Config.LayerCount + 1, gaps.Count);
        Assert.Equal(ModalityGap.Measure(Tensor.Cat(visual), Tensor.Cat(text)), gaps[1]);
        Assert.Equal((8, (int)text.Sum(part => part.Size(0))), (gaps[0].VisualCount, gaps[0].TextCount));
        Assert.NotEqual(gaps[0].Distance, gaps[1].Distance);
    }

    private static BuiltModel Built(VisionLanguageModel model) => new(model, Tokenizer, LetterTokenizer.Template, TinyVisionModel.Processor);

    private static EncoderTower Tower() => new(
        new VisionTransformer(new VisionConfig { HiddenSize = 16, LayerCount = 1, HeadCount = 4, IntermediateSize = 24, ImageSize = 8, PatchSize = 4, HasPoolingHead = false }, new Generator(1)), -1);

    private static VisionLanguageModel Model(IVisionTower tower, IConnector connector) => new(
        new NoConditioning(), tower, connector, TinyDecoder.Create(1, TinyDecoder.Config with { VocabularySize = TinyVisionModel.Tokenizer.VocabularySize, MaxPositions = 128 }),
        new ConcatComposition(), new CausalAttention(), new NoFusion(), TinyVisionModel.Tokenizer.PadId);

    /// <summary>Two patches become a token as wide as the decoder.</summary>
    private sealed class Halving : IConnector
    {
        public int TokenCount(int patches) => patches / 2;

        public Tensor Project(Tensor patches, PictureQuestions? asked = null) => Tensor.Cat([patches, patches, patches], 2).Narrow(2, 0, TinyDecoder.Config.HiddenSize).Narrow(1, 0, 2);
    }
}
