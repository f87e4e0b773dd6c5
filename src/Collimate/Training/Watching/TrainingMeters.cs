using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace Collimate.Training.Watching;

/// <summary>
/// Publishes a training through .NET's own meters, which OpenTelemetry and other listeners collect. Names and units follow OpenTelemetry's conventions; every
/// measurement carries the tags <c>run</c> and <c>stage</c>.
/// </summary>
public sealed class TrainingMeters : ITrainingObserver, IDisposable
{
    /// <summary>The meter's name, for <c>AddMeter</c>.</summary>
    public const string MeterName = "Collimate.Training";

    private readonly Meter meter = new(MeterName, typeof(TrainingMeters).Assembly.GetName().Version?.ToString(3));
    private readonly string run;
    private readonly Counter<long> steps;
    private readonly Counter<long> samples;
    private readonly Counter<long> tokens;
    private readonly Counter<long> skippedSteps;
    private readonly Counter<long> skippedSamples;
    private readonly Histogram<double> duration;
    private readonly Histogram<double> dataWait;
    private readonly Gauge<double> loss;
    private readonly Gauge<double> validationLoss;
    private readonly Gauge<double> validationExact;
    private readonly Gauge<double> learningRate;
    private readonly Gauge<double> gradientNorm;
    private readonly Gauge<double> utilization;
    private readonly Gauge<long> liveTensors;
    private readonly Gauge<long> resident;
    private readonly Gauge<double> measure;
    private bool skips;

    /// <param name="run">The run's name: the tag by which several are told apart.</param>
    public TrainingMeters(string run)
    {
        this.run = run;
        steps = meter.CreateCounter<long>("collimate.training.steps", "{step}", "Optimizer steps done, those without effect among them.");
        samples = meter.CreateCounter<long>("collimate.training.samples", "{sample}", "Samples trained on.");
        tokens = meter.CreateCounter<long>("collimate.training.tokens", "{token}", "Positions trained on, pictures' tokens among them.");
        skippedSteps = meter.CreateCounter<long>("collimate.training.steps.skipped", "{step}", "Steps whose gradients were not finite, so that the parameters stayed.");
        skippedSamples = meter.CreateCounter<long>("collimate.training.samples.skipped", "{sample}", "Samples that could not be used.");
        duration = Seconds("collimate.training.step.duration", "Time of a step.");
        dataWait = Seconds("collimate.training.step.data_wait", "Time that a step waited for its data.");
        loss = meter.CreateGauge<double>("collimate.training.loss", "1", "Loss of the last batch.");
        validationLoss = meter.CreateGauge<double>("collimate.training.validation.loss", "1", "Mean loss of an answer token at the last validation.");
        validationExact = meter.CreateGauge<double>("collimate.training.validation.exact", "1", "Share of answers given exactly at the last validation.");
        learningRate = meter.CreateGauge<double>("collimate.training.learning_rate", "1", "Learning rate of the first group.");
        gradientNorm = meter.CreateGauge<double>("collimate.training.gradient_norm", "1", "Norm of all gradients before clipping.");
        utilization = meter.CreateGauge<double>("collimate.training.model_flops.utilization", "1", "Model-FLOPs utilisation of the last step.");
        liveTensors = meter.CreateGauge<long>("collimate.training.live_tensors", "{tensor}", "Tensors alive in the process after the last step.");
        resident = meter.CreateGauge<long>("collimate.training.memory.resident", "By", "Resident memory of the process after the last step.");
        measure = meter.CreateGauge<double>("collimate.training.measure", "1", "What the model's seams report of the last batch; the tag 'measure' names it.");
    }

    /// <inheritdoc/>
    public void OnStep(StepReport report)
    {
        var tags = Tags(report.Stage);
        steps.Add(1, tags);
        samples.Add(report.Samples, tags);
        tokens.Add(report.Tokens, tags);
        if (skips)
        {
            skippedSteps.Add(1, tags);
            skips = false;
        }

        duration.Record(report.Duration.TotalSeconds, tags);
        dataWait.Record(report.DataWait.TotalSeconds, tags);
        loss.Record(report.Loss, tags);
        learningRate.Record(report.LearningRate, tags);
        gradientNorm.Record(report.GradientNorm, tags);
        if (StepRates.Of(report).Utilization is { } share)
        {
            utilization.Record(share, tags);
        }

        liveTensors.Record(report.LiveTensors, tags);
        resident.Record(report.ResidentBytes, tags);
        foreach (var (name, value) in report.Measures)
        {
            measure.Record(value, new TagList { { "run", run }, { "stage", report.Stage }, { "measure", name } });
        }
    }

    /// <inheritdoc/>
    public void OnSkippedStep(long step, double gradientNorm) => skips = true; // counted with the step's report, which knows its stage

    /// <inheritdoc/>
    public void OnValidation(ValidationReport report)
    {
        validationLoss.Record(report.Loss, Tags(report.Stage));
        validationExact.Record(report.Exact, Tags(report.Stage));
    }

    /// <inheritdoc/>
    public void OnBadSample(BadSampleReport report) => skippedSamples.Add(1, Tags(report.Stage));

    /// <inheritdoc/>
    public void Dispose() => meter.Dispose();

    private TagList Tags(string stage) => new() { { "run", run }, { "stage", stage } };

    // From steps of a millisecond to steps of minutes.
    private Histogram<double> Seconds(string name, string description) => meter.CreateHistogram(
        name, "s", description, tags: null, new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30, 100, 300] });
}
