using Collimate.Generation;
using Collimate.Models;
using Collimate.Models.Language;
using Collimate.Torch;
using Xunit.Abstractions;

namespace Collimate.Tests.Models.Language;

public sealed class CausalLanguageModelGoldenTests(ITestOutputHelper output)
{
    private const double Tolerance = 2e-5;

    [Fact]
    public void Run_Qwen2_EqualsReference() => CompareStates("qwen2");

    [Fact]
    public void Run_Llama_EqualsReference() => CompareStates("llama");

    [Fact]
    public void Run_LlamaWithLinearScalingAndBiases_EqualsReference() => CompareStates("llama-rope-linear");

    [Fact]
    public void Run_Qwen2Padded_EqualsReferenceWhereValid() => ComparePadded("qwen2");

    [Fact]
    public void Run_LlamaPadded_EqualsReferenceWhereValid() => ComparePadded("llama");

    [Fact]
    public void Run_LlamaLinearPadded_EqualsReferenceWhereValid() => ComparePadded("llama-rope-linear");

    [Fact]
    public void Backward_Qwen2_GradientsEqualReference() => CompareGradients("qwen2");

    [Fact]
    public void Backward_Llama_GradientsEqualReference() => CompareGradients("llama");

    [Fact]
    public void Backward_LlamaLinear_GradientsEqualReference() => CompareGradients("llama-rope-linear");

    [Fact]
    public void Prefill_Qwen2_CacheEqualsReference() => CompareCache("qwen2");

    [Fact]
    public void Prefill_Llama_CacheEqualsReference() => CompareCache("llama");

    [Fact]
    public void Generate_Qwen2_IdsEqualReference() => CompareGeneration("qwen2");

    [Fact]
    public void Generate_Llama_IdsEqualReference() => CompareGeneration("llama");

    [Fact]
    public void Generate_LlamaLinear_IdsEqualReference() => CompareGeneration("llama-rope-linear");

    [Theory]
    [InlineData("qwen2")]
    [InlineData("llama")]
    [InlineData("llama-rope-linear")]
    public void Generate_ThreeBeams_IdsAndScoreEqualReference(string name) => CompareBeamSearch(name);

    private void CompareStates(string name)
    {
        using var scope = new TensorScope();
        using var noGradient = GradMode.Disable();
        using var golden = new GoldenFolder(name);
        using var model = CausalLanguageModel.Load(golden.Path);
        using var states = new ForwardTrace();
        var hidden = model.Run(LanguageInput.Causal(model.Embed(golden.Input("input_ids"))), trace: states);

        for (var layer = 0; layer < model.Config.LayerCount; layer++)
        {
            Report(name, $"hidden_states.{layer}", golden.Output($"hidden_states.{layer}"), states.HiddenStates[layer]);
        }

        Report(name, "last hidden state", golden.Output($"hidden_states.{model.Config.LayerCount}"), hidden);
        Report(name, "logits", golden.Output("logits"), model.Logits(hidden));
    }

    private void ComparePadded(string name)
    {
        using var scope = new TensorScope();
        using var noGradient = GradMode.Disable();
        using var golden = new GoldenFolder(name);
        using var model = CausalLanguageModel.Load(golden.Path);
        foreach (var side in new[] { "left", "right" })
        {
            var mask = golden.Input($"attention_mask_{side}");
            var input = LanguageInput.Causal(model.Embed(golden.Input($"input_ids_{side}")), [.. mask.ToArray<long>().Select(m => (int)m)]);
            var valid = mask.To(ScalarType.Float32).Unsqueeze(-1);
            Report(name, $"{side}.logits", golden.Output($"{side}.logits") * valid, model.Logits(model.Run(input)) * valid);
        }
    }

    private void CompareGradients(string name)
    {
        using var scope = new TensorScope();
        using var golden = new GoldenFolder(name);
        using var model = CausalLanguageModel.Load(golden.Path);
        var ids = golden.Input("input_ids");
        var logits = model.Logits(model.Run(LanguageInput.Causal(model.Embed(ids))));
        var shifted = logits.Slice(1, 0, ids.Size(1) - 1).Reshape(-1, model.Config.VocabularySize);
        var loss = shifted.CrossEntropy(golden.Input("labels").Slice(1, 1).Reshape(-1));
        loss.Backward();

        Assert.Equal(golden.Expected.GetProperty("loss").GetDouble(), loss.Item(), 1e-5);
        foreach (var (parameter, expected) in golden.Gradients())
        {
            var distance = Near.Distance(expected, ModelGradients.Of(model, parameter));
            output.WriteLine($"{name} gradient of {parameter}: {distance:g3}");
            Assert.True(distance <= Tolerance, $"{name} gradient of {parameter}: {distance:g3} apart");
        }
    }

    private void CompareCache(string name)
    {
        using var scope = new TensorScope();
        using var noGradient = GradMode.Disable();
        using var golden = new GoldenFolder(name);
        using var model = CausalLanguageModel.Load(golden.Path);
        var (_, state) = model.Prefill(LanguageInput.Causal(model.Embed(golden.Input("input_ids").Slice(1, 0, 8))));
        using (state)
        {
            for (var layer = 0; layer < model.Config.LayerCount; layer++)
            {
                Report(name, $"cache8.layer{layer}.key", golden.Output($"cache8.layer{layer}.key"), state.Cache.Keys(layer));
                Report(name, $"cache8.layer{layer}.value", golden.Output($"cache8.layer{layer}.value"), state.Cache.Values(layer));
            }
        }
    }

    private static void CompareGeneration(string name)
    {
        using var scope = new TensorScope();
        using var noGradient = GradMode.Disable();
        using var golden = new GoldenFolder(name);
        using var model = CausalLanguageModel.Load(golden.Path);
        var options = new GenerationOptions { MaxNewTokens = 12 };

        Assert.Equal(Expected("generate.single"), Generated("prompt", null, options));
        Assert.Equal(Expected("generate.repetition_penalty_1.3"), Generated("prompt", null, options with { RepetitionPenalty = 1.3 }));
        Assert.Equal(Expected("generate.no_repeat_ngram_2"), Generated("prompt", null, options with { NoRepeatNgramSize = 2 }));
        Assert.Equal(Expected("generate.batch_left"), Generated("input_ids_left", "attention_mask_left", options));
        var eos = golden.Expected.GetProperty("generate.eos_stop.eos_token_id").GetInt32();
        Assert.Equal(Expected("generate.eos_stop"), Generated("input_ids_left", "attention_mask_left", options with { StopTokens = [eos] }, eos));

        int[][] Expected(string key) => [.. golden.Expected.GetProperty(key).EnumerateArray().Select(row => row.EnumerateArray().Select(id => id.GetInt32()).ToArray())];

        int[][] Generated(string ids, string? mask, GenerationOptions chosen, int? eos = null)
        {
            var prompt = golden.Input(ids);
            int[][] prompts = [.. prompt.ToArray<long>().Select(id => (int)id).Chunk((int)prompt.Size(1))];
            int[]? valid = mask is null ? null : [.. golden.Input(mask).ToArray<long>().Select(m => (int)m)];
            using var session = new LanguageSession(model, LanguageInput.Causal(model.Embed(prompt), valid));
            var rows = new TextGenerator().Generate(session, prompts, chosen);
            return [.. rows.Select((row, index) => Padded([.. prompts[index], .. row.Tokens, .. row.Reason == StopReason.StopToken ? [eos!.Value] : Array.Empty<int>()], prompts[index].Length + 12))];
        }
    }

    private static void CompareBeamSearch(string name)
    {
        using var scope = new TensorScope();
        using var noGradient = GradMode.Disable();
        using var golden = new GoldenFolder(name);
        using var model = CausalLanguageModel.Load(golden.Path);
        int[] prompt = [.. golden.Input("prompt").ToArray<long>().Select(id => (int)id)];
        using var session = new LanguageSession(model, LanguageInput.Causal(model.Embed(golden.Input("prompt"))));
        var row = new TextGenerator().Generate(session, [prompt], new GenerationOptions { MaxNewTokens = 12, Beams = 3 })[0];

        Assert.Equal(golden.Expected.GetProperty("generate.beam3")[0].EnumerateArray().Select(id => id.GetInt32()), [.. prompt, .. row.Tokens]);
        Assert.Equal(golden.Expected.GetProperty("generate.beam3.sequences_scores")[0].GetDouble(), row.LogProbability / row.Tokens.Count, 1e-5);
    }

    private static int[] Padded(int[] tokens, int length) => [.. tokens, .. new int[length - tokens.Length]];

    private void Report(string name, string what, Tensor expected, Tensor actual)
    {
        output.WriteLine($"{name} {what}: {Near.Distance(expected, actual):g3}");
        Near.Assert(expected, actual, Tolerance, $"{name} {what}");
    }
}
