using Collimate.Alignment;
using Collimate.Alignment.Fusion;
using Collimate.Alignment.Fusion.InverseLlava;
using Collimate.Data.Conversations;
using Collimate.Models;
using Collimate.Models.Language;
using Collimate.Tests.Models;
using Collimate.Torch;
using Collimate.Torch.Fused;

namespace Collimate.Tests.Alignment.Fusion;

/// <summary>Inverse-LLaVA computes what its equations say, and nothing where they say nothing.</summary>
public sealed class InverseLlavaTests
{
    private static readonly LanguageConfig Shape = new()
    {
        VocabularySize = 8, HiddenSize = 6, LayerCount = 1, HeadCount = 2, KeyValueHeadCount = 1, HeadSize = 4, IntermediateSize = 8, ProjectionBias = true,
    };

    public static TheoryData<string> Kinds => TinyFusionModel.Inverse;

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Forward_TextWithEveryAlphaZero_EqualsThePlainDecoder(string kind)
    {
        using var model = TinyFusionModel.Create(kind);
        TinyFusionModel.Fill(TinyFusionModel.Parameters(model, name => name.EndsWith("alpha", StringComparison.Ordinal)), 0);

        AssertEqualsPlain(model, TinyFusionModel.Ask("abc", "de"), 1e-6);
    }

    [Theory]
    [InlineData("paper", "text_query text_key text_value text vision")]
    [InlineData("separate", "text_query text_key text_value vision")]
    [InlineData("additive", "sum")]
    [InlineData("gated", "up")]
    [InlineData("authors", "linear_2")]
    public void Forward_TextWithLeadingMatricesZero_EqualsThePlainDecoder(string kind, string leading)
    {
        using var model = TinyFusionModel.Create(kind);
        TinyFusionModel.Fill(TinyFusionModel.Parameters(model, name => leading.Split(' ').Any(part => name.EndsWith($"{part}.weight", StringComparison.Ordinal) || name.EndsWith($"{part}.bias", StringComparison.Ordinal))), 0);

        AssertEqualsPlain(model, TinyFusionModel.Ask("abc", "de"), 1e-6);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Forward_AnotherPicture_ChangesTheWordsBehindIt(string kind)
    {
        using var model = TinyFusionModel.Create(kind);
        using var scope = new TensorScope();
        using var noGradient = GradMode.Disable();
        float[] Last(int picture)
        {
            using var batch = TinyFusionModel.Batch(TinyFusionModel.Ask("abc", "de", picture));
            var pass = model.Forward(batch);
            return Near.Floats(pass.Hidden.Select(0, 0).Select(0, pass.Sequence.Positions.RowLengths[0] - 1));
        }

        Assert.InRange(Near.Distance(Last(1), Last(2)), 1e-3, 1e3);
    }

    [Theory]
    [InlineData("paper", false)]
    [InlineData("paper", true)]
    [InlineData("separate", false)]
    [InlineData("separate", true)]
    [InlineData("additive", false)]
    [InlineData("additive", true)]
    [InlineData("gated", false)]
    [InlineData("gated", true)]
    [InlineData("authors", false)]
    [InlineData("authors", true)]
    public void Project_InTwoLots_EqualsTheEquationsOverBothSideBySide(string kind, bool isEmpty)
    {
        using var scope = new TensorScope();
        using var noGradient = GradMode.Disable();
        using var generator = new Generator(5);
        const int Vision = 3;
        var options = kind switch
        {
            "separate" => new InverseLlavaOptions { SharedText = false, VisionNorm = false },
            "additive" => new InverseLlavaOptions { Variant = InverseLlavaVariant.Additive },
            "gated" => new InverseLlavaOptions { Variant = InverseLlavaVariant.Gated, Width = 5 },
            "authors" => new InverseLlavaOptions { Variant = InverseLlavaVariant.Authors, Width = 5 },
            _ => new InverseLlavaOptions(),
        };
        using var fusion = new InverseLlavaFusion(options, Shape, Vision, generator);
        foreach (var parameter in fusion.Parameters())
        {
            parameter.CopyFrom_(Tensor.RandomNormal(parameter.Shape, generator));
        }

        using var own = new PackedLinear(Shape.HiddenSize, [("q_proj", 8), ("k_proj", 4), ("v_proj", 4)], hasBias: true, generator, 0.5);
        own.Bias!.CopyFrom_(Tensor.RandomNormal([16], generator));
        // Two rows: words, two patches, a word and padding; two patches and words.
        var (positions, order) = (new Positions(2, 6), new Order([[], []]));
        (positions.RowLengths[0], positions.RowLengths[1]) = (5, 6);
        int[] places = [1, 2, 6, 7], stands = [1, 0, 0, 1];
        foreach (var (k, at) in places.Index())
        {
            (positions.Images[at], positions.Patches[at], positions.Kinds[at]) = (0, stands[k], TokenKind.Image);
        }

        var patches = Tensor.RandomNormal([2, 2, Vision], generator);
        var normed = Tensor.RandomNormal([2, 6, Shape.HiddenSize], generator);
        var words = Tensor.From<float>([.. Enumerable.Range(0, 12).Select(at => places.Contains(at) ? 0f : 1f)], [2, 6, 1]);
        normed = isEmpty ? normed * words : normed;
        using var batch = new Batch([Marked(), Marked()], Tensor.Zeros([2, 3, 2, 2]));

        var hook = fusion.Prepare(new FusionInput(patches, patches, batch, order, positions) { IsEmptyAtPictures = isEmpty })!;
        var actual = hook.Project(0, normed, own);

        var padded = new float[12 * Vision];
        var flat = patches.ToArray<float>();
        foreach (var (k, at) in places.Index())
        {
            flat.AsSpan(((k / 2 * 2) + stands[k]) * Vision, Vision).CopyTo(padded.AsSpan(at * Vision));
        }

        var expected = Literal(fusion.StateDict(), options, own.Forward(normed), normed, Tensor.From(padded, [2, 6, Vision]), 1 - words);
        Near.Assert(expected.Reshape(12, -1).Narrow(0, 0, 5), actual.Reshape(12, -1).Narrow(0, 0, 5), 1e-5, "first row"); // what padding gets nobody sees
        Near.Assert(expected.Reshape(12, -1).Narrow(0, 6, 6), actual.Reshape(12, -1).Narrow(0, 6, 6), 1e-5, "second row");
    }

    [Theory]
    [InlineData("paper")]
    [InlineData("separate")]
    [InlineData("additive")]
    [InlineData("late")]
    [InlineData("both")]
    [InlineData("authors")]
    [InlineData("gated")]
    public void MergeInto_Decoder_AnswersTheSame(string kind)
    {
        using var model = TinyFusionModel.Create(kind);
        using var scope = new TensorScope();
        using var noGradient = GradMode.Disable();
        using var batch = TinyFusionModel.Batch(TinyFusionModel.Ask("abc", "de", 1), TinyFusionModel.Ask("fg", "a"));
        var before = Seen();
        var weight = model.Language.StateDict()["model.layers.1.self_attn.q_proj.weight"].ToArray<float>().Concat(model.Language.StateDict()["model.layers.0.self_attn.q_proj.weight"].ToArray<float>()).ToArray();

        model.Fusion.MergeInto(model.Language);

        Near.Assert(before, Seen(), 2e-5, "merged");
        var merged = model.Language.StateDict()["model.layers.1.self_attn.q_proj.weight"].ToArray<float>().Concat(model.Language.StateDict()["model.layers.0.self_attn.q_proj.weight"].ToArray<float>()).ToArray();
        Assert.Equal(kind is "authors" or "gated", weight.SequenceEqual(merged)); // what is not linear in the text cannot be merged

        // What stands in padding does not matter.
        Tensor Seen()
        {
            var pass = model.Forward(batch);
            return Tensor.Cat([.. pass.Sequence.Positions.RowLengths.Select((length, row) => pass.Hidden.Select(0, row).Narrow(0, 0, length))]);
        }
    }

    [Fact]
    public void Prepare_FewerPlacesThanPatches_IsRefused()
    {
        using var scope = new TensorScope();
        using var fusion = new InverseLlavaFusion(new(), Shape, 3);
        using var batch = new Batch([Marked()], Tensor.Zeros([1, 3, 2, 2]));

        var error = Assert.Throws<ArgumentException>(() => fusion.Prepare(new FusionInput(Tensor.Zeros([1, 4, 3]), Tensor.Zeros([1, 2, 6]), batch, new Order([[]]), new Positions(1, 4))));

        Assert.Contains("2 places in the sequence for 4 patches", error.Message, StringComparison.Ordinal);
    }

    // The equations as they are printed, over all positions at once.
    private static Tensor Literal(IReadOnlyDictionary<string, Tensor> state, InverseLlavaOptions options, Tensor own, Tensor normed, Tensor vision, Tensor isPlace)
    {
        Tensor Of(string name) => state[$"layers.0.{name}"];
        var seen = (options.NormsVision ? FusedOperators.RmsNorm(vision, Of("vision_norm.weight"), 1e-6) : vision) * isPlace;
        var parts = new List<Tensor>();
        foreach (var (k, part) in new[] { "query", "key", "value" }.Index())
        {
            var added = options.Variant switch
            {
                InverseLlavaVariant.Authors => vision.Linear(Of($"{part}.linear_1.weight"), Of($"{part}.linear_1.bias")).Gelu().Linear(Of($"{part}.linear_2.weight"), Of($"{part}.linear_2.bias")),
                InverseLlavaVariant.Additive => (normed.Linear(Of("text_to_vision.weight")) + seen).Linear(Of($"sum_{part}.weight")),
                InverseLlavaVariant.Gated => Gated(part),
                _ => Tensor.Cat([normed.Linear(Of(options.SharedText ? "text_to_vision.weight" : $"text_to_vision_{part}.weight")), seen], -1)
                    .Linear(Tensor.Cat([Of($"text_{part}.weight"), Of($"vision_{part}.weight")], 1)), // [U ; Vpad] W_cᵀ
            };
            parts.Add(added * Of("alpha").Select(0, k));
        }

        return own + Tensor.Cat(parts, -1);

        Tensor Gated(string part)
        {
            var text = FusedOperators.RmsNorm(normed.Linear(Of("text_down.weight")), Of("text_down_norm.weight"), 1e-6);
            var picture = FusedOperators.RmsNorm(seen.Linear(Of("vision_down.weight")), Of("vision_down_norm.weight"), 1e-6);
            var both = Tensor.Cat([text, picture], -1);
            return (both * both.Linear(Of("gate.weight"), Of("gate.bias")).Sigmoid()).Linear(Of($"up_{part}.weight"));
        }
    }

    private static TokenLayout Marked() => new([0], [TokenKind.Image], [0], [0], [0], [(0, 0)], "");

    private static void AssertEqualsPlain(VisionLanguageModel fused, Sample sample, double tolerance)
    {
        using var scope = new TensorScope();
        using var noGradient = GradMode.Disable();
        using var plain = TinyFusionModel.Create("none");
        using var batch = TinyFusionModel.Batch(sample);
        Near.Assert(plain.Forward(batch).Hidden, fused.Forward(batch).Hidden, tolerance, "plain and fused");
    }
}
