using Collimate.Models;
using Collimate.Models.Attention;
using Collimate.Models.Language;
using Collimate.Torch;
using FsCheck;
using FsCheck.Fluent;

namespace Collimate.Tests.Models.Language;

public sealed class CausalLanguageModelTests
{
    [Fact]
    public void Step_AfterAnyPrompt_EqualsRunningEverythingAtOnce()
    {
        using var model = TinyDecoder.Create();
        Prop.ForAll<int>(seed =>
        {
            using var scope = new TensorScope();
            using var noGradient = GradMode.Disable();
            var random = new Random(seed);
            var (batch, length, steps) = (random.Next(1, 4), random.Next(1, 9), random.Next(1, 5));
            var spec = RandomSpecs.Any(random, batch, length);
            var ids = TinyDecoder.Ids(random, batch, length + steps);
            var positions = Tensor.From<long>([.. Enumerable.Range(0, batch * length).Select(_ => (long)random.Next(40))], [batch, length]);
            var prompt = new LanguageInput(model.Embed(ids.Slice(1, 0, length)), positions, spec);

            var (logits, state) = model.Prefill(prompt);
            using (state)
            {
                List<Tensor> cached = [logits];
                var placed = positions;
                for (var step = 0; step < steps; step++)
                {
                    placed = Tensor.Cat([placed, Tensor.From<long>(state.NextPositions, [batch, 1])], 1);
                    int[] tokens = [.. ids.Select(1, length + step).Contiguous().ToArray<long>().Select(id => (int)id)];
                    cached.Add(model.Step(tokens, state));
                }

                var whole = model.Logits(model.Run(new LanguageInput(model.Embed(ids), placed, state.Attention)));
                return Enumerable.Range(0, batch).All(row => Enumerable.Range(0, steps + 1).All(step =>
                    Near.Distance(whole.Select(0, row).Select(0, step == 0 ? spec.LastValid(row) : length + step - 1), cached[step].Select(0, row)) < 1e-4));
            }
        }).Check(Properties.Hold);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Prefill_PaddedBatch_EqualsEachRowAlone(bool left)
    {
        using var scope = new TensorScope();
        using var noGradient = GradMode.Disable();
        using var model = TinyDecoder.Create();
        var random = new Random(4);
        var lengths = new[] { 5, 2, 7 };
        var (rows, width) = (lengths.Select(length => TinyDecoder.Ids(random, 1, length)).ToArray(), lengths.Max());
        var padding = lengths.Select(length => Tensor.Zeros([1, width - length], ScalarType.Int64)).ToArray();
        var ids = Tensor.Cat(rows.Select((row, r) => Tensor.Cat(left ? [padding[r], row] : [row, padding[r]], 1)));
        int[] valid = [.. lengths.SelectMany(length => Enumerable.Range(0, width).Select(at => left == (at >= width - length) && (left || at < length) ? 1 : at < length && !left ? 1 : 0))];

        var (logits, state) = model.Prefill(LanguageInput.Causal(model.Embed(ids), valid));
        var next = model.Step([3, 4, 5], state);
        state.Dispose();

        for (var row = 0; row < rows.Length; row++)
        {
            var (alone, own) = model.Prefill(LanguageInput.Causal(model.Embed(rows[row])));
            Near.Assert(alone.Select(0, 0), logits.Select(0, row), 1e-5, $"row {row} after its prompt");
            Near.Assert(model.Step([3 + row], own).Select(0, 0), next.Select(0, row), 1e-5, $"row {row} after one step");
            own.Dispose();
        }
    }

    [Fact]
    public void Run_PackedDocuments_EqualSeparateRuns()
    {
        using var scope = new TensorScope();
        using var noGradient = GradMode.Disable();
        using var model = TinyDecoder.Create();
        var random = new Random(6);
        var (first, second) = (TinyDecoder.Ids(random, 1, 4), TinyDecoder.Ids(random, 1, 3));
        var positions = Tensor.From<long>([0L, 1, 2, 3, 0, 1, 2], [1, 7]);
        var spec = new AttentionSpec(1, 7, [1, 1, 1, 1, 2, 2, 2], new int[7], new int[7], [1, 1, 1, 1, 1, 1, 1]);

        var packed = model.Run(new LanguageInput(model.Embed(Tensor.Cat([first, second], 1)), positions, spec));

        Near.Assert(model.Run(LanguageInput.Causal(model.Embed(first))), packed.Slice(1, 0, 4), 1e-5, "first document");
        Near.Assert(model.Run(LanguageInput.Causal(model.Embed(second))), packed.Slice(1, 4), 1e-5, "second document");
    }

    [Fact]
    public void Run_DocumentsBehindSharedPrefix_EqualEachBehindItsOwn()
    {
        using var scope = new TensorScope();
        using var noGradient = GradMode.Disable();
        using var model = TinyDecoder.Create();
        var random = new Random(7);
        var (prefix, first, second) = (TinyDecoder.Ids(random, 1, 3), TinyDecoder.Ids(random, 1, 2), TinyDecoder.Ids(random, 1, 2));
        var positions = Tensor.From<long>([0L, 1, 2, 3, 4, 3, 4], [1, 7]);
        var spec = new AttentionSpec(1, 7, [0, 0, 0, 1, 1, 2, 2], new int[7], new int[7], [1, 1, 1, 1, 1, 1, 1]);

        var packed = model.Run(new LanguageInput(model.Embed(Tensor.Cat([prefix, first, second], 1)), positions, spec));

        foreach (var (document, start) in new[] { (first, 3), (second, 5) })
        {
            var alone = model.Run(LanguageInput.Causal(model.Embed(Tensor.Cat([prefix, document], 1))));
            Near.Assert(alone.Slice(1, 3), packed.Slice(1, start, start + 2), 1e-5, $"document at {start}");
        }
    }

    [Fact]
    public void Backward_RecomputedLayers_GivesTheSameGradients()
    {
        using var scope = new TensorScope();
        using var model = TinyDecoder.Create();
        var ids = TinyDecoder.Ids(new Random(2), 2, 6);
        var spec = RandomSpecs.Any(new Random(2), 2, 6);
        float[][] Gradients(bool recompute)
        {
            model.RecomputesLayers = recompute;
            var input = LanguageInput.Causal(model.Embed(ids)) with { Attention = spec };
            model.Run(input).Square().Sum().Backward();
            float[][] found = [.. model.Parameters().Select(p => Near.Floats(p.Grad!))];
            foreach (var parameter in model.Parameters())
            {
                parameter.Grad = null;
            }

            return found;
        }

        Assert.Equal(Gradients(recompute: false), Gradients(recompute: true));
    }

    [Fact]
    public void Run_UnderAutocast_StaysNearSinglePrecision()
    {
        using var scope = new TensorScope();
        using var model = TinyDecoder.Create();
        var ids = TinyDecoder.Ids(new Random(12), 2, 6);
        var exact = model.Run(LanguageInput.Causal(model.Embed(ids)));
        Tensor narrow;
        using (Autocast.Enable())
        {
            narrow = model.Run(LanguageInput.Causal(model.Embed(ids)));
        }

        narrow.To(ScalarType.Float32).Square().Sum().Backward();
        Near.Assert(exact, narrow, 0.15, "bfloat16 run");
        Assert.All(model.Parameters(), parameter => Assert.All(Near.Floats(parameter.Grad!), gradient => Assert.True(float.IsFinite(gradient))));
    }

    [Fact]
    public void Step_UnderAutocast_StaysNearTheWholeRun()
    {
        using var scope = new TensorScope();
        using var noGradient = GradMode.Disable();
        using var autocast = Autocast.Enable();
        using var model = TinyDecoder.Create();
        var ids = TinyDecoder.Ids(new Random(13), 2, 5);
        var (_, state) = model.Prefill(LanguageInput.Causal(model.Embed(ids.Slice(1, 0, 4))));
        int[] last = [.. ids.Select(1, 4).Contiguous().ToArray<long>().Select(id => (int)id)];
        var stepped = model.Step(last, state);
        state.Dispose();
        Near.Assert(model.Logits(model.Run(LanguageInput.Causal(model.Embed(ids))).Select(1, 4)), stepped, 0.1, "bfloat16 step");
    }

    [Fact]
    public void Run_HookThatDoesNothing_ChangesNothing()
    {
        using var scope = new TensorScope();
        using var noGradient = GradMode.Disable();
        using var model = TinyDecoder.Create();
        var input = LanguageInput.Causal(model.Embed(TinyDecoder.Ids(new Random(8), 2, 5)));
        Assert.Equal(Near.Floats(model.Run(input)), Near.Floats(model.Run(input, hook: new IdleHook())));
    }

    [Fact]
    public void Run_HookThatChangesValues_EqualsABiasOnThem()
    {
        using var scope = new TensorScope();
        using var noGradient = GradMode.Disable();
        using var model = TinyDecoder.Create();
        var input = LanguageInput.Causal(model.Embed(TinyDecoder.Ids(new Random(9), 2, 5)));
        var hooked = model.Run(input, hook: new ValueHook(layer: 1, added: 0.5));
        model.StateDict()["model.layers.1.self_attn.v_proj.bias"].Add_(Tensor.Scalar(0.5));
        Near.Assert(model.Run(input), hooked, 1e-5, "hooked run");
    }

    [Fact]
    public void Step_WhileGradientsAreRecorded_IsRefused()
    {
        using var scope = new TensorScope();
        using var model = TinyDecoder.Create();
        var error = Assert.Throws<InvalidOperationException>(() => model.Prefill(LanguageInput.Causal(model.Embed(TinyDecoder.Ids(new Random(1), 1, 3)))));
        Assert.Contains("GradMode.Disable", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Run_DescriptionOfAnotherLength_SaysWhatDoesNotFit()
    {
        using var scope = new TensorScope();
        using var model = TinyDecoder.Create();
        var input = LanguageInput.Causal(model.Embed(TinyDecoder.Ids(new Random(1), 1, 3))) with { Attention = AttentionSpec.Causal(1, 4) };
        var error = Assert.Throws<ArgumentException>(() => model.Run(input));
        Assert.Contains("1 rows of 4 positions", error.Message, StringComparison.Ordinal);
    }

    private sealed class IdleHook : ILayerHook;

    private sealed class ValueHook(int layer, double added) : ILayerHook
    {
        public bool ProjectsIn(int number) => number == layer;

        public Tensor Project(int number, Tensor normed, PackedLinear own)
        {
            var (start, width) = own.RowsOf("v_proj");
            var parts = own.Forward(normed).Split([start, width], -1);
            return Tensor.Cat([parts[0], parts[1] + added], -1);
        }
    }
}
