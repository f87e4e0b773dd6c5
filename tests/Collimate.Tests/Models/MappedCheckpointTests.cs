using Collimate.Models;
using Collimate.Models.Language;
using Collimate.Tests.Models.Language;
using Collimate.Torch;
using Collimate.Torch.Layers;
using Collimate.Torch.Serialization;

namespace Collimate.Tests.Models;

/// <summary>Checkpoints whose weights stay in the mapped file, and weights that are kept as narrow as they are stored.</summary>
public sealed class MappedCheckpointTests : IDisposable
{
    private static readonly LanguageConfig Config = TinyDecoder.Config with { VocabularySize = 61, HiddenSize = 32, HeadSize = 16, HeadCount = 4, IntermediateSize = 40 };

    private readonly string folder = Directory.CreateTempSubdirectory("collimate-mapped-").FullName;

    private string File => Path.Combine(folder, "model.safetensors");

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Theory]
    [InlineData(ScalarType.Float32)]
    [InlineData(ScalarType.BFloat16)]
    [InlineData(ScalarType.Float16)]
    public void Load_StoredInAnyType_IsExactInSinglePrecisionAndAsStored(ScalarType stored)
    {
        using var scope = new TensorScope();
        Save(stored);
        using var reader = SafetensorsReader.Open(File);
        using var single = CausalLanguageModel.Load(folder);
        using var kept = CausalLanguageModel.Load(folder, type: null);
        var (wide, narrow) = (single.StateDict(), kept.StateDict());
        foreach (var name in reader.Names)
        {
            var expected = reader.Read(name).To(ScalarType.Float32).ToArray<float>();
            Assert.Equal((ScalarType.Float32, stored), (wide[name].Type, narrow[name].Type));
            Assert.Equal(expected, wide[name].ToArray<float>());
            Assert.Equal(expected, narrow[name].To(ScalarType.Float32).ToArray<float>());
        }

        var input = LanguageInput.Causal(single.Embed(Ids(1, 2, 9)));
        using var noGradient = GradMode.Disable();
        var (a, b) = (single.Logits(single.Run(input)), kept.Logits(kept.Run(input)));
        Assert.Equal(ScalarType.Float32, b.Type);
        Near.Assert(a, b, stored == ScalarType.BFloat16 ? 0.05 * a.Abs().Max().Item() : 2e-5, "logits");
    }

    [Fact]
    public void Load_TypesThatAgree_LeavesTheWeightsWhereTheyAre()
    {
        using var scope = new TensorScope();
        Save(ScalarType.Float32);
        using var model = CausalLanguageModel.Load(folder);
        var ranges = System.IO.File.ReadLines("/proc/self/maps").Where(line => line.EndsWith(File, StringComparison.Ordinal))
            .Select(line => line.Split(' ')[0].Split('-').Select(end => Convert.ToInt64(end, 16)).ToArray()).ToArray();
        foreach (var (name, value) in model.StateDict())
        {
            var copied = name.Contains(".q_proj", StringComparison.Ordinal) || name.Contains(".k_proj", StringComparison.Ordinal) || name.Contains(".v_proj", StringComparison.Ordinal);
            Assert.True(ranges.Any(range => value.DataPointer >= range[0] && value.DataPointer < range[1]) == !copied, $"{name} is {(copied ? "" : "not ")}in the mapped file");
        }
    }

    [Fact]
    public void Train_MappedWeights_ChangesThemAndNotTheFile()
    {
        using var scope = new TensorScope();
        Save(ScalarType.Float32);
        var before = System.IO.File.ReadAllBytes(File);
        using var model = CausalLanguageModel.Load(folder);
        var weight = model.NamedParameters().First(p => p.Name.EndsWith("down_proj.weight", StringComparison.Ordinal)).Value;
        var old = weight.ToArray<float>();
        using (var optimizer = new Collimate.Torch.Optimization.AdamW([new("all", [.. model.Parameters()]) { LearningRate = 0.1 }]))
        {
            model.Logits(model.Run(LanguageInput.Causal(model.Embed(Ids(1, 1, 5))))).Sum().Backward();
            optimizer.Step(1);
        }

        Assert.NotEqual(old, weight.ToArray<float>());
        Assert.Equal(before, System.IO.File.ReadAllBytes(File));
        model.Save(folder); // over the file that it is mapped from
        using var again = CausalLanguageModel.Load(folder);
        Assert.Equal(weight.ToArray<float>(), again.NamedParameters().First(p => p.Name.EndsWith("down_proj.weight", StringComparison.Ordinal)).Value.ToArray<float>());
    }

    [Fact]
    public void Load_WeightsThatDoNotFit_ListsThemAndReleasesEverything()
    {
        using (new TensorScope())
        {
            Save(ScalarType.Float32);
            using var config = System.Text.Json.JsonDocument.Parse((Config with { IntermediateSize = 41 }).ToJson().ToJsonString());
            System.IO.File.WriteAllText(Path.Combine(folder, "config.json"), config.RootElement.GetRawText());
        }

        var before = SettledTensors.Count();
        var failure = Assert.Throws<CheckpointException>(() => CausalLanguageModel.Load(folder));
        Assert.Contains("gate_proj.weight: found Float32[40, 32], expected Float32[41, 32]", failure.Message, StringComparison.Ordinal);
        Assert.Equal(before, LiveTensors.Count);
    }

    [Fact]
    public void Load_ShardsWithAnIndex_ComputesAsFromOneFile()
    {
        using var scope = new TensorScope();
        Save(ScalarType.BFloat16);
        using var whole = CausalLanguageModel.Load(folder, type: null);
        using (var reader = SafetensorsReader.Open(File))
        {
            var map = reader.Names.ToDictionary(name => name, name => name.Length % 2 == 0 ? "a.safetensors" : "b.safetensors");
            foreach (var shard in map.Values.Distinct())
            {
                SafetensorsWriter.Write(Path.Combine(folder, shard), reader.Names.Where(name => map[name] == shard).ToDictionary(name => name, reader.Read));
            }

            System.IO.File.WriteAllText(Path.Combine(folder, "model.safetensors.index.json"), System.Text.Json.JsonSerializer.Serialize(new { weight_map = map }));
        }

        System.IO.File.Delete(File);
        using var sharded = CausalLanguageModel.Load(folder, type: null);
        Assert.Equal(whole.StateDict().Select(entry => (entry.Key, string.Join(',', entry.Value.To(ScalarType.Float32).ToArray<float>()))),
            sharded.StateDict().Select(entry => (entry.Key, string.Join(',', entry.Value.To(ScalarType.Float32).ToArray<float>()))));
    }

    [Theory]
    [InlineData("a", "b", true)]
    [InlineData("b", "a", false)]
    public void Adopt_PackedLinear_CopiesOnlyWhatIsNotAdjacent(string first, string second, bool shares)
    {
        using var scope = new TensorScope();
        var all = Agreed([5, 3]);
        using var model = new Pair(first, second);
        model.AdoptStateDict(new Dictionary<string, Tensor> { ["a.weight"] = all.Narrow(0, 0, 2), ["b.weight"] = all.Narrow(0, 2, 3).Reshape(3, 3) }, strict: true);
        Assert.Equal(shares, model.Inner.Weight.DataPointer == all.DataPointer);
        Near.Assert(first == "a" ? all : Tensor.Cat([all.Narrow(0, 2, 3), all.Narrow(0, 0, 2)]), model.Inner.Weight.Detach(), 0, "weight");
    }

    [Fact]
    public void Defer_WhatTheCheckpointLeavesOut_IsDrawnAfterwards()
    {
        using var scope = new TensorScope();
        using var generator = new Generator(3);
        Linear layer;
        using (Initialization.Defer())
        {
            layer = new Linear(4, 3, bias: true, generator);
        }

        using (layer)
        {
            layer.AdoptStateDict(new Dictionary<string, Tensor> { ["bias"] = Tensor.Ones([3]) }, strict: false);
            Assert.Equal([1f, 1, 1], layer.Bias!.ToArray<float>());
            Assert.True(layer.Weight.ToArray<float>().Distinct().Count() == 12);
            Assert.True(layer.Weight.RequiresGrad && layer.Weight.IsLeaf);
        }
    }

    [Theory]
    [InlineData(null)]
    [InlineData(ScalarType.BFloat16)]
    public void Step_BatchesOfOneToNine_GoOnAsTheWholeRunWould(ScalarType? type)
    {
        using var scope = new TensorScope();
        using var noGradient = GradMode.Disable();
        Save(ScalarType.Float32);
        using var model = CausalLanguageModel.Load(folder, type);
        for (var batch = 1; batch <= 9; batch++)
        {
            var ids = Ids(batch, batch, 24);
            var valid = Enumerable.Range(0, batch * 24).Select(at => at % 24 < at / 24 % 3 ? 0 : 1).ToArray(); // padding on the left
            var prompt = Enumerable.Range(0, batch).SelectMany(row => valid.AsSpan(row * 24, 7).ToArray()).ToArray();
            var (logits, state) = model.Prefill(LanguageInput.Causal(model.Embed(ids.Narrow(1, 0, 7)), prompt));
            using var held = state;
            for (var at = 7; at < 24; at++)
            {
                logits = model.Step([.. ids.Narrow(1, at, 1).Contiguous().ToArray<long>().Select(id => (int)id)], state);
            }

            var whole = model.Logits(model.Run(LanguageInput.Causal(model.Embed(ids), valid)).Select(1, 23));
            Near.Assert(whole, logits, type is null ? 1e-4 : 0.05 * whole.Abs().Max().Item(), $"logits of {batch} rows");
            Assert.Equal(24, state.Attention.Length);
        }
    }

    [Fact]
    public void Step_PromptOfSeveralDocuments_SeesItsOwnAndTheSharedPrefix()
    {
        using var scope = new TensorScope();
        using var noGradient = GradMode.Disable();
        Save(ScalarType.Float32);
        using var model = CausalLanguageModel.Load(folder);
        int[] documents = [0, 0, 1, 1, 2, 2, 2];
        var ids = Ids(4, 1, 9);
        var positions = Tensor.Arange(9).Unsqueeze(0);
        AttentionSpecOf(documents, out var prompt);
        var (_, state) = model.Prefill(new LanguageInput(model.Embed(ids.Narrow(1, 0, 7)), positions.Narrow(1, 0, 7), prompt));
        using var held = state;
        var list = ids.ToArray<long>();
        model.Step([(int)list[7]], state);
        var last = model.Step([(int)list[8]], state);
        AttentionSpecOf([.. documents, 2, 2], out var all);
        Near.Assert(model.Logits(model.Run(new LanguageInput(model.Embed(ids), positions, all)).Select(1, 8)), last, 1e-4, "logits");
    }

    private static void AttentionSpecOf(int[] documents, out Collimate.Models.Attention.AttentionSpec spec)
    {
        var ones = new int[documents.Length];
        Array.Fill(ones, 1);
        spec = new(1, documents.Length, documents, new int[documents.Length], new int[documents.Length], ones);
    }

    private static Tensor Agreed(long[] shape)
    {
        using var generator = new Generator(9);
        return Tensor.RandomNormal(shape, generator);
    }

    private static Tensor Ids(int seed, int batch, int length)
    {
        var random = new Random(seed);
        return Tensor.From<long>([.. Enumerable.Range(0, batch * length).Select(_ => (long)random.Next(Config.VocabularySize))], [batch, length]);
    }

    private void Save(ScalarType type)
    {
        using var model = TinyDecoder.Create(config: Config);
        model.To(type);
        model.Save(folder);
    }

    [Fact]
    public void Adopt_ModuleThatShowsItsParametersOtherwise_TakesEveryOne()
    {
        using var scope = new TensorScope();
        using var generator = new Generator(5);
        using var model = new Disguised();
        var state = new Dictionary<string, Tensor>
        {
            ["flat"] = Tensor.RandomNormal([6], generator), ["first"] = Tensor.RandomNormal([3], generator), ["turned"] = Tensor.RandomNormal([3, 2], generator),
        };
        model.AdoptStateDict(state, ScalarType.BFloat16);
        Assert.Equal([2, 3], model.Whole.Shape);
        Near.Assert(state["flat"].To(ScalarType.BFloat16).View(2, 3), model.Whole.Detach(), 0, "renamed and reshaped");
        Near.Assert(state["first"].To(ScalarType.BFloat16), model.Half.Detach().Select(0, 0), 0, "the part that a checkpoint holds");
        Near.Assert(Tensor.Ones([3]).To(ScalarType.BFloat16), model.Half.Detach().Select(0, 1), 0, "the part that it does not");
        Near.Assert(state["turned"].To(ScalarType.BFloat16).Transpose(0, 1), model.Turned.Detach(), 0, "turned");
    }

    private sealed class Pair : Module
    {
        public Pair(string first, string second) =>
            Inner = AddModule("both", new PackedLinear(3, [(first, first == "a" ? 2 : 3), (second, second == "a" ? 2 : 3)], hasBias: false));

        public PackedLinear Inner { get; }
    }

    private sealed class Disguised : Module
    {
        public Disguised()
        {
            using var scope = new TensorScope();
            Whole = AddParameter("whole", Tensor.Zeros([2, 3]));
            Half = AddParameter("half", Tensor.Ones([2, 3]));
            Turned = AddParameter("turned", Tensor.Zeros([2, 3]));
        }

        public Tensor Whole { get; }

        public Tensor Half { get; }

        public Tensor Turned { get; }

        public override IEnumerable<(string Name, Tensor Value)> NamedState(string prefix = "") =>
            [($"{prefix}flat", Whole.Detach().View(6)), ($"{prefix}first", Half.Detach().Select(0, 0)), ($"{prefix}turned", Turned.Detach().Transpose(0, 1))];
    }
}
