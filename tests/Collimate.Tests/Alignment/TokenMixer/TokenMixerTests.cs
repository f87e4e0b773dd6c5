using Collimate.Alignment;
using Collimate.Alignment.Composition;
using Collimate.Alignment.Composition.TokenMixer;
using Collimate.Data;
using Collimate.Data.Conversations;
using Collimate.Generation;
using Collimate.Recipes;
using Collimate.Recipes.Schema;
using Collimate.Torch;
using FsCheck;
using FsCheck.Fluent;

namespace Collimate.Tests.Alignment.TokenMixer;

public sealed class TokenMixerTests
{
    private const int PerImage = TinyVisionModel.PatchesPerImage;

    public static TheoryData<TokenMixerVariant, ImageSide, UnmatchedPlace> Readings => MixerSamples.Readings;

    [Theory]
    [MemberData(nameof(Readings))]
    public void Arrange_AnyConversation_IsAPermutationThatKeepsTextInOrder(TokenMixerVariant variant, ImageSide side, UnmatchedPlace place)
    {
        using var model = MixerSamples.Model(MixerSamples.Mixer(variant, side, place));
        var moved = 0;
        Rows(3, (_, batch) =>
        {
            var pass = PassContext.Answering;
            var sequence = model.Compose(batch, pass: pass).Sequence;
            moved += pass.Measures.Means["token_mixer/tokens_moved"] > 0 ? 1 : 0;
            for (var row = 0; row < batch.Rows; row++)
            {
                var (layout, positions, start) = (batch.Layouts[row], sequence.Positions, row * sequence.Positions.Length);
                var here = Enumerable.Range(start, positions.RowLengths[row]).ToArray();
                var placed = Enumerable.Range(0, layout.Count).Where(token => layout.Kinds[token] != TokenKind.Image).ToArray();

                Assert.Equal(placed.Length + (layout.ImageCount * PerImage), here.Length); // as long as concatenation, so what fits the context still does
                Assert.Equal(
                    Enumerable.Range(0, layout.ImageCount).SelectMany(image => Enumerable.Range(0, PerImage).Select(patch => (image, patch))),
                    here.Where(at => positions.Images[at] >= 0).Select(at => (positions.Images[at], positions.Patches[at])).Order());
                Assert.Equal(placed.Select(token => layout.Kinds[token]), here.Where(at => positions.Images[at] < 0).Select(at => positions.Kinds[at]));
                // What an answer's token is predicted from stands just before it.
                Assert.Equal(placed.Where(layout.IsLearnt).Select(token => layout.TokenIds[token]), here.Select(at => positions.Labels[at]).Where(label => label != Positions.NoLabel));
                Assert.Equal(here.Select((_, at) => at), here.Select(at => positions.PositionIds[at]));
            }
        });

        Assert.True(moved > 3, $"tokens moved in {moved} batches only, so nothing was tried");
    }

    [Theory]
    [MemberData(nameof(Readings))]
    public void Compose_BatchOfRows_EqualsEachRowAlone(TokenMixerVariant variant, ImageSide side, UnmatchedPlace place)
    {
        using var model = MixerSamples.Model(MixerSamples.Mixer(variant, side, place));
        Rows(3, (samples, batch) =>
        {
            var together = model.Compose(batch).Sequence;
            for (var row = 0; row < batch.Rows; row++)
            {
                using var alone = MixerSamples.Batcher.ToBatch([samples[row]], forGeneration: false, Device.Cpu);
                var single = model.Compose(alone).Sequence;
                var length = single.Positions.RowLengths[0];
                Assert.Equal(single.Positions.Patches[..length], together.Positions.Patches.AsSpan(row * together.Positions.Length, length).ToArray());
                var difference = (together.Embeddings.Select(0, row).Narrow(0, 0, length) - single.Embeddings.Select(0, 0).Narrow(0, 0, length)).Abs().Max().Item();
                Assert.InRange(difference, 0, 1e-5);
            }
        });
    }

    [Theory]
    [MemberData(nameof(Readings))]
    public void Compose_Training_BeginsWithTheSequenceOfGeneration(TokenMixerVariant variant, ImageSide side, UnmatchedPlace place)
    {
        using var model = MixerSamples.Model(MixerSamples.Mixer(variant, side, place));
        Rows(1, (samples, batch) =>
        {
            using var asked = MixerSamples.Batcher.ToBatch(samples, forGeneration: true, Device.Cpu);
            var (trained, generated) = (model.Compose(batch, pass: new PassContext { Training = true, Progress = 0 }).Sequence, model.Compose(asked).Sequence);
            var length = generated.Positions.RowLengths[0];

            Assert.Equal(generated.Positions.Patches[..length], trained.Positions.Patches[..length]);
            Assert.Equal(generated.Positions.PositionIds[..length], trained.Positions.PositionIds[..length]);
            Assert.Equal(0, (generated.Embeddings.Narrow(1, 0, length) - trained.Embeddings.Narrow(1, 0, length)).Abs().Max().Item());
        });
    }

    [Theory]
    [InlineData(PositionRule.Sequential)]
    [InlineData(PositionRule.Kept)]
    public void Generate_WithCache_EqualsFullPasses(PositionRule rule)
    {
        using var parts = MixerSamples.Model(MixerSamples.Mixer(), seed: 3);
        var model = new VisionLanguageModel(parts.Conditioning, parts.Vision, parts.Connector, parts.Language, parts.Composition, parts.Attention, parts.Fusion, parts.PadTokenId) { Positions = rule };
        Prop.ForAll(MixerSamples.Samples.Two().ToArbitrary(), samples =>
        {
            using var scope = new TensorScope();
            Sample[] rows = [samples.Item1, samples.Item2];
            using var session = new VisionLanguageSession(model, MixerSamples.Batcher.ToBatch(rows, forGeneration: true, Device.Cpu));
            var generated = new TextGenerator().Generate(session, [[], []], new GenerationOptions { MaxNewTokens = 5, StopTokens = [TinyVisionModel.Tokenizer.EosId] });
            foreach (var (sample, row) in rows.Zip(generated))
            {
                var answered = sample with { Conversation = [.. sample.Conversation.Take(sample.Conversation.Count - 1), new Turn("assistant", "")] };
                Assert.Equal(ByFullPasses(model, answered, 5), row.Tokens);
            }
        }).Check(Properties.Hold.WithMaxTest(10));
    }

    [Fact]
    public void Arrange_KnownSimilarities_FollowsThemTiesGoToTheFirstWord()
    {
        using var scope = new TensorScope();
        // Words "a b b c" after the user's mark; the picture's tokens: like b (both), between a and c (first wins), against all, like c.
        var layout = TinyVisionModel.Batcher(packed: false).Render(new Sample("s", [TinyVisionModel.Picture(1)], [new("user", "<image>abbc"), new("assistant", "a")]));
        var text = Tensor.From([0f, 0, 0, 1, 1, 1, 1, 0, 0, 0, 2, 0, 0, 3, 0, 0, 0, 5, 0, 0, 0, 0, 0, 1, 0, 0, 1], [1, layout.Count, 3]);
        var visual = Tensor.From([0f, 7, 0, 1, 0, 1, -1, -1, -1, 0, 0, 2], [1, 4, 3]);
        using var batch = new Batch([layout], Tensor.Zeros([1, 3, 8, 8]));
        var pass = PassContext.Answering;

        var order = new TokenMixerComposition(new() { Threshold = 0.5 }).Arrange(visual, text, batch, pass);

        // image, mark, a, b, b, c, mark of the assistant, a, end: the picture's marker is token 0, so text token k is source 4 + k
        Assert.Equal([2, 5, 1, 6, 0, 7, 8, 3, 9, 10, 11, 12], order.Sources[0]);
        Assert.Equal((0.75, 3.0), (pass.Measures.Means["token_mixer/match_rate"], pass.Measures.Means["token_mixer/tokens_moved"]));
        Assert.Equal(1, pass.Measures.Means.Where(measure => measure.Key.StartsWith("token_mixer/cosine/", StringComparison.Ordinal)).Sum(measure => measure.Value), 9);
        Assert.Equal([5, 6, 1, 7, 0, 8, 9, 3, 10, 11, 12], new TokenMixerComposition(new() { Threshold = 0.5, Images = ImageSide.After }).Arrange(visual, text, batch, pass).Sources[0].Skip(1));
    }

    [Fact]
    public void Arrange_PictureBeforeTheFirstQuestion_IsOrderedByThatQuestionAlone()
    {
        using var scope = new TensorScope();
        using var model = MixerSamples.Model(MixerSamples.Mixer(threshold: -1));
        var sample = new Sample("s", [TinyVisionModel.Picture(1)], [new("system", "<image>ab"), new("user", "cde"), new("assistant", "f"), new("user", "fg"), new("assistant", "g")]);
        using var batch = MixerSamples.Batcher.ToBatch([sample], false, Device.Cpu);

        var positions = model.Compose(batch).Sequence.Positions;

        // Everything is like some word, and words of the first question stand before the first answer and after the system's text.
        var images = Enumerable.Range(0, positions.RowLengths[0]).Where(at => positions.Kinds[at] == TokenKind.Image).ToArray();
        Assert.True(images[0] > Array.LastIndexOf(positions.Kinds, TokenKind.System));
        Assert.True(images[^1] < Array.IndexOf(positions.Kinds, TokenKind.Answer));
        Assert.Equal(TokenKind.Prompt, positions.Kinds[images[^1] + 1]);
    }

    [Theory]
    [InlineData(TokenMixerVariant.Ours, true)]
    [InlineData(TokenMixerVariant.Paper, false)]
    public void Arrange_RoleMarkersMostAlike_AttractOnlyInThePapersReading(TokenMixerVariant variant, bool stays)
    {
        using var scope = new TensorScope();
        var layout = TinyVisionModel.Batcher(packed: false).Render(new Sample("s", [TinyVisionModel.Picture(1)], [new("user", "<image>ab"), new("assistant", "c")]));
        var embedded = new float[layout.Count * 2];
        for (var token = 0; token < layout.Count; token++)
        {
            embedded[(token * 2) + (token > 1 && layout.Kinds[token] is TokenKind.Marker or TokenKind.Answer ? 0 : 1)] = 1; // the assistant's mark and the answer point one way, all else the other
        }

        using var batch = new Batch([layout], Tensor.Zeros([1, 3, 8, 8]));
        var order = new TokenMixerComposition(new() { Variant = variant, Threshold = 0.9 }).Arrange(
            Tensor.From([1f, 0, 1, 0, 1, 0, 1, 0], [1, 4, 2]), Tensor.From(embedded, [1, layout.Count, 2]), batch, PassContext.Answering);

        Assert.Equal([0, 1, 2, 3], order.Sources[0].Where(source => source < 4));
        Assert.Equal(stays, order.Sources[0].SequenceEqual(ConcatComposition.Sources(batch, 4)[0]));
        Assert.True(Array.IndexOf(order.Sources[0], 3) < Array.FindIndex(order.Sources[0], source => source >= 4 && layout.Kinds[source - 4] == TokenKind.Answer));
    }

    [Fact]
    public void Compose_Gradients_ReachPatchesAndWordsAndNotTheDecision()
    {
        using var model = MixerSamples.Model(MixerSamples.Mixer());
        using var scope = new TensorScope();
        using var batch = TinyVisionModel.Batcher(packed: false).ToBatch([new Sample("s", [TinyVisionModel.Picture(2)], [new("user", "<image>abcdefg"), new("assistant", "c")])], false, Device.Cpu);
        var composed = model.Compose(batch);
        composed.Sequence.Embeddings.Narrow(1, 0, composed.Sequence.Positions.RowLengths[0]).Sum().Backward(); // padding repeats a token

        // A sum over all embeddings weighs every image token alike, wherever it stands: the decision adds nothing.
        var expected = Gradients.Of([model.Connector.Project(model.Vision.Encode(batch.Pixels!, null)).Sum()], [.. ((Module)model.Connector).Parameters()]);
        foreach (var (parameter, gradient) in ((Module)model.Connector).Parameters().Zip(expected))
        {
            Assert.InRange((parameter.Grad! - gradient!).Abs().Max().Item(), 0, 1e-3);
            Assert.True(parameter.Grad!.Abs().Max().Item() > 0);
        }
    }

    [Theory]
    [InlineData(1.01)]
    [InlineData(-1.01)]
    [InlineData(double.NaN)]
    public void Create_ThresholdThatIsNoCosine_IsRefused(double threshold) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new TokenMixerComposition(new() { Threshold = threshold }));

    [Theory]
    [InlineData("{ type: token_mixer, threshold: 1.5 }", "from -1 to 1")]
    [InlineData("{ type: token_mixer, images: between }", "before")]
    [InlineData("{ type: token_mixer, variant: paper, unmatched: in_place }", "first")]
    [InlineData("{ type: token_mixer, space: picture }", "decoder, text_tower")]
    public void Recipe_BadOption_SaysWhatIsExpected(string composition, string expected)
    {
        using var generator = new Generator(1);
        var failure = Assert.Throws<RecipeException>(() => Seams.Composition.Create(RecipeDocument.Parse($"composition: {composition}", "r").Root.Find("composition")!.Value, new SeamContext(".", generator, 1, 1)));
        Assert.Contains(expected, failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Options_Silent_HaveEachVariantsOwnThreshold() =>
        Assert.Equal((0.1, 0.1, 0.08), (new TokenMixerOptions().LeastCosine, new TokenMixerOptions { Variant = TokenMixerVariant.Paper }.LeastCosine, new TokenMixerOptions { Variant = TokenMixerVariant.Authors }.LeastCosine));

    [Fact]
    public void Arrange_NoPictureOrNoWords_KeepsTheOrderAndReportsTheSameNames()
    {
        using var scope = new TensorScope();
        using var model = MixerSamples.Model(MixerSamples.Mixer(threshold: -1));
        string[] Names(Sample sample, int[] patches)
        {
            using var batch = TinyVisionModel.Batcher(packed: false).ToBatch([sample], false, Device.Cpu);
            var pass = PassContext.Answering;
            var positions = model.Compose(batch, pass: pass).Sequence.Positions;
            Assert.Equal(patches, positions.Patches[..positions.RowLengths[0]].Where(patch => patch >= 0));
            return [.. Enumerable.Range(0, pass.Measures.ToArray().Length / 2).Select(at => $"{at}")];
        }

        Assert.Equal(
            Names(new Sample("no picture", [], [new("user", "abc"), new("assistant", "c")]), []),
            Names(new Sample("no word", [TinyVisionModel.Picture(1)], [new("user", "<image>"), new("assistant", "c")]), [0, 1, 2, 3]));
    }

    [Fact]
    public void Arrange_NaNScores_AreRefusedWithTheSample()
    {
        using var scope = new TensorScope();
        using var batch = TinyVisionModel.Batcher(packed: false).ToBatch([new Sample("the third", [TinyVisionModel.Picture(1)], [new("user", "<image>ab"), new("assistant", "c")])], false, Device.Cpu);
        var failure = Assert.Throws<DataException>(() => MixerSamples.Mixer().Arrange(Tensor.Full([1, 4, 2], double.NaN), Tensor.Ones([1, batch.Layouts[0].Count, 2]), batch, PassContext.Answering));

        Assert.Contains("the third", failure.Message, StringComparison.Ordinal);
        Assert.Contains("not a number", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Arrange_PackedQuestionsThatShareAPicture_AreRefusedNamingTheWayOut()
    {
        using var model = MixerSamples.Model(MixerSamples.Mixer());
        var sample = new Sample("two", [TinyVisionModel.Picture(1)], [new("user", "<image>ab"), new("assistant", "c"), new("user", "d"), new("assistant", "e")]);
        using var scope = new TensorScope();
        using var batch = TinyVisionModel.Batcher(packed: true).ToBatch([sample], false, Device.Cpu);

        var failure = Assert.Throws<DataException>(() => model.Compose(batch));

        Assert.Contains("packed: false", failure.Message, StringComparison.Ordinal);
        Assert.Contains("two", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Compose_OneQuestionWherePackingIsOn_IsOrderedAsOneText()
    {
        using var model = MixerSamples.Model(MixerSamples.Mixer(threshold: -1));
        var sample = new Sample("one", [TinyVisionModel.Picture(1)], [new("user", "<image>abcdefg"), new("assistant", "c")]);
        using var scope = new TensorScope();
        using var packed = TinyVisionModel.Batcher(packed: true).ToBatch([sample], false, Device.Cpu);
        using var joined = TinyVisionModel.Batcher(packed: false).ToBatch([sample], false, Device.Cpu);

        var (first, second) = (model.Compose(packed).Sequence.Positions, model.Compose(joined).Sequence.Positions);

        Assert.Equal(second.PositionIds, first.PositionIds);
        Assert.Equal(second.Labels, first.Labels);
        Assert.Equal(second.Documents, first.Documents);
    }

    [Fact]
    public void Render_LongerThanTheContext_IsRefusedBeforeAnythingIsOrdered()
    {
        var batcher = TinyVisionModel.Batcher(packed: false);
        var longest = new Sample("long", [TinyVisionModel.Picture(1)], [new("user", "<image>" + new string('a', 121)), new("assistant", "c")]);
        Assert.Equal(128, batcher.Render(longest with { Conversation = [new("user", "<image>" + new string('a', 120)), new("assistant", "c")] }).Count + 3);
        Assert.Equal(DataFault.TooLong, Assert.Throws<DataException>(() => batcher.Render(longest)).Fault);
    }

    private static void Rows(int count, Action<Sample[], Batch> check) => Prop.ForAll(Gen.ArrayOf(MixerSamples.Samples, count).ToArbitrary(), samples =>
    {
        using var scope = new TensorScope();
        using var noGradient = GradMode.Disable();
        using var batch = MixerSamples.Batcher.ToBatch(samples, forGeneration: false, Device.Cpu);
        check(samples, batch);
    }).Check(Properties.Hold.WithMaxTest(40));

    // Every token from a pass over the whole text so far: the order is decided anew each time, and must come out the same.
    private static List<int> ByFullPasses(VisionLanguageModel model, Sample sample, int most)
    {
        var prompt = MixerSamples.Batcher.Render(sample, forGeneration: true);
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
            using var batch = MixerSamples.Batcher.Piece([sample], [layout], 0, 1).ToBatch(Device.Cpu);
            var pass = model.Forward(batch);
            var next = (int)model.Language.Logits(pass.Hidden.Select(0, 0).Select(0, pass.Sequence.Positions.RowLengths[0] - 1)).ArgMax(-1).ItemInt64();
            if (next == TinyVisionModel.Tokenizer.EosId)
            {
                break;
            }

            written.Add(next);
        }

        return written;
    }
}
