using Collimate.Adapters;
using Collimate.Alignment;
using Collimate.Alignment.Conditioning;
using Collimate.Alignment.Reading;
using Collimate.Alignment.Towers;
using Collimate.Data.Conversations;
using Collimate.Generation;
using Collimate.Tests.Alignment.Connectors;
using Collimate.Tests.Models;
using Collimate.Torch;

namespace Collimate.Tests.Alignment.Conditioning;

/// <summary>Both ways in which text steers the tower: what it changes, and what it must not.</summary>
public sealed class ConditioningTests
{
    [Fact]
    public void Encode_GatesAtZero_IsTheTowerAloneToTheLastBit()
    {
        using var scope = new TensorScope();
        using var noGradient = GradMode.Disable();
        using var model = Create("prefix");
        using var batch = Batch(TinyVisionModel.Asked("abc", "d", 1), TinyVisionModel.Asked("ge", "d", 2));
        foreach (var gate in ((PrefixConditioning)model.Conditioning).Gates.Values)
        {
            gate.Zero_();
        }

        var condition = model.Conditioning.Read(new PictureQuestions(batch, model.Language));

        Assert.Equal(2, condition!.Prefixes.Count);
        Near.Assert(model.Vision.Encode(batch.Pixels!, null), model.Vision.Encode(batch.Pixels!, condition), 0, "patches");
    }

    [Theory]
    [InlineData("prefix")]
    [InlineData("tokens")]
    [InlineData("kept")]
    public void Encode_TwoQuestionsAboutOnePicture_SeesTwoThings(string kind)
    {
        using var scope = new TensorScope();
        using var noGradient = GradMode.Disable();
        using var model = Create(kind);
        using var batch = Batch(kind, TinyVisionModel.Asked("abc", "d", 1), TinyVisionModel.Asked("abd", "d", 1), TinyVisionModel.Asked("abc", "d", 1));

        var patches = model.Compose(batch).Patches!;

        Assert.True(model.LooksByQuestion);
        Near.Assert(patches.Select(0, 0), patches.Select(0, 2), 1e-5, "the same question");
        Assert.True((patches.Select(0, 0) - patches.Select(0, 1)).Slice(0, 0, TinyVisionModel.PatchesPerImage).Abs().Max().Item() > 1e-3, "another question");
    }

    [Theory]
    [InlineData("prefix")]
    [InlineData("tokens")]
    [InlineData("kept")]
    public void Forward_CompanyOfOtherRows_ChangesNothing(string kind)
    {
        using var scope = new TensorScope();
        using var noGradient = GradMode.Disable();
        using var model = Create(kind);
        var (one, two, three) = (TinyVisionModel.Asked("ab", "de", 1, 2), TinyVisionModel.Asked("gfedcb", "a", 3), TinyVisionModel.Asked("c", "g"));
        using var alone = Batch(kind, one);
        using var together = Batch(kind, two, three, one);

        var (expected, found) = (model.Forward(alone), model.Forward(together));

        var length = expected.Sequence.Positions.RowLengths[0];
        Assert.Equal(length, found.Sequence.Positions.RowLengths[2]);
        Near.Assert(expected.Patches!, found.Patches!.Slice(0, 1), 1e-5, "patches");
        Near.Assert(expected.Hidden.Select(0, 0).Slice(0, 0, length), found.Hidden.Select(0, 2).Slice(0, 0, length), 1e-5, "hidden states");
    }

    [Theory]
    [InlineData("prefix")]
    [InlineData("tokens")]
    [InlineData("kept")]
    public void Generate_OnACache_EqualsFullPasses(string kind)
    {
        using var scope = new TensorScope();
        using var noGradient = GradMode.Disable();
        using var model = Create(kind);
        Sample[] samples = [TinyVisionModel.Asked("abc", "", 1), TinyVisionModel.Asked("g", "", 2, 3)];
        var batcher = Batcher(kind);
        using var session = new VisionLanguageSession(model, batcher.ToBatch(samples, forGeneration: true, Device.Cpu));

        var rows = new TextGenerator().Generate(session, [[], []], new GenerationOptions { MaxNewTokens = 6 });

        foreach (var (sample, row) in samples.Zip(rows))
        {
            Assert.Equal(6, row.Tokens.Count);
            var prompt = batcher.Render(sample, forGeneration: true);
            for (var step = 0; step < row.Tokens.Count; step++)
            {
                using var batch = batcher.Piece([sample], [Continued(prompt, [.. row.Tokens.Take(step)])], 0, 1).ToBatch(Device.Cpu);
                var pass = model.Forward(batch);
                var last = pass.Hidden.Select(0, 0).Select(0, pass.Sequence.Positions.RowLengths[0] - 1);
                Assert.Equal(row.Tokens[step], (int)model.Language.Logits(last).ArgMax(-1).ItemInt64());
            }
        }
    }

    [Theory]
    [InlineData("prefix", false)]
    [InlineData("prefix", true)]
    [InlineData("tokens", false)]
    [InlineData("kept", false)]
    public void Gradients_ThroughAFrozenTower_EqualDifferences(string kind, bool recomputes)
    {
        using var scope = new TensorScope();
        using var model = Create(kind);
        model.To(ScalarType.Float64);
        model.SetRequiresGrad(false);
        model.RecomputesLayers = recomputes;
        var conditioning = (Module)model.Conditioning;
        conditioning.SetRequiresGrad(true);
        using var batch = Batch(kind, TinyVisionModel.Asked("abc", "de", 1), TinyVisionModel.Asked("g", "de", 2));
        using var generator = new Generator(9);
        Tensor? weights = null;
        Tensor Function()
        {
            var visual = model.Compose(batch, pass: new PassContext { Training = true }).Visual!;
            weights ??= Tensor.RandomNormal(visual.Shape, generator).To(ScalarType.Float64);
            return (visual * weights).Sum();
        }

        FiniteDifferences.Check(conditioning, [], Function);
    }

    [Fact]
    public void Gradients_GatesAtZero_ReachTheGatesAlone()
    {
        using var scope = new TensorScope();
        using var model = Create("prefix");
        var conditioning = (PrefixConditioning)model.Conditioning;
        using (GradMode.Disable())
        {
            foreach (var gate in conditioning.Gates.Values)
            {
                gate.Zero_();
            }
        }

        using var batch = Batch(TinyVisionModel.Asked("abc", "de", 1));
        model.Compose(batch, pass: new PassContext { Training = true }).Visual!.Square().Sum().Backward();

        Assert.All(conditioning.NamedParameters(), parameter =>
            Assert.Equal(parameter.Name.EndsWith("gate", StringComparison.Ordinal), parameter.Value.Grad!.Abs().Max().Item() > 0));
    }

    [Theory]
    [InlineData(AdapterKind.Lora)]
    [InlineData(AdapterKind.Dora)]
    public void Forward_AdapterOnTheTower_ChangesWhatThePrefixSaysToo(AdapterKind kind)
    {
        using var scope = new TensorScope();
        using var noGradient = GradMode.Disable();
        using var model = Create("prefix");
        using var batch = Batch(TinyVisionModel.Asked("abc", "de", 1));
        using var generator = new Generator(3);
        var before = model.Compose(batch).Patches!.Clone();
        var set = AdapterSet.Of(model);
        set.Add("vision", new AdapterConfig { Kind = kind, Rank = 2, Alpha = 4, Within = "vision_tower.", Targets = ModulePattern.Of(["k_proj", "v_proj"]) }, generator);
        set.Activate("vision");

        Near.Assert(before, model.Compose(batch).Patches!, 1e-5, "a fresh adapter changes nothing");
        foreach (var parameter in set.ParametersOf("vision"))
        {
            parameter.Add_(Tensor.RandomNormal(parameter.Shape, generator) * 0.3);
        }

        // The adapted layer's own keys and values change, and so do those of the prefix: merged weights say the same.
        var adapted = model.Compose(batch).Patches!.Clone();
        Assert.True((adapted - before).Abs().Max().Item() > 1e-2);
        set.Merge();
        Near.Assert(adapted, model.Compose(batch).Patches!, 1e-5, "merged");
    }

    [Fact]
    public void Encode_NoQuestion_IsWhatTheTowerSeesWithoutText()
    {
        using var scope = new TensorScope();
        using var noGradient = GradMode.Disable();
        using var model = Create("tokens");
        using var batch = Batch(TinyVisionModel.Asked("", "de", 1));

        Near.Assert(model.Vision.Encode(batch.Pixels!, null), model.Compose(batch).Patches!, 1e-6, "patches");
    }

    [Theory]
    [InlineData("tokens", 4)]
    [InlineData("kept", 9)]
    public void TokensPerImage_KeptTextRows_AreCounted(string kind, int expected)
    {
        using var scope = new TensorScope();
        using var noGradient = GradMode.Disable();
        using var model = Create(kind);
        using var batch = Batch(kind, TinyVisionModel.Asked("abc", "de", 1));
        var composed = model.Compose(batch);

        Assert.Equal(expected, model.TokensPerImage);
        Assert.Equal(expected, composed.Visual!.Size(1));
        if (kind == "kept")
        {
            Assert.Equal(0, composed.Patches!.Slice(1, 7).Abs().Max().Item()); // beyond the three letters
            Assert.True(composed.Patches.Slice(1, 6, 7).Abs().Max().Item() > 0);
        }
    }

    private static VisionLanguageModel Create(string kind) => TinyVisionModel.Create(5, conditioning: (tower, generator) => kind == "prefix"
        ? new PrefixConditioning(new DecoderReader(TinyVisionModel.HiddenSize), QuestionTurn.First, 5, tower, [0, 1], generator)
        : new TextTokenConditioning(new DecoderReader(TinyVisionModel.HiddenSize), QuestionTurn.First, 5, kind == "kept", tower, generator));

    private static Collimate.Training.Programs.ConversationBatcher Batcher(string kind) => TinyVisionModel.Batcher(packed: false, kind == "kept" ? 9 : 4);

    private static Batch Batch(params Sample[] samples) => Batch("prefix", samples);

    private static Batch Batch(string kind, params Sample[] samples) => Batcher(kind).ToBatch(samples, forGeneration: false, Device.Cpu);

    private static TokenLayout Continued(TokenLayout prompt, int[] written) => prompt with
    {
        TokenIds = [.. prompt.TokenIds, .. written],
        Kinds = [.. prompt.Kinds, .. written.Select(_ => TokenKind.Answer)],
        Turns = [.. prompt.Turns, .. written.Select(_ => prompt.Turns[^1])],
        ImageIndex = [.. prompt.ImageIndex, .. written.Select(_ => -1)],
        Documents = [.. prompt.Documents, .. written.Select(_ => prompt.Documents[^1])],
        Spans = [.. prompt.Spans, .. written.Select(_ => (0, 0))],
    };
}
