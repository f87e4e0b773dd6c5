using Collimate.Generation;
using Collimate.Generation.Processors;
using Collimate.Tests.Models;
using Collimate.Torch;

namespace Collimate.Tests.Generation;

public sealed class LogitsProcessorGoldenTests
{
    [Fact]
    public void Process_RecordedScores_EqualReference()
    {
        using var scope = new TensorScope();
        using var golden = new GoldenFolder("logits-processors");
        var cases = new Dictionary<string, ILogitsProcessor[]>
        {
            ["temperature_0.7"] = [new TemperatureProcessor(0.7)],
            ["top_k_5"] = [new TopKProcessor(5)],
            ["top_p_0.9"] = [new TopPProcessor(0.9)],
            ["top_p_0.3"] = [new TopPProcessor(0.3)],
            ["top_p_0.05_min_keep_2"] = [new TopPProcessor(0.05, minimum: 2)],
            ["typical_p_0.8"] = [new TypicalProcessor(0.8)],
            ["repetition_penalty_1.3"] = [new RepetitionPenaltyProcessor(1.3)],
            ["no_repeat_ngram_2"] = [new NoRepeatNgramProcessor(2)],
            ["no_repeat_ngram_3"] = [new NoRepeatNgramProcessor(3)],
            ["min_length_20_eos_2"] = [new MinimumLengthProcessor(20, [2])],
            ["temperature_0.6_then_top_k_20_then_top_p_0.9"] = [new TemperatureProcessor(0.6), new TopKProcessor(20), new TopPProcessor(0.9)],
        };
        Assert.Equal(golden.Expected.GetProperty("kept").EnumerateObject().Select(entry => entry.Name).Order(), cases.Keys.Order());

        var tokens = golden.Input("input_ids").ToArray<long>().Select(id => (int)id).Chunk(12).ToArray();
        foreach (var (name, processors) in cases)
        {
            var rows = golden.Input("scores").ToArray<float>().Chunk(40).ToArray();
            for (var row = 0; row < rows.Length; row++)
            {
                foreach (var processor in processors)
                {
                    processor.Process(tokens[row], rows[row]);
                }
            }

            var actual = rows.SelectMany(row => row).Select(score => float.IsNegativeInfinity(score) ? -1e30f : score).ToArray();
            var distance = Near.Distance(golden.Output(name).ToArray<float>(), actual);
            Assert.True(distance <= 2e-6, $"{name}: {distance:g3} apart");
        }
    }
}
