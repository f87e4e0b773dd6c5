using Collimate.Alignment;
using Collimate.Alignment.Composition;
using Collimate.Alignment.Composition.Gps;
using Collimate.Data;
using Collimate.Data.Conversations;
using Collimate.Generation;
using Collimate.Torch;
using FsCheck;
using FsCheck.Fluent;

namespace Collimate.Tests.Alignment.Gps;

public sealed class GpsCompositionTests
{
    private static readonly PassContext Learning = new() { Training = true, Progress = 0.25, Seed = 7 };

    public static TheoryData<string> Kinds => TinyGpsModel.Kinds;

    // An auction ends within a bound of the best order; which of those, rounding may decide, and passes of another shape round otherwise.
    public static TheoryData<string> ExactKinds => ["ours", "free", "paper", "authors"];

    [Theory]
    [InlineData("ours")]
    [InlineData("free")]
    [InlineData("auction")]
    [InlineData("authors")]
    public void Arrange_AnyRows_PutsEveryTokenSomewhereOnceAndMovesOnlyWhatMay(string kind)
    {
        using var model = TinyGpsModel.Create(TinyGpsModel.Of(kind));
        var moved = 0;
        Prop.ForAll(TinyVisionModel.AnySample.Generator.Two().ToArbitrary(), samples =>
        {
            using var scope = new TensorScope();
            using var batch = Batch([samples.Item1, samples.Item2]);
            var plain = ConcatComposition.Sources(batch, TinyVisionModel.PatchesPerImage);

            foreach (var pass in (PassContext[])[Learning, PassContext.Answering])
            {
                var order = Arrange(model, batch, pass);
                for (var row = 0; row < 2; row++)
                {
                    Assert.Equal(plain[row].Order(), order.Sources[row].Order());
                    Assert.All(Enumerable.Range(0, plain[row].Length).Where(at => plain[row][at] != order.Sources[row][at]), at =>
                        Assert.True(MayMove(batch, row, plain[row][at]) && MayMove(batch, row, order.Sources[row][at])));
                    moved += plain[row].Zip(order.Sources[row]).Count(pair => pair.First != pair.Second);
                }
            }
        }).Check(Properties.Hold.WithMaxTest(25));

        Assert.True(moved > 100, $"{moved} tokens moved");
    }

    [Fact]
    public void Arrange_KeepingText_LeavesTheWordsInTheirOrder()
    {
        using var model = TinyGpsModel.Create(TinyGpsModel.Small);
        Prop.ForAll(TinyVisionModel.AnySample, sample =>
        {
            using var scope = new TensorScope();
            using var batch = Batch([sample]);
            var visual = batch.ImageCount(0) * TinyVisionModel.PatchesPerImage;

            var words = Arrange(model, batch, Learning).Sources[0].Where(source => source >= visual).ToArray();

            Assert.Equal(words.Order(), words);
        }).Check(Properties.Hold.WithMaxTest(25));
    }

    [Fact]
    public void Forward_OneOrderOrAnother_LabelsTravelWithTheirTokens()
    {
        using var plain = TinyVisionModel.Create(3);
        using var model = TinyGpsModel.Create(TinyGpsModel.Of("free"));
        Prop.ForAll(TinyVisionModel.AnySample, sample =>
        {
            using var scope = new TensorScope();
            using var noGradient = GradMode.Disable();
            using var batch = Batch([sample]);

            var (before, after) = (plain.Forward(batch).Sequence.Positions, model.Forward(batch, null, Learning).Sequence.Positions);

            // Answers stay where they were, and so does what is to be predicted; pictures' tokens are all there.
            Assert.Equal(before.Labels, after.Labels);
            Assert.Equal(before.Kinds.Select(kind => kind == TokenKind.Answer), after.Kinds.Select(kind => kind == TokenKind.Answer));
            Assert.Equal(Patches(before), Patches(after));
            Assert.Equal(before.PositionIds, after.PositionIds);
        }).Check(Properties.Hold.WithMaxTest(20));
    }

    [Theory]
    [MemberData(nameof(ExactKinds))]
    public void Compose_WithAnswersOrWithout_BeginsAlike(string kind)
    {
        using var model = TinyGpsModel.Create(TinyGpsModel.Of(kind));
        Prop.ForAll(TinyVisionModel.AnySample, sample =>
        {
            using var scope = new TensorScope();
            using var noGradient = GradMode.Disable();
            using var whole = Batch([sample]);
            // What generation starts from: the conversation up to the first question.
            var question = sample with { Conversation = [.. sample.Conversation.TakeWhile(turn => turn.Role != "assistant")] };
            if (question.Images.Count != ConversationRenderer.CountImages(question.Conversation[^1]) + (question.Conversation.Count > 1 ? ConversationRenderer.CountImages(question.Conversation[0]) : 0))
            {
                return;
            }

            using var prompt = TinyVisionModel.Batcher(packed: false).ToBatch([question], forGeneration: true, Device.Cpu);
            var (trained, generated) = (model.Compose(whole).Sequence, model.Compose(prompt).Sequence);
            var length = generated.Positions.RowLengths[0];
            Assert.Equal(generated.Positions.Kinds[..length], trained.Positions.Kinds[..length]);
            Assert.Equal(generated.Positions.Patches[..length], trained.Positions.Patches[..length]);
            var difference = (trained.Embeddings.Narrow(1, 0, length) - generated.Embeddings.Narrow(1, 0, length)).Abs().Max().Item();
            Assert.InRange(difference, 0, 1e-5);
        }).Check(Properties.Hold.WithMaxTest(15));
    }

    [Theory]
    [MemberData(nameof(ExactKinds))]
    public void Generate_OnACache_EqualsGreedyDecodingByFullPasses(string kind)
    {
        using var model = TinyGpsModel.Create(TinyGpsModel.Of(kind));
        Prop.ForAll(TinyVisionModel.AnySample.Generator.Two().ToArbitrary(), samples =>
        {
            using var scope = new TensorScope();
            Sample[] rows = [samples.Item1, samples.Item2];
            var batcher = TinyVisionModel.Batcher(packed: false);
            using var session = new VisionLanguageSession(model, batcher.ToBatch(rows, forGeneration: true, Device.Cpu));

            var generated = new TextGenerator().Generate(session, [[], []], new GenerationOptions { MaxNewTokens = 5, StopTokens = [] });

            foreach (var (sample, row) in rows.Zip(generated))
            {
                Assert.Equal(ByFullPasses(model, batcher.Render(sample, forGeneration: true), sample, 5), row.Tokens);
            }
        }).Check(Properties.Hold.WithMaxTest(6));
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Backward_FromTheEmbeddings_ReachesNetworkConnectorAndTower(string kind)
    {
        using var model = TinyGpsModel.Create(TinyGpsModel.Of(kind));
        using var scope = new TensorScope();
        using var batch = Batch([Ask(1, "<image>abcd", "fg"), Ask(2, "<image>gfe", "a")]);

        var sequence = model.Compose(batch, null, Learning).Sequence;
        (sequence.Embeddings * Tensor.RandomNormal(sequence.Embeddings.Shape)).Square().Sum().Backward();

        foreach (var part in (string[])["composition.network.blocks.0.value.weight", "composition.network.blocks.1.query.weight", "multi_modal_projector.", "vision_tower."])
        {
            var gradients = model.NamedParameters().Where(p => p.Name.StartsWith(part, StringComparison.Ordinal)).Select(p => p.Value.Grad).OfType<Tensor>().ToArray();
            Assert.Contains(gradients, gradient => gradient.Abs().Max().Item() > 1e-9);
            Assert.All(gradients, gradient => Assert.True(gradient.IsFinite().All().ItemBool(), part));
        }
    }

    [Fact]
    public void Compose_SoftMixing_LeavesAnswersMarkersAndSystemTextAsTheyWere()
    {
        using var plain = TinyVisionModel.Create(3);
        using var model = TinyGpsModel.Create(TinyGpsModel.Of("authors"));
        using var scope = new TensorScope();
        using var noGradient = GradMode.Disable();
        using var batch = Batch([new Sample("s", [TinyVisionModel.Picture(1)], [new Turn("system", "gg"), new Turn("user", "<image>abc"), new Turn("assistant", "de")])]);

        var (before, after) = (plain.Compose(batch).Sequence, model.Compose(batch, null, Learning).Sequence);

        var kinds = before.Positions.Kinds;
        for (var at = 0; at < before.Positions.RowLengths[0]; at++)
        {
            var difference = (before.Embeddings.Select(1, at) - after.Embeddings.Select(1, at)).Abs().Max().Item();
            Assert.True(kinds[at] is TokenKind.Image or TokenKind.Prompt ? difference > 1e-3 : difference == 0, $"position {at}, {kinds[at]}: {difference}");
        }
    }

    [Fact]
    public void Arrange_HardForward_StandsAsTheSourcesSay()
    {
        using var model = TinyGpsModel.Create(TinyGpsModel.Of("free"));
        using var scope = new TensorScope();
        using var batch = Batch([Ask(1, "<image>abcd", "fg")]);

        var composed = model.Compose(batch, null, Learning);
        var order = Arrange(model, batch, Learning);
        var sources = Tensor.Cat([composed.Visual!.Reshape(-1, 24), model.Language.Embed(Tensor.From(batch.Layouts[0].TokenIds.Select(id => (long)id).ToArray()))]);
        var expected = sources.IndexSelect(0, Tensor.From(order.Sources[0].Select(source => (long)source).ToArray()));

        Assert.Equal(expected.ToArray<float>(), composed.Sequence.Embeddings.Select(0, 0).Narrow(0, 0, order.Sources[0].Length).ToArray<float>());
        Assert.True(order.Mixture!.Weights.RequiresGrad);
    }

    [Fact]
    public void Arrange_SeedAndProgress_DecideTrainingAndNothingOfAnswering()
    {
        using var model = TinyGpsModel.Create(TinyGpsModel.Of("authors"));
        using var scope = new TensorScope();
        using var batch = Batch([Ask(1, "<image>abcd", "fg")]);
        float[] Weights(PassContext pass) => Arrange(model, batch, pass).Mixture!.Weights.ToArray<float>();

        Assert.Equal(Weights(Learning), Weights(new PassContext { Training = true, Progress = 0.25, Seed = 7 }));
        Assert.NotEqual(Weights(Learning), Weights(new PassContext { Training = true, Progress = 0.25, Seed = 8 }));
        Assert.Equal(Weights(PassContext.Answering), Weights(new PassContext { Seed = 5 }));
        Assert.NotEqual(Weights(Learning), Weights(PassContext.Answering));
    }

    [Fact]
    public void Arrange_PaperVariant_MixesForHalfAStageAndThenChooses()
    {
        using var model = TinyGpsModel.Create(TinyGpsModel.Of("paper"));
        using var scope = new TensorScope();
        using var batch = Batch([Ask(1, "<image>abcd", "fg")]);

        Assert.False(Arrange(model, batch, new PassContext { Training = true, Progress = 0.49 }).Mixture!.IsHard);
        Assert.True(Arrange(model, batch, new PassContext { Training = true, Progress = 0.51 }).Mixture!.IsHard);
        Assert.True(Arrange(model, batch, PassContext.Answering).Mixture!.IsHard);
    }

    [Fact]
    public void Arrange_Measures_TellOfTheMatrixAndTheTokens()
    {
        using var model = TinyGpsModel.Create(TinyGpsModel.Small);
        using var scope = new TensorScope();
        using var batch = Batch([Ask(1, "<image>abcd", "fg"), Ask(2, "<image>g", "fg")]);
        var pass = new PassContext { Training = true, Progress = 1, Seed = 1 };

        Arrange(model, batch, pass);

        var means = pass.Measures.Means;
        Assert.Equal(0.1, means["gps/temperature"], 1e-9);
        Assert.Equal(1, means["gps/is_permutation"]);
        Assert.InRange(means["gps/tokens_moved"], 0.05, 1);
        Assert.InRange(means["gps/entropy"], 0, Math.Log(8));
        Assert.InRange(means["gps/doubly_stochastic_error"], 0, 1);
        Assert.Equal(5, means.Count);
    }

    [Theory]
    [InlineData("", 1)]
    [InlineData("abc", 0)]
    public void Arrange_NoTextOrNoPicture_LeavesTheTextAsItIs(string words, int pictures)
    {
        using var model = TinyGpsModel.Create(TinyGpsModel.Small);
        using var scope = new TensorScope();
        var sample = new Sample(
            "s", [.. Enumerable.Range(1, pictures).Select(TinyVisionModel.Picture)], [new Turn("user", string.Concat(Enumerable.Repeat("<image>", pictures)) + words), new Turn("assistant", "de")]);
        using var batch = Batch([sample]);
        var plain = ConcatComposition.Sources(batch, TinyVisionModel.PatchesPerImage)[0];
        var visual = pictures * TinyVisionModel.PatchesPerImage;

        var order = Arrange(model, batch, Learning).Sources[0];

        Assert.Equal(plain.Select(source => source < visual), order.Select(source => source < visual));
        Assert.Equal(plain.Where(source => source >= visual), order.Where(source => source >= visual));
        Assert.True(model.Forward(batch).Hidden.IsFinite().All().ItemBool());
    }

    [Fact]
    public void Arrange_ScoresThatAreNoNumbers_NameTheSampleAndTheRemedy()
    {
        using var model = TinyGpsModel.Create(TinyGpsModel.Small);
        using var scope = new TensorScope();
        using (GradMode.Disable())
        {
            model.NamedParameters().Single(p => p.Name == "composition.network.blocks.1.key.weight").Value.Fill_(double.NaN);
        }

        using var batch = Batch([Ask(1, "<image>abcd", "fg")]);

        var failure = Assert.Throws<DataException>(() => Arrange(model, batch, Learning));

        Assert.StartsWith("1: the scores of tokens for places hold a number that is not finite", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Arrange_PackedQuestions_AreRefusedWithTheRemedy()
    {
        using var model = TinyGpsModel.Create(TinyGpsModel.Small);
        using var scope = new TensorScope();
        using var several = TinyVisionModel.Batcher(packed: true).ToBatch([Ask(1, "<image>abcd", "fg", "a", "b")], forGeneration: false, Device.Cpu);
        using var one = TinyVisionModel.Batcher(packed: true).ToBatch([Ask(1, "<image>abcd", "fg")], forGeneration: false, Device.Cpu);

        Assert.Contains("set packed: false", Assert.Throws<DataException>(() => Arrange(model, several, Learning)).Message, StringComparison.Ordinal);
        Assert.NotNull(Arrange(model, one, Learning).Mixture);
    }

    [Fact]
    public void Render_SampleThatIsTooLongInAnyOrder_IsRefusedAsInEveryOther()
    {
        using var model = TinyGpsModel.Create(TinyGpsModel.Small);
        var batcher = TinyVisionModel.Batcher(packed: false) with { ContextLength = 12 };

        Assert.Contains("the model's context holds 12", Assert.Throws<DataException>(() => batcher.Render(Ask(1, "<image>abcdefg", "abc"))).Message, StringComparison.Ordinal);

        // What just fits is no longer after it has been put in order.
        using var scope = new TensorScope();
        using var noGradient = GradMode.Disable();
        using var batch = (batcher with { ContextLength = 17 }).ToBatch([Ask(1, "<image>abcdefg", "abc")], forGeneration: false, Device.Cpu);
        Assert.Equal(17, model.Forward(batch).Sequence.Positions.RowLengths[0]);
    }

    private static Order Arrange(VisionLanguageModel model, Batch batch, PassContext pass)
    {
        var visual = batch.Pixels is { } pixels ? model.Connector.Project(model.Vision.Encode(pixels, null)) : null;
        var length = batch.Layouts.Max(layout => layout.Count);
        long[] ids = [.. batch.Layouts.SelectMany(layout => layout.TokenIds.Select(id => (long)id).Concat(Enumerable.Repeat(0L, length - layout.Count)))];
        return model.Composition.Arrange(visual, model.Language.Embed(Tensor.From(ids, [batch.Rows, length])), batch, pass);
    }

    private static bool MayMove(Batch batch, int row, int source)
    {
        var layout = batch.Layouts[row];
        var visual = batch.ImageCount(row) * TinyVisionModel.PatchesPerImage;
        var token = source < visual ? Array.FindIndex(layout.ImageIndex, image => image == source / TinyVisionModel.PatchesPerImage) : source - visual;
        return layout.Kinds[token] is TokenKind.Image or TokenKind.Prompt && !layout.Kinds.AsSpan(0, token).Contains(TokenKind.Answer);
    }

    private static (int Image, int Patch)[] Patches(Positions positions) => [.. positions.Images.Zip(positions.Patches).Where(pair => pair.First >= 0).Order()];

    private static Batch Batch(Sample[] samples) => TinyVisionModel.Batcher(packed: false).ToBatch(samples, forGeneration: false, Device.Cpu);

    private static Sample Ask(int picture, params string[] said) => new(
        $"{picture}", [TinyVisionModel.Picture(picture)], [.. said.Select((words, at) => new Turn(at % 2 == 0 ? "user" : "assistant", words))]);

    private static List<int> ByFullPasses(VisionLanguageModel model, TokenLayout prompt, Sample sample, int most)
    {
        var written = new List<int>();
        while (written.Count < most)
        {
            using var scope = new TensorScope();
            using var noGradient = GradMode.Disable();
            var count = written.Count;
            var layout = prompt with
            {
                TokenIds = [.. prompt.TokenIds, .. written], Kinds = [.. prompt.Kinds, .. Enumerable.Repeat(TokenKind.Answer, count)],
                Turns = [.. prompt.Turns, .. Enumerable.Repeat(prompt.Turns[^1], count)], ImageIndex = [.. prompt.ImageIndex, .. Enumerable.Repeat(-1, count)],
                Documents = [.. prompt.Documents, .. Enumerable.Repeat(0, count)], Spans = [.. prompt.Spans, .. Enumerable.Repeat((0, 0), count)],
            };
            using var batch = TinyVisionModel.Batcher(packed: false).Piece([sample], [layout], 0, 1).ToBatch(Device.Cpu);
            var pass = model.Forward(batch);
            var last = pass.Hidden.Select(0, 0).Select(0, pass.Sequence.Positions.RowLengths[0] - 1);
            written.Add((int)model.Language.Logits(last).ArgMax(-1).ItemInt64());
        }

        return written;
    }
}
