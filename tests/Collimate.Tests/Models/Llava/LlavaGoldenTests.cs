using Collimate.Alignment;
using Collimate.Alignment.Objectives;
using Collimate.Alignment.Towers;
using Collimate.Generation;
using Collimate.Models;
using Collimate.Models.Llava;
using Collimate.Torch;
using Collimate.Training;
using Xunit.Abstractions;

namespace Collimate.Tests.Models.Llava;

public sealed class LlavaGoldenTests(ITestOutputHelper output)
{
    private const double Tolerance = 2e-5;
    private const int NewTokens = 12;

    [Theory]
    [InlineData("llava")]
    [InlineData("llava-full")]
    public void Encode_EveryHiddenState_EqualsReference(string name)
    {
        using var scope = new TensorScope();
        using var off = GradMode.Disable();
        using var golden = new GoldenFolder(name);
        using var model = LlavaModel.Load(golden.Path);
        using var trace = new ForwardTrace();
        var tower = (EncoderTower)model.Vision;
        var pixels = golden.Input("pixel_values");
        tower.Transformer.Encode(pixels, trace: trace);

        Assert.Equal(5, trace.HiddenStates.Count);
        foreach (var (number, state) in trace.HiddenStates.Index())
        {
            Report(name, $"vision.hidden_states.{number}", golden.Output($"vision.hidden_states.{number}"), state);
        }

        var selected = tower.Encode(pixels, null);
        Assert.Equal(golden.Expected.GetProperty("image_tokens_per_image").GetInt32(), tower.TokenCount);
        Report(name, "image_features_selected", golden.Output("image_features_selected"), selected);
        Report(name, "image_features_projected", golden.Output("image_features_projected"), model.Connector.Project(selected));
    }

    [Theory]
    [InlineData("llava", "")]
    [InlineData("llava", "expanded_")]
    [InlineData("llava-full", "")]
    [InlineData("llava-full", "expanded_")]
    public void Forward_OneOrRepeatedImageTokens_EqualsReference(string name, string layout)
    {
        using var scope = new TensorScope();
        using var off = GradMode.Disable();
        using var golden = new GoldenFolder(name);
        using var model = LlavaModel.Load(golden.Path);
        using var batch = Rows(golden, model, layout, labels: false);
        using var trace = new ForwardTrace();
        var composed = model.Compose(batch);
        var hidden = model.Language.Run(composed.Input, hook: composed.Hook, trace: trace);

        var lengths = composed.Sequence.Positions.RowLengths;
        var mask = Lists(golden.Input("expanded_attention_mask"));
        Compare("inputs_embeds", composed.Sequence.Embeddings);
        foreach (var (number, state) in trace.HiddenStates.Index())
        {
            Compare($"hidden_states.{number}", state);
        }

        Compare("logits", model.Language.Logits(hidden));

        void Compare(string what, Tensor actual)
        {
            for (var row = 0; row < lengths.Length; row++)
            {
                var valid = Enumerable.Range(0, mask[row].Length).Where(at => mask[row][at] != 0).Select(at => (long)at).ToArray();
                Assert.Equal(valid.Length, lengths[row]);
                var expected = golden.Output(what).Select(0, row).IndexSelect(0, Tensor.From<long>(valid, [valid.Length]));
                Report(name, $"{layout}{what}[{row}]", expected, actual.Select(0, row).Slice(0, 0, lengths[row]));
            }
        }
    }

    [Theory]
    [InlineData("llava")]
    [InlineData("llava-full")]
    public void Forward_TextOnly_EqualsReference(string name)
    {
        using var scope = new TensorScope();
        using var off = GradMode.Disable();
        using var golden = new GoldenFolder(name);
        using var model = LlavaModel.Load(golden.Path);
        var ids = Lists(golden.Input("text_only_ids"));
        using var batch = TokenRows.ToBatch(ids, null, ImageToken(golden), ((EncoderTower)model.Vision).TokenCount, null);

        var logits = model.Language.Logits(model.Forward(batch).Hidden);

        Report(name, "text_only.logits", golden.Output("text_only.logits"), logits.Slice(1, 0, ids[0].Length));
    }

    [Theory]
    [InlineData("llava")]
    [InlineData("llava-full")]
    public void Backward_LossWithIgnoredLabels_GradientsEqualReference(string name)
    {
        using var scope = new TensorScope();
        using var golden = new GoldenFolder(name);
        using var model = LlavaModel.Load(golden.Path);
        using var batch = Rows(golden, model, "", labels: true);
        var pass = model.Forward(batch);
        var answers = pass.Sequence.Positions.Labels.Count(label => label != Positions.NoLabel);

        var loss = new LanguageObjective().Loss(pass, new BatchShare(answers, batch.Rows, default));
        loss.Backward();

        var expectedLoss = golden.Expected.GetProperty("loss").GetDouble();
        Assert.InRange(loss.Item(), expectedLoss * (1 - 1e-5), expectedLoss * (1 + 1e-5));
        foreach (var (parameter, expected) in golden.Gradients())
        {
            var distance = Near.Distance(expected, ModelGradients.Of(model, parameter));
            var allowed = 1e-4 * expected.Max(Math.Abs);
            output.WriteLine($"{name} gradient of {parameter}: {distance:g3} of {allowed:g3}");
            Assert.True(distance <= allowed, $"{name} gradient of {parameter}: {distance:g3} apart, {allowed:g3} is allowed");
        }
    }

    [Theory]
    [InlineData("llava", "generate.single")]
    [InlineData("llava", "generate.batch_left")]
    [InlineData("llava-full", "generate.single")]
    [InlineData("llava-full", "generate.batch_left")]
    public void Generate_Greedy_IdsEqualReference(string name, string run)
    {
        using var scope = new TensorScope();
        using var golden = new GoldenFolder(name);
        using var model = LlavaModel.Load(golden.Path);
        int[][] expected = [.. golden.Expected.GetProperty(run).EnumerateArray().Select(row => row.EnumerateArray().Select(id => id.GetInt32()).ToArray())];
        var prompts = expected.Select(row => row[..^NewTokens]).ToArray();
        var valid = prompts.Select(row => row.Select(id => id == 0 ? 0 : 1).ToArray()).ToArray();
        var pixels = golden.Input("pixel_values").Slice(0, 0, prompts.Length);
        using var session = new VisionLanguageSession(model, TokenRows.ToBatch(prompts, valid, ImageToken(golden), ((EncoderTower)model.Vision).TokenCount, pixels));

        var rows = new TextGenerator().Generate(session, prompts, new GenerationOptions { MaxNewTokens = NewTokens });

        Assert.Equal(expected.Select(row => row[^NewTokens..]), rows.Select(row => row.Tokens.ToArray()));
    }

    [Theory]
    [InlineData("llava")]
    [InlineData("llava-full")]
    public void Json_OfReadConfiguration_ReadsBackTheSame(string name)
    {
        var config = LlavaConfig.Load(Path.Combine(GoldenFiles.Require(name), "config.json"));
        using var folder = new TemporaryFolder();
        ConfigSection.Save(config.ToJson(), Path.Combine(folder.Path, "config.json"));

        var again = LlavaConfig.Load(Path.Combine(folder.Path, "config.json"));

        Assert.Equal(config.ToJson().ToJsonString(), again.ToJson().ToJsonString());
        Assert.Equal((config.Vision, config.Selection, config.ImageTokenId), (again.Vision, again.Selection, again.ImageTokenId));
    }

    private static int ImageToken(GoldenFolder golden) => LlavaConfig.Load(Path.Combine(golden.Path, "config.json")).ImageTokenId;

    private static Batch Rows(GoldenFolder golden, VisionLanguageModel model, string layout, bool labels) => TokenRows.ToBatch(
        Lists(golden.Input($"{layout}input_ids")), Lists(golden.Input($"{layout}attention_mask")), ImageToken(golden), ((EncoderTower)model.Vision).TokenCount,
        golden.Input("pixel_values"), labels ? Lists(golden.Input($"{layout}labels")) : null);

    private static int[][] Lists(Tensor rows) => [.. rows.ToArray<long>().Select(id => (int)id).Chunk((int)rows.Size(1))];

    private void Report(string name, string what, Tensor expected, Tensor actual)
    {
        var allowed = Tolerance * Math.Max(1, Near.Floats(expected).Max(Math.Abs));
        output.WriteLine($"{name} {what}: {Near.Distance(expected, actual):g3} of {allowed:g3}");
        Near.Assert(expected, actual, allowed, $"{name} {what}");
    }
}
