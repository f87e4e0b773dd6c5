using System.Text;
using System.Text.Json.Nodes;
using Collimate.Adapters;
using Collimate.Tests.Alignment;
using Collimate.Tests.Models;
using Collimate.Torch;
using Collimate.Torch.Serialization;
using Xunit.Abstractions;

namespace Collimate.Tests.Adapters;

/// <summary>PEFT's files: what is written, what is read, and what is refused.</summary>
public sealed class PeftFolderTests(ITestOutputHelper log) : IDisposable
{
    private const string Layer = "layers.0.attn.q_proj";

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData(AdapterKind.Lora, null)]
    [InlineData(AdapterKind.Dora, null)]
    [InlineData(AdapterKind.Dora, ScalarType.BFloat16)]
    public void Save_ThenLoad_ComputesTheSame(AdapterKind kind, ScalarType? type)
    {
        using var scope = new TensorScope();
        using var _ = GradMode.Disable();
        using var first = TinyVisionModel.Create();
        using var second = TinyVisionModel.Create();
        var set = AdapterSet.Of(first);
        set.Add("a", new AdapterConfig
        {
            Kind = kind, Rank = 3, Alpha = 5, RankStabilized = true, Targets = ModulePattern.Of("q_proj", "down_proj"), Within = "language_model.", SavedModules = ["linear_2"],
            RankPattern = [KeyValuePair.Create("down_proj", 2)], AlphaPattern = [KeyValuePair.Create("down_proj", 0.5)], Initialization = AdapterInitialization.Gaussian, TaskType = "CAUSAL_LM",
        });
        TinyLinears.Shake(set, "a", new Random(1));
        PeftFolder.Save(set, "a", folder.Path, type);
        var loaded = PeftFolder.Load(second, folder.Path, "b");

        var expected = set.StateOf("a").ToDictionary(entry => entry.Name, entry => type is { } t ? entry.Value.To(t) : entry.Value);
        Assert.Equal(expected.Keys, loaded.StateOf("b").Select(entry => entry.Name));
        Assert.All(loaded.StateOf("b"), entry => TinyLinears.AssertSame(expected[entry.Name], entry.Value, entry.Name));
        if (type is null)
        {
            var ids = Tensor.From([.. Enumerable.Range(0, 6).Select(id => (long)id)], [1, 6]);
            TinyLinears.AssertSame(Hidden(first, ids), Hidden(second, ids), "hidden states");
        }

        Assert.Equal(ScalarType.Float32, loaded.StateOf("b")[0].Value.Type);
        Assert.Equal("CAUSAL_LM", loaded.ConfigOf("b").TaskType);
    }

    [Fact]
    public void Save_WritesPeftsNames()
    {
        using var model = new TinyLinears(new Random(2));
        Write(model, kind: AdapterKind.Dora);
        using var reader = SafetensorsReader.Open(Path.Combine(folder.Path, PeftFolder.WeightsName));
        Assert.Equal(
            [$"base_model.model.{Layer}.lora_A.weight", $"base_model.model.{Layer}.lora_B.weight", $"base_model.model.{Layer}.lora_magnitude_vector"], reader.Names);
        var config = JsonNode.Parse(File.ReadAllText(Path.Combine(folder.Path, "adapter_config.json")))!;
        Assert.Equal("LORA", (string?)config["peft_type"]);
        Assert.Equal(8, (int?)config["r"]);
        Assert.Equal(16, (int?)config["lora_alpha"]);
        Assert.True((bool?)config["use_dora"]);
        Assert.Equal("none", (string?)config["bias"]);
        Assert.Equal(["q_proj"], config["target_modules"]!.AsArray().Select(name => (string?)name));
    }

    [Fact]
    public void Load_NamesOfNewerVersions_AreUnderstood()
    {
        using var scope = new TensorScope();
        using var model = TinyVisionModel.Create();
        var set = AdapterSet.Of(model);
        set.Add("a", new AdapterConfig { Kind = AdapterKind.Dora, Targets = ModulePattern.Of("down_proj") });
        PeftFolder.Save(set, "a", folder.Path);
        Rewrite(state => state.ToDictionary(
            entry => (entry.Key.EndsWith("vector", StringComparison.Ordinal) ? entry.Key + ".weight" : entry.Key).Replace("language_model.model.", "model.language_model.", StringComparison.Ordinal),
            entry => entry.Value));
        using var other = TinyVisionModel.Create();
        Assert.Equal(["default"], PeftFolder.Load(other, folder.Path).Names);
    }

    [Theory]
    [InlineData("peft_type", "\"LOHA\"", "peft_type")]
    [InlineData("bias", "\"all\"", "bias")]
    [InlineData("fan_in_fan_out", "true", "fan_in_fan_out")]
    [InlineData("init_lora_weights", "\"pissa_niter_16\"", "init_lora_weights")]
    [InlineData("lora_bias", "true", "lora_bias")]
    [InlineData("layer_replication", "[[0, 4]]", "layer_replication")]
    [InlineData("use_qalora", "true", "use_qalora")]
    [InlineData("something_new", "3", "something_new")]
    [InlineData("r", "0", "rank is 0")]
    [InlineData("r", "-1.5", "'r'")]
    [InlineData("r", "1000000000", "does not fit")]
    [InlineData("lora_alpha", "\"x\"", "lora_alpha")]
    [InlineData("lora_dropout", "1.0", "dropout")]
    [InlineData("target_modules", "[]", "target_modules")]
    [InlineData("target_modules", "\"(\"", "regular expression")]
    [InlineData("target_modules", "[\"absent\"]", "absent")]
    [InlineData("rank_pattern", "{\"q_proj\": 5}", "does not fit")]
    [InlineData("modules_to_save", "[\"absent\"]", "absent")]
    [InlineData("use_dora", "true", "missing")]
    public void Load_WhatIsNotSupported_IsRefusedByItsKey(string key, string value, string expected)
    {
        using var model = new TinyLinears(new Random(2));
        Write(model);
        var file = Path.Combine(folder.Path, "adapter_config.json");
        var config = JsonNode.Parse(File.ReadAllText(file))!.AsObject();
        config[key] = JsonNode.Parse(value);
        File.WriteAllText(file, config.ToJsonString());
        using var other = new TinyLinears(new Random(2));
        var error = Assert.Throws<CheckpointException>(() => PeftFolder.Load(other, folder.Path));
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
        Assert.Null(AdapterSet.Find(other));
    }

    [Theory]
    [InlineData("lora_bias", "false")]
    [InlineData("megatron_config", "null")]
    [InlineData("megatron_core", "\"megatron.core\"")]
    [InlineData("loftq_config", "{}")]
    [InlineData("runtime_config", "{\"ephemeral_gpu_offload\": false}")]
    [InlineData("init_lora_weights", "true")]
    [InlineData("something_new", "null")]
    public void Load_KeysThatChangeNothing_AreAccepted(string key, string value)
    {
        using var model = new TinyLinears(new Random(2));
        Write(model);
        var file = Path.Combine(folder.Path, "adapter_config.json");
        var config = JsonNode.Parse(File.ReadAllText(file))!.AsObject();
        config[key] = JsonNode.Parse(value);
        File.WriteAllText(file, config.ToJsonString());
        using var other = new TinyLinears(new Random(2));
        Assert.Equal(["default"], PeftFolder.Load(other, folder.Path).Names);
    }

    [Fact]
    public void Load_TensorsThatDiffer_AreListed()
    {
        using var scope = new TensorScope();
        using var model = new TinyLinears(new Random(2));
        Write(model);
        Rewrite(state => new Dictionary<string, Tensor>
        {
            [$"base_model.model.{Layer}.lora_A.weight"] = Tensor.Zeros([8, 1]), ["base_model.model.other.lora_B.weight"] = Tensor.Zeros([1, 8]),
        });
        using var other = new TinyLinears(new Random(2));
        var message = Assert.Throws<CheckpointException>(() => PeftFolder.Load(other, folder.Path)).Message;
        Assert.Contains($"shape       base_model.model.{Layer}.lora_A.weight", message, StringComparison.Ordinal);
        Assert.Contains("unexpected  base_model.model.other.lora_B.weight", message, StringComparison.Ordinal);
        Assert.Contains($"missing     base_model.model.{Layer}.lora_B.weight", message, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_TenThousandDamagedFolders_AnswersWithAMessageAndLeavesTheModelAlone()
    {
        using var source = new TinyLinears(new Random(2));
        Write(source, AdapterKind.Dora);
        var files = ((string[])["adapter_config.json", PeftFolder.WeightsName]).Select(name => Path.Combine(folder.Path, name)).Select(path => (path, Bytes: File.ReadAllBytes(path))).ToArray();
        using var model = new TinyLinears(new Random(2));
        var (parameters, random, sound) = (model.NamedParameters().Count(), new Random(17), 0);
        for (var round = 0; round < 10_000; round++)
        {
            var (path, bytes) = files[round % 2];
            File.WriteAllBytes(path, Damaged(bytes, random));
            try
            {
                PeftFolder.Load(model, folder.Path).Remove("default");
                sound++;
            }
            catch (Exception error) when (error is CheckpointException)
            {
                Assert.NotEmpty(error.Message);
            }

            Assert.Equal(parameters, model.NamedParameters().Count());
            File.WriteAllBytes(path, bytes);
        }

        log.WriteLine($"{sound} of 10000 damaged folders could still be read");
        Assert.InRange(sound, 1, 9_000);
    }

    private static byte[] Damaged(byte[] bytes, Random random)
    {
        string[] words = ["null", "true", "[]", "{}", "-1", "1e999", "\"\\ud800\"", "99999999999999999999", "\"(((\"", "LORA", "\"r\"", "\"(a+)+$\"", "[[[[", "\0", "0.5"];
        var list = bytes.ToList();
        for (var n = random.Next(1, 4); n > 0 && list.Count > 0; n--)
        {
            var at = random.Next(list.Count);
            switch (random.Next(6))
            {
                case 0: list[at] ^= (byte)(1 << random.Next(8)); break;
                case 1: list.RemoveRange(at, Math.Min(list.Count - at, random.Next(1, 40))); break;
                case 2: list.InsertRange(at, Encoding.UTF8.GetBytes(words[random.Next(words.Length)])); break;
                case 3: list[at] = (byte)random.Next(256); break;
                case 4: list.InsertRange(at, list.Skip(random.Next(list.Count)).Take(20).ToArray()); break;
                default:
                    var colon = list.IndexOf((byte)':', at); // a value replaced whole keeps the file sound more often
                    var end = colon < 0 ? -1 : list.FindIndex(colon, letter => letter is (byte)',' or (byte)'}');
                    if (end > colon && colon > 0)
                    {
                        list.RemoveRange(colon + 1, end - colon - 1);
                        list.InsertRange(colon + 1, Encoding.UTF8.GetBytes(words[random.Next(words.Length)]));
                    }

                    break;
            }
        }

        return [.. list];
    }

    private void Write(TinyLinears model, AdapterKind kind = AdapterKind.Lora)
    {
        var set = AdapterSet.Of(model);
        set.Add("a", new AdapterConfig { Kind = kind, Alpha = 16, Targets = ModulePattern.Of("q_proj") });
        PeftFolder.Save(set, "a", folder.Path);
    }

    private void Rewrite(Func<IReadOnlyDictionary<string, Tensor>, IReadOnlyDictionary<string, Tensor>> change)
    {
        using var scope = new TensorScope();
        var file = Path.Combine(folder.Path, PeftFolder.WeightsName);
        using var reader = SafetensorsReader.Open(file);
        SafetensorsWriter.Write(file, change(reader.ReadAll()));
    }

    private static Tensor Hidden(Collimate.Alignment.VisionLanguageModel model, Tensor ids) =>
        model.Language.Run(new Collimate.Models.Language.LanguageInput(model.Language.Embed(ids), ids, Collimate.Models.Attention.AttentionSpec.Causal(1, 6)));
}
