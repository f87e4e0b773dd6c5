using Collimate.Adapters;
using Collimate.Tests.Models;
using Collimate.Torch;
using FsCheck;
using FsCheck.Fluent;

namespace Collimate.Tests.Adapters;

public sealed class LowRankTests
{
    [Theory]
    [InlineData(AdapterKind.Lora, false)]
    [InlineData(AdapterKind.Dora, true)]
    [InlineData(AdapterKind.Dora, false)]
    public void Forward_FreshAdapter_ChangesNoBit(AdapterKind kind, bool bias) => Prop.ForAll<int>(seed =>
    {
        using var scope = new TensorScope();
        var random = new Random(seed);
        using var model = new TinyLinears(random, bias);
        var x = model.Input(random);
        x.RequiresGrad = true; // products with and without gradients may be computed otherwise
        var recorded = model.Forward(x);
        using var _ = GradMode.Disable();
        var plain = model.Forward(x);
        AdapterSet.Of(model).Add("a", Config(random, kind));
        TinyLinears.AssertSame(plain, model.Forward(x), "without gradients");
        using var again = GradMode.Enable();
        TinyLinears.AssertSame(recorded, model.Forward(x), "with gradients");
    }).Check(Properties.Hold);

    [Theory]
    [InlineData(AdapterKind.Lora)]
    [InlineData(AdapterKind.Dora)]
    public void Forward_AnyShape_EqualsTheFormulaAndSoDoGradients(AdapterKind kind) => Prop.ForAll<int>(seed =>
    {
        using var scope = new TensorScope();
        var random = new Random(seed);
        using var model = new TinyLinears(random, random.Next(2) == 0, ScalarType.Float64);
        var set = AdapterSet.Of(model);
        var config = Config(random, kind);
        set.Add("a", config);
        TinyLinears.Shake(set, "a", random);
        var x = model.Input(random, ScalarType.Float64);
        x.RequiresGrad = true;

        var parameters = set.ParametersOf("a").Append(x).ToArray();
        var actual = model.Packed.Forward(x);
        var weight = Tensor.RandomNormal(actual.Shape, null, ScalarType.Float64);
        var (expected, leaves) = Plainly(model, set, config, x);
        Near64(expected, actual, "result");

        var found = Gradients.Of([(actual * weight).Sum()], parameters, allowUnused: true);
        var naive = Gradients.Of([(expected * weight).Sum()], [.. leaves, x], allowUnused: true);
        Near64(naive[^1]!, found[^1]!, "gradient of the input");
        foreach (var (leaf, gradient) in leaves.Zip(naive))
        {
            var own = Array.FindIndex(parameters, p => p.Shape.SequenceEqual(leaf.Shape) && Near.Distance(p, leaf) == 0);
            Near64(gradient!, found[own]!, "gradient of an adapter's tensor");
        }
    }).Check(Properties.Hold);

    [Fact]
    public void Backward_Dora_EqualsFiniteDifferencesWithTheLengthHeldFast()
    {
        using var scope = new TensorScope();
        var random = new Random(5);
        using var model = new TinyLinears(random, type: ScalarType.Float64);
        var set = AdapterSet.Of(model);
        set.Add("a", new AdapterConfig { Kind = AdapterKind.Dora, Targets = ModulePattern.Of("o_proj"), Rank = 2 });
        TinyLinears.Shake(set, "a", random);
        var x = Tensor.RandomNormal([4, model.Output.Weight.Size(1)], null, ScalarType.Float64);
        var magnitude = set.ParametersOf("a").Single(p => p.Rank == 1);

        // A change of m leaves the length alone, so differences see the whole gradient.
        var gradient = Gradients.Of([model.Output.Forward(x).Square().Sum()], [magnitude])[0]!.ToArray<double>();
        using var _ = GradMode.Disable();
        for (var row = 0; row < gradient.Length; row++)
        {
            double At(double step)
            {
                magnitude.Narrow(0, row, 1).CopyFrom_(magnitude.Narrow(0, row, 1) + step);
                return model.Output.Forward(x).Square().Sum().Item();
            }

            var (up, down) = (At(1e-5), At(-2e-5));
            At(1e-5);
            Assert.Equal((up - down) / 2e-5, gradient[row], 1e-5 * Math.Max(1, Math.Abs(gradient[row])));
        }
    }

    [Fact]
    public void Forward_TwoOnTheSameLayer_AddUp()
    {
        using var scope = new TensorScope();
        using var _ = GradMode.Disable();
        var random = new Random(7);
        using var model = new TinyLinears(random);
        var set = AdapterSet.Of(model);
        var x = model.Input(random);
        var plain = model.Packed.Forward(x);
        var changes = new List<Tensor>();
        foreach (var (name, kind) in new[] { ("lora", AdapterKind.Lora), ("dora", AdapterKind.Dora), ("other", AdapterKind.Dora) })
        {
            set.Add(name, new AdapterConfig { Kind = kind, Targets = ModulePattern.Of("k_proj", "q_proj") });
            TinyLinears.Shake(set, name, random);
            set.Activate(name);
            changes.Add(model.Packed.Forward(x) - plain);
        }

        set.Activate(set.Names);
        Near.Assert(plain + changes[0] + changes[1] + changes[2], model.Packed.Forward(x), 1e-5, "all three");
        set.Merge();
        Near.Assert(plain + changes[0] + changes[1] + changes[2], model.Packed.Forward(x), 1e-5, "merged");
    }

    [Fact]
    public void Forward_Dropout_FollowsFromThePassAlone()
    {
        using var scope = new TensorScope();
        var random = new Random(11);
        using var model = new TinyLinears(random);
        var set = AdapterSet.Of(model);
        set.Add("a", new AdapterConfig { Kind = AdapterKind.Dora, Targets = ModulePattern.AllLinear, Dropout = 0.5 });
        TinyLinears.Shake(set, "a", random);
        var x = model.Input(random);
        var still = model.Forward(x);
        model.SetTraining(true);

        Tensor Pass(ulong seed)
        {
            using var pass = set.Pass(seed);
            return model.Forward(x);
        }

        TinyLinears.AssertSame(Pass(1), Pass(1), "the same pass");
        Assert.True(Near.Distance(Pass(1), Pass(2)) > 1e-3);
        Assert.True(Near.Distance(Pass(1), still) > 1e-3);
        model.SetTraining(false);
        TinyLinears.AssertSame(still, Pass(1), "no dropout at rest");
    }

    [Fact]
    public void Forward_DropoutOfDora_ActsOnAllThatTheAdapterChanges()
    {
        using var scope = new TensorScope();
        using var _ = GradMode.Disable();
        var random = new Random(13);
        using var model = new TinyLinears(random);
        var set = AdapterSet.Of(model);
        set.Add("a", new AdapterConfig { Kind = AdapterKind.Dora, Targets = ModulePattern.Of("o_proj"), Dropout = 0.5 });
        TinyLinears.Shake(set, "a", random);
        var width = model.Output.Weight.Size(1);
        var x = Tensor.Eye(width); // each row has one input, which is left out or doubled
        Tensor plain;
        var kept = new List<bool>();
        using (set.Disabled())
        {
            plain = model.Output.Forward(x);
        }

        var doubled = (plain + ((model.Output.Forward(x) - plain) * 2)).Unbind();
        model.SetTraining(true);
        for (var round = 0UL; round < 10; round++)
        {
            using var pass = set.Pass(round);
            foreach (var (row, actual) in model.Output.Forward(x).Unbind().Index())
            {
                kept.Add(Near.Distance(doubled[row], actual) < 1e-4);
                Assert.True(kept[^1] || Near.Distance(plain.Select(0, row), actual) < 1e-4, $"row {row} of pass {round}");
            }
        }

        Assert.Contains(true, kept);
        Assert.Contains(false, kept);
    }

    internal static AdapterConfig Config(Random random, AdapterKind kind)
    {
        string[] names = [.. new[] { "q_proj", "k_proj", "v_proj" }.Where(_ => random.Next(2) == 0)];
        return new AdapterConfig
        {
            Kind = kind, Rank = random.Next(1, 6), Alpha = 1 + (random.NextDouble() * 8), RankStabilized = random.Next(2) == 0,
            Initialization = (AdapterInitialization)random.Next(2), Targets = ModulePattern.Of([.. names, "q_proj"]),
            RankPattern = random.Next(2) == 0 ? [] : [KeyValuePair.Create("attn.(k|v)_proj", random.Next(1, 4))],
        };
    }

    // y = x · (m / ‖W + sBA‖ · (W + sBA))ᵀ + b with the length a constant, written down as it stands in the paper.
    private static (Tensor Output, Tensor[] Leaves) Plainly(TinyLinears model, AdapterSet set, AdapterConfig config, Tensor x)
    {
        var state = set.StateOf("a").ToDictionary(entry => entry.Name, entry => entry.Value.Clone());
        foreach (var leaf in state.Values)
        {
            leaf.RequiresGrad = true;
        }

        var parts = new List<Tensor>();
        foreach (var name in (string[])["q_proj", "k_proj", "v_proj"])
        {
            var path = $"layers.0.attn.{name}";
            var (_, weight, bias) = model.Maps().Single(map => map.Path == path);
            if (state.TryGetValue(path + ".lora_A.weight", out var a))
            {
                var rank = a.Size(0);
                var scale = config.Alpha / (config.RankStabilized ? Math.Sqrt(rank) : rank);
                weight = weight + (state[path + ".lora_B.weight"].MatMul(a) * scale);
                if (state.TryGetValue(path + ".lora_magnitude_vector", out var magnitude))
                {
                    weight = weight * (magnitude / weight.Detach().Norm(1)).Unsqueeze(1);
                }
            }

            parts.Add(x.Linear(weight, bias));
        }

        return (Tensor.Cat(parts, -1), [.. state.Values]);
    }

    private static void Near64(Tensor expected, Tensor actual, string what)
    {
        Assert.Equal(expected.Shape, actual.Shape);
        var scale = Math.Max(1, expected.Detach().Abs().Max().Item());
        Assert.True((expected.Detach() - actual.Detach()).Abs().Max().Item() <= 1e-9 * scale, $"{what}: {(expected.Detach() - actual.Detach()).Abs().Max().Item():g3} apart");
    }
}
