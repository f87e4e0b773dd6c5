using Collimate.Adapters;
using Collimate.Tests.Alignment;
using Collimate.Torch;

namespace Collimate.Tests.Adapters;

/// <summary>Which layers a pattern means, by PEFT's rules.</summary>
public sealed class AdapterPlanTests
{
    private const string Decoder = "language_model.model.layers";

    [Fact]
    public void Add_NamesAsPeftMatchesThem_FindsPartsOfPackedMaps()
    {
        Assert.Equal(
            [$"{Decoder}.0.self_attn.q_proj", $"{Decoder}.0.self_attn.v_proj", $"{Decoder}.1.self_attn.q_proj", $"{Decoder}.1.self_attn.v_proj"],
            Paths(new AdapterConfig { Targets = ModulePattern.Of("q_proj", "v_proj"), Within = "language_model." }));
        Assert.Equal([$"{Decoder}.1.mlp.down_proj"], Paths(new AdapterConfig { Targets = ModulePattern.Of("down_proj"), Layers = [1] }));
        Assert.Equal([$"{Decoder}.1.mlp.down_proj"], Paths(new AdapterConfig { Targets = ModulePattern.Of("down_proj"), Layers = [1], LayersPattern = ["layers"] }));
        Assert.Empty(PathsOrNone(new AdapterConfig { Targets = ModulePattern.Of("down_proj"), Layers = [1], LayersPattern = ["blocks"] }));
        Assert.Equal([$"{Decoder}.0.mlp.up_proj"], Paths(new AdapterConfig { Targets = ModulePattern.Of($"{Decoder}.0.mlp.up_proj"), Layers = [7] }));
        Assert.Empty(PathsOrNone(new AdapterConfig { Targets = ModulePattern.Of("_proj") }));
    }

    [Fact]
    public void Add_Expressions_MatchWholePaths()
    {
        Assert.Equal([$"{Decoder}.0.mlp.gate_proj", $"{Decoder}.1.mlp.gate_proj"], Paths(new AdapterConfig { Targets = ModulePattern.Matching(@"language_model\..*gate_proj") }));
        Assert.Empty(PathsOrNone(new AdapterConfig { Targets = ModulePattern.Matching("gate_proj") }));
        Assert.Equal(["multi_modal_projector.linear_1", "multi_modal_projector.linear_2"], Paths(new AdapterConfig { Targets = ModulePattern.Of("multi_modal_projector.*") }));
        Assert.Equal(12, Paths(new AdapterConfig { Targets = ModulePattern.Of("vision_tower.*") }).Length); // six maps in each of two layers; neither norms nor patches
        Assert.Equal([$"{Decoder}.0.self_attn.o_proj"], Paths(new AdapterConfig { Targets = ModulePattern.Of("o_proj"), Excluded = ModulePattern.Matching(@".*\.1\..*") }));
        Assert.Equal(12 + 2 + 14, Paths(new AdapterConfig { Targets = ModulePattern.AllLinear }).Length);
    }

    [Theory]
    [InlineData(".*patch_embedding", "a convolution")]
    [InlineData(".*embed_tokens", "an embedding")]
    [InlineData(".*input_layernorm", "a norm")]
    [InlineData("nothing_like_it", "no linear layer of the model is named")]
    [InlineData("a)|(b", "no regular expression")]
    [InlineData("(x+x+)+y", "no linear layer")]
    public void Add_WhatCannotBeAdapted_SaysWhichAndWhy(string expression, string expected)
    {
        using var model = TinyVisionModel.Create();
        var error = Assert.Throws<AdapterException>(() => AdapterSet.Of(model).Add("a", new AdapterConfig { Targets = ModulePattern.Matching(expression) }));
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(model.NamedParameters(), parameter => parameter.Name.Contains("lora", StringComparison.Ordinal));
    }

    [Fact]
    public void Add_RanksByPattern_TakeTheFirstThatMatchesTheEnd()
    {
        using var scope = new TensorScope();
        using var model = TinyVisionModel.Create();
        var set = AdapterSet.Of(model);
        set.Add("a", new AdapterConfig
        {
            Targets = ModulePattern.Of("down_proj", "language_model.*.q_proj"), Rank = 2, Alpha = 4,
            RankPattern = [KeyValuePair.Create(@"layers.1.*_proj", 5), KeyValuePair.Create("down_proj", 3)],
        });
        var ranks = set.StateOf("a").Where(entry => entry.Name.EndsWith("lora_A.weight", StringComparison.Ordinal)).ToDictionary(entry => entry.Name.Split(".layers.")[1], entry => entry.Value.Size(0));
        Assert.Equal(2, ranks["0.self_attn.q_proj.lora_A.weight"]);
        Assert.Equal(3, ranks["0.mlp.down_proj.lora_A.weight"]);
        Assert.Equal(5, ranks["1.mlp.down_proj.lora_A.weight"]);
        Assert.Equal(5, ranks["1.self_attn.q_proj.lora_A.weight"]);
    }

    [Fact]
    public void Add_FreezesTheModelAndKeepsItsStateDict()
    {
        using var model = TinyVisionModel.Create();
        using var scope = new TensorScope();
        var names = model.StateDict().Keys.ToArray();
        var set = AdapterSet.Of(model);
        set.Add("a", new AdapterConfig { Targets = ModulePattern.Of("q_proj"), SavedModules = ["multi_modal_projector"] });
        Assert.Equal(names, model.StateDict().Keys);
        var learning = model.NamedParameters().Where(parameter => parameter.Value.RequiresGrad).Select(parameter => parameter.Name).ToArray();
        Assert.All(learning, name => Assert.True(name.Contains(".lora_", StringComparison.Ordinal) || name.StartsWith("multi_modal_projector.", StringComparison.Ordinal), name));
        Assert.Equal(4 + (2 * 2 * 2), learning.Length);
        Assert.Equal(learning.Length, set.ParametersOf("a").Count);
        var partOfPacked = Assert.Throws<AdapterException>(() => set.Add("b", new AdapterConfig { Targets = ModulePattern.Of("o_proj"), SavedModules = ["layers.0.self_attn.k_proj"] }));
        Assert.Contains("one matrix with its neighbours", partOfPacked.Message, StringComparison.Ordinal);
        Assert.Contains("store", Assert.Throws<AdapterException>(() => set.Add("b", new AdapterConfig { Targets = ModulePattern.Of("o_proj"), SavedModules = ["linear_1"] })).Message, StringComparison.Ordinal);
        Assert.Equal(["a"], set.Names);
    }

    private static string[] Paths(AdapterConfig config)
    {
        using var model = TinyVisionModel.Create();
        AdapterSet.Of(model).Add("a", config);
        return [.. AdapterSet.Of(model).PathsOf("a").Order(StringComparer.Ordinal)];
    }

    private static string[] PathsOrNone(AdapterConfig config)
    {
        try
        {
            return Paths(config);
        }
        catch (AdapterException)
        {
            return [];
        }
    }
}
