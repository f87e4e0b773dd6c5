using System.Diagnostics.Metrics;
using Collimate.Training;
using Collimate.Training.Watching;

namespace Collimate.Tests.Training.Watching;

public sealed class TrainingMetersTests
{
    private readonly List<(string Name, string? Unit, double Value, string Tags)> seen = [];

    [Fact]
    public void OnStep_Figures_AreMeasuredWithTheirUnitsAndTags()
    {
        Watch("meters-1", meters => meters.OnStep(MadeReports.Step(1)));

        Assert.Equal(("run=meters-1,stage=align,measure=token_mixer/match_rate", 0.25), seen.Where(one => one.Name == "collimate.training.measure").Select(one => (one.Tags, one.Value)).Single());
        seen.RemoveAll(one => one.Name == "collimate.training.measure");
        Assert.All(seen, one => Assert.Equal("run=meters-1,stage=align", one.Tags));
        Assert.Equal(
        [
            ("collimate.training.gradient_norm", "1", 0.75), ("collimate.training.learning_rate", "1", 1e-3), ("collimate.training.live_tensors", "{tensor}", 123),
            ("collimate.training.loss", "1", 2.5), ("collimate.training.memory.resident", "By", 64 << 20), ("collimate.training.samples", "{sample}", 8),
            ("collimate.training.step.data_wait", "s", 0.05), ("collimate.training.step.duration", "s", 0.5), ("collimate.training.steps", "{step}", 1),
            ("collimate.training.tokens", "{token}", 400),
        ], seen.Select(one => (one.Name, one.Unit, one.Value)).OrderBy(one => one.Name, StringComparer.Ordinal));
    }

    [Fact]
    public void OnSkippedStep_IsCountedForItsStage()
    {
        Watch("meters-2", meters =>
        {
            meters.OnSkippedStep(1, double.NaN);
            meters.OnStep(MadeReports.Step(1));
            meters.OnStep(MadeReports.Step(2));
        });

        Assert.Equal(("run=meters-2,stage=align", 1.0), Assert.Single(seen.Where(one => one.Name == "collimate.training.steps.skipped").Select(one => (one.Tags, one.Value))));
    }

    [Fact]
    public void OnValidationAndBadSample_AreMeasured()
    {
        Watch("meters-3", meters =>
        {
            meters.OnValidation(new ValidationReport("instruct", 5, 1.25, 0.25, true));
            meters.OnBadSample(new BadSampleReport("instruct", 5, "7", "it is broken", 1, 40));
        });

        Assert.Equal(
            [("collimate.training.validation.loss", 1.25, "run=meters-3,stage=instruct"), ("collimate.training.validation.exact", 0.25, "run=meters-3,stage=instruct"), ("collimate.training.samples.skipped", 1, "run=meters-3,stage=instruct")],
            seen.Select(one => (one.Name, one.Value, one.Tags)));
    }

    private void Watch(string run, Action<TrainingMeters> happens)
    {
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, listening) =>
            {
                if (instrument.Meter.Name == TrainingMeters.MeterName)
                {
                    listening.EnableMeasurementEvents(instrument);
                }
            },
        };
        void Take(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
        {
            var words = string.Join(',', tags.ToArray().Select(tag => $"{tag.Key}={tag.Value}"));
            if (words.StartsWith($"run={run},", StringComparison.Ordinal)) // other tests may train at the same time
            {
                seen.Add((instrument.Name, instrument.Unit, value, words));
            }
        }

        listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Take(instrument, value, tags));
        listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Take(instrument, value, tags));
        listener.Start();
        using var meters = new TrainingMeters(run);
        happens(meters);
    }
}
