using Collimate.Models;
using Collimate.Models.Vision.Convolutional;
using Collimate.Torch;
using Collimate.Torch.Serialization;
using Collimate.Tests.Tokenization;
using Xunit.Abstractions;

namespace Collimate.Tests.Models.Vision.Convolutional;

public sealed class ResNetTests(ITestOutputHelper output)
{
    private static readonly ResNetConfig Small = new() { EmbeddingSize = 4, HiddenSizes = [8, 12], Depths = [2, 1] };

    [Fact]
    public void Encode_Golden_EveryStageAndLogitsEqualReference()
    {
        using var scope = new TensorScope();
        using var noGradient = GradMode.Disable();
        using var golden = new GoldenFolder("resnet50");
        using var model = ResNet.Load(golden.Path);
        using var trace = new ForwardTrace();
        var features = model.Encode(golden.Input("pixel_values"), trace);
        Assert.Equal(5, trace.HiddenStates.Count);
        for (var state = 0; state < 5; state++)
        {
            Report($"hidden_states.{state}", golden.Output($"hidden_states.{state}"), trace.HiddenStates[state]);
            Assert.Equal(trace.HiddenStates[state].Size(1), model.WidthOf(state));
        }

        Report("last_hidden_state", golden.Output("last_hidden_state"), features.Last);
        Report("pooler_output", golden.Output("pooler_output"), features.Pooled);
        Report("logits", golden.Output("logits"), model.Logits(features));
        Report("state -2 alone", trace.HiddenStates[3], model.HiddenState(golden.Input("pixel_values"), -2));
    }

    [Fact]
    public void Encode_TorchvisionNames_GivesTheSame()
    {
        using var scope = new TensorScope();
        using var noGradient = GradMode.Disable();
        using var golden = new GoldenFolder("resnet50");
        using var model = ResNet.LoadTorchvision(Path.Combine(golden.Path, "torchvision.safetensors"), ResNetConfig.Load(Path.Combine(golden.Path, "config.json")));
        Report("logits", golden.Output("logits"), model.Logits(model.Encode(golden.Input("pixel_values"))));
    }

    [Fact]
    public void Backward_Golden_LossAndGradientsEqualReference()
    {
        using var scope = new TensorScope();
        using var golden = new GoldenFolder("resnet50");
        using var model = ResNet.Load(golden.Path);
        var loss = model.Logits(model.Encode(golden.Input("pixel_values"))).CrossEntropy(golden.Input("labels"));
        loss.Backward();
        var expectedLoss = golden.Expected.GetProperty("loss").GetDouble();
        Assert.InRange(loss.Item(), expectedLoss * (1 - 1e-5), expectedLoss * (1 + 1e-5));
        foreach (var (parameter, expected) in golden.Gradients())
        {
            var (distance, size) = (Near.Distance(expected, ModelGradients.Of(model, parameter)), expected.Max(Math.Abs));
            output.WriteLine($"gradient of {parameter}: {distance:g3} of {size:g3}");
            Assert.True(distance <= 1e-4 * size, $"gradient of {parameter}: {distance:g3} apart, largest {size:g3}");
        }
    }

    [Fact]
    public void Encode_InTraining_UsesTheBatchAndMovesTheStatistics()
    {
        using var scope = new TensorScope();
        using var noGradient = GradMode.Disable();
        using var golden = new GoldenFolder("resnet50");
        using var model = ResNet.Load(golden.Path);
        model.SetTraining(true);
        var logits = model.Logits(model.Encode(golden.Input("pixel_values")));
        Report("train.logits", golden.Output("train.logits"), logits);
        var expectedLoss = golden.Expected.GetProperty("train.loss").GetDouble();
        Assert.InRange(logits.CrossEntropy(golden.Input("labels")).Item(), expectedLoss * (1 - 1e-5), expectedLoss * (1 + 1e-5));
        var state = model.StateDict();
        foreach (var norm in (string[])["resnet.embedder.embedder", "resnet.encoder.stages.3.layers.2.layer.2"])
        {
            foreach (var statistic in (string[])["running_mean", "running_var"])
            {
                Report($"{norm} {statistic}", golden.Output($"train.{norm}.normalization.{statistic}"), state[$"{norm}.normalization.{statistic}"]);
            }
        }
    }

    [Fact]
    public void Encode_InTrainingWithKeptStatistics_EqualsInferenceAndLearnsWeightsOnly()
    {
        using var scope = new TensorScope();
        using var golden = new GoldenFolder("resnet50");
        using var model = ResNet.Load(golden.Path);
        var before = model.NamedBuffers().ToDictionary(b => b.Name, b => b.Value.Clone());
        model.SetTraining(true);
        model.KeepsStatistics = true;
        var logits = model.Logits(model.Encode(golden.Input("pixel_values")));
        Report("logits", golden.Output("logits"), logits);
        logits.CrossEntropy(golden.Input("labels")).Backward();
        Assert.Contains(ModelGradients.Of(model, "resnet.embedder.embedder.normalization.weight"), g => g != 0);
        Assert.All(model.NamedBuffers(), buffer => Near.Assert(before[buffer.Name].To(ScalarType.Float32), buffer.Value.To(ScalarType.Float32), 0, buffer.Name));
    }

    [Theory]
    [InlineData(true, false, false, 8)]
    [InlineData(true, false, true, 8)]
    [InlineData(true, true, false, 16)]
    [InlineData(false, false, false, 8)]
    [InlineData(false, true, false, 16)]
    public void Encode_EveryArrangement_HasTheStrideItsConfigurationSays(bool bottlenecks, bool early, bool inBottleneck, int stride)
    {
        using var scope = new TensorScope();
        using var generator = new Generator(1);
        var config = Small with { HasBottlenecks = bottlenecks, DownsamplesInFirstStage = early, DownsamplesInBottleneck = inBottleneck };
        using var model = new ResNet(config, generator);
        Assert.Equal(stride, config.Stride);
        Assert.Equal([2, 12, 64 / stride, 32 / stride], model.Encode(Tensor.RandomNormal([2, 3, 64, 32], generator)).Last.Shape);
    }

    [Fact]
    public void SaveLoad_EveryArrangement_GivesTheSameNumbers()
    {
        using var generator = new Generator(2);
        foreach (var config in (ResNetConfig[])[Small, Small with { HasBottlenecks = false, ClassCount = 3 }, Small with { DownsamplesInBottleneck = true, Activation = Activation.Gelu }])
        {
            using var scope = new TensorScope();
            using var folder = new TemporaryFolder();
            using var model = new ResNet(config, generator);
            model.Save(folder.Path);
            using var again = ResNet.Load(folder.Path);
            var pixels = Tensor.RandomNormal([1, 3, 32, 32], generator);
            Assert.Equal(config.ClassCount, again.Config.ClassCount);
            Near.Assert(model.Encode(pixels).Last, again.Encode(pixels).Last, 0, "last");
        }
    }

    [Theory]
    [InlineData("""{"model_type":"resnet","layer_type":"wide"}""", "layer_type")]
    [InlineData("""{"model_type":"resnet","depths":[1]}""", "depths")]
    [InlineData("""{"model_type":"resnet","hidden_sizes":[]}""", "hidden_sizes")]
    [InlineData("""{"model_type":"resnet","hidden_act":"mish"}""", "hidden_act")]
    [InlineData("""{"model_type":"vit"}""", "model_type")]
    public void Load_WhatIsNotSupported_NamesTheEntry(string json, string key)
    {
        using var folder = new TemporaryFolder();
        var file = Path.Combine(folder.Path, "config.json");
        File.WriteAllText(file, json);
        var error = Assert.Throws<CheckpointException>(() => ResNetConfig.Load(file));
        Assert.Contains($"'{key}'", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void LoadTorchvision_ATensorTooMany_IsReportedAsItStandsInTheFile()
    {
        using var scope = new TensorScope();
        using var folder = new TemporaryFolder();
        var file = Path.Combine(folder.Path, "w.safetensors");
        using var golden = new GoldenFolder("resnet50");
        using var reader = SafetensorsReader.Open(Path.Combine(golden.Path, "torchvision.safetensors"));
        SafetensorsWriter.Write(file, new Dictionary<string, Tensor>(reader.ReadAll()) { ["layer9.odd"] = Tensor.Zeros([1]) });
        var config = ResNetConfig.Load(Path.Combine(golden.Path, "config.json"));
        var error = Assert.Throws<CheckpointException>(() => ResNet.LoadTorchvision(file, config));
        Assert.Contains("layer9.odd", error.Message, StringComparison.Ordinal);
    }

    // Residual networks' states grow with depth, so the tolerance follows their size.
    private void Report(string what, Tensor expected, Tensor actual)
    {
        var size = Math.Max(1, expected.Abs().Max().Item());
        output.WriteLine($"{what}: {Near.Distance(expected, actual):g3} of {size:g3}");
        Near.Assert(expected, actual, 2e-5 * size, what);
    }
}
