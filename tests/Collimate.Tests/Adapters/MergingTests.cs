using Collimate.Adapters;
using Collimate.Tests.Models;
using Collimate.Torch;
using FsCheck;
using FsCheck.Fluent;

namespace Collimate.Tests.Adapters;

public sealed class MergingTests
{
    [Theory]
    [InlineData(ScalarType.Float32, 1e-5)]
    [InlineData(ScalarType.Float64, 1e-9)]
    public void Merge_AnyShape_GivesTheSameResultAndUnmergeEveryBitBack(ScalarType type, double tolerance) => Prop.ForAll<int>(seed =>
    {
        using var scope = new TensorScope();
        using var _ = GradMode.Disable();
        var random = new Random(seed);
        using var model = new TinyLinears(random, random.Next(2) == 0, type);
        var set = AdapterSet.Of(model);
        set.Add("a", LowRankTests.Config(random, (AdapterKind)random.Next(2)));
        TinyLinears.Shake(set, "a", random);
        var x = model.Input(random, type);
        var originals = model.StateDict().ToDictionary(entry => entry.Key, entry => entry.Value.Clone());

        var apart = model.Packed.Forward(x);
        set.Merge();
        var merged = model.Packed.Forward(x);
        Near.Assert(apart, merged, tolerance * Math.Max(1, apart.Abs().Max().Item()), "merged");
        Assert.Null(model.Packed.Change);
        set.Unmerge();
        foreach (var (name, value) in model.StateDict())
        {
            TinyLinears.AssertSame(originals[name], value, name);
        }

        TinyLinears.AssertSame(apart, model.Packed.Forward(x), "unmerged");
    }).Check(Properties.Hold);

    [Theory]
    [InlineData(ScalarType.BFloat16)]
    [InlineData(ScalarType.Float16)]
    public void Merge_WeightsStoredInHalf_RoundsOnce(ScalarType type)
    {
        using var scope = new TensorScope();
        using var _ = GradMode.Disable();
        var random = new Random(3);
        using var model = new TinyLinears(random, type: type);
        var set = AdapterSet.Of(model);
        set.Add("a", new AdapterConfig { Kind = AdapterKind.Dora, Targets = ModulePattern.AllLinear });
        TinyLinears.Shake(set, "a", random);
        var maps = model.Maps().ToDictionary(map => map.Path, map => map.Weight.To(ScalarType.Float32).Clone());
        var state = set.StateOf("a").ToDictionary(entry => entry.Name, entry => entry.Value);
        Assert.All(state.Values, value => Assert.Equal(ScalarType.Float32, value.Type));

        foreach (var stored in (ScalarType[])[type, ScalarType.Float32])
        {
            set.Merge(stored);
            foreach (var (path, weight, _) in model.Maps())
            {
                var sum = maps[path] + state[path + ".lora_B.weight"].MatMul(state[path + ".lora_A.weight"]);
                var expected = sum * (state[path + ".lora_magnitude_vector"] / sum.Norm(1)).Unsqueeze(1);
                Assert.Equal(stored, weight.Type);
                Near.Assert(expected, weight, (stored == ScalarType.BFloat16 ? 8e-3 : 1e-3) * (stored == ScalarType.Float32 ? 0.01 : 1) * expected.Abs().Max().Item(), $"{path} in {stored}");
            }

            set.Unmerge();
            Assert.All(model.Maps(), map => TinyLinears.AssertSame(maps[map.Path], map.Weight.To(ScalarType.Float32), map.Path));
        }
    }

    [Fact]
    public void MergeForGood_LeavesAModelWithoutAdaptersAndNothingBehind()
    {
        var before = SettledTensors.Count();
        using (var scope = new TensorScope())
        {
            using var _ = GradMode.Disable();
            var random = new Random(4);
            using var model = new TinyLinears(random);
            var set = AdapterSet.Of(model);
            set.Add("a", new AdapterConfig { Targets = ModulePattern.Of("q_proj", "o_proj"), SavedModules = ["norm"] });
            TinyLinears.Shake(set, "a", random);
            var x = model.Input(random);
            var apart = model.Forward(x);
            set.MergeForGood();
            Near.Assert(apart, model.Forward(x), 1e-5, "merged");
            Assert.Empty(set.Names);
            Assert.DoesNotContain(model.NamedParameters(), parameter => parameter.Name.Contains("lora", StringComparison.Ordinal));
        }

        Assert.Equal(before, LiveTensors.Count);
    }

    [Fact]
    public void Disabled_IsTheModelWithoutAdapters_AlsoWhereModulesAreSavedWhole()
    {
        using var scope = new TensorScope();
        using var _ = GradMode.Disable();
        var random = new Random(6);
        using var model = new TinyLinears(random);
        var x = model.Input(random);
        var plain = model.Forward(x);
        var set = AdapterSet.Of(model);
        set.Add("a", new AdapterConfig { Targets = ModulePattern.Of("q_proj"), SavedModules = ["norm"] });
        set.Add("b", new AdapterConfig { Targets = ModulePattern.Of("v_proj") });
        TinyLinears.Shake(set, "a", random);
        var adapted = model.Forward(x);
        Assert.True(Near.Distance(plain, adapted) > 1e-3);
        using (set.Disabled())
        {
            using var nested = set.Disabled();
            TinyLinears.AssertSame(plain, model.Forward(x), "disabled");
        }

        TinyLinears.AssertSame(adapted, model.Forward(x), "enabled again");
        set.Activate("b");
        TinyLinears.AssertSame(plain, model.Forward(x), "only the fresh one");
        set.Activate("a", "b");
        TinyLinears.AssertSame(adapted, model.Forward(x), "both");
        set.Remove("a");
        TinyLinears.AssertSame(plain, model.Forward(x), "removed");
    }

    [Fact]
    public void AddMergeSwitchRemove_OutsideOfAnyScope_LeaveNothingBehind()
    {
        var before = SettledTensors.Count();
        using (var model = new TinyLinears(new Random(1)))
        {
            var made = SettledTensors.Count();
            var set = AdapterSet.Of(model);
            set.Add("a", new AdapterConfig { Kind = AdapterKind.Dora, Targets = ModulePattern.AllLinear, SavedModules = ["norm"] });
            set.Add("b", new AdapterConfig { Targets = ModulePattern.AllLinear });
            set.Merge();
            set.Unmerge();
            set.Merge(ScalarType.BFloat16);
            set.Unmerge();
            using (set.Disabled())
            {
            }

            set.Activate("b");
            set.Prepare(name => name == "a");
            set.Remove("a");
            set.Remove("b");
            Assert.Equal(made, LiveTensors.Count);
        }

        Assert.Equal(before, LiveTensors.Count);
    }

    [Fact]
    public void Merge_Twice_IsRefused()
    {
        using var model = new TinyLinears(new Random(1));
        var set = AdapterSet.Of(model);
        set.Add("a", new AdapterConfig { Targets = ModulePattern.AllLinear });
        Assert.Throws<InvalidOperationException>(set.Unmerge);
        set.Merge();
        Assert.Throws<InvalidOperationException>(() => set.Merge());
        Assert.Throws<InvalidOperationException>(() => set.Disabled());
        Assert.Throws<InvalidOperationException>(() => set.Remove("a"));
    }
}
