using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace Collimate.Server.Inference;

/// <summary>What an engine measures of itself, as meters that any .NET or OpenTelemetry listener reads.</summary>
internal sealed class EngineMeters : IDisposable
{
    private readonly Meter meter = new(ChatEngine.MeterName);
    private readonly KeyValuePair<string, object?> model;
    private readonly ConcurrentDictionary<object, int> writing = new();
    private readonly Counter<long> promptTokens;
    private readonly Counter<long> knownTokens;
    private readonly Counter<long> answerTokens;
    private readonly Counter<long> failures;
    private readonly Histogram<double> waiting;
    private readonly Histogram<double> reading;
    private readonly Histogram<double> firstToken;
    private readonly Histogram<double> rows;

    /// <param name="name">The model's name.</param>
    /// <param name="queued">How many prompts wait now.</param>
    /// <param name="found">How many parts of prompts and pictures were remembered, and how many were not.</param>
    public EngineMeters(string name, Func<int> queued, Func<(long Prefix, long NoPrefix, long Picture, long NoPicture)> found)
    {
        model = new("model", name);
        promptTokens = meter.CreateCounter<long>("collimate.prompt.tokens", description: "Positions of the prompts that were taken up.");
        knownTokens = meter.CreateCounter<long>("collimate.prompt.tokens.known", description: "Positions of prompts that had been run before.");
        answerTokens = meter.CreateCounter<long>("collimate.answer.tokens", description: "Tokens that were written.");
        failures = meter.CreateCounter<long>("collimate.failures", description: "Prompts and steps that failed.");
        waiting = meter.CreateHistogram<double>("collimate.queue.duration", "s", "How long a prompt waited for a slot.");
        reading = meter.CreateHistogram<double>("collimate.prompt.duration", "s", "How long a prompt ran.");
        firstToken = meter.CreateHistogram<double>("collimate.first_token.duration", "s", "From a prompt's coming to its first token.");
        rows = meter.CreateHistogram<double>("collimate.step.rows", description: "Answers that were written side by side.");
        meter.CreateObservableGauge("collimate.queue.length", () => new Measurement<int>(queued(), model), description: "Prompts that wait for a slot.");
        meter.CreateObservableGauge("collimate.answers.writing", () => new Measurement<int>(writing.Values.Sum(), model), description: "Answers that are being written.");
        meter.CreateObservableCounter("collimate.cache.lookups", () => Lookups(found()), description: "Blocks of prompts, and pictures, that were looked for among those remembered.");
    }

    /// <summary>The meter.</summary>
    public Meter Meter => meter;

    public void Prompt(ChatJob job, TimeSpan waited, TimeSpan ran)
    {
        promptTokens.Add(job.Prompt.Length, model);
        knownTokens.Add(job.Known, model);
        waiting.Record(waited.TotalSeconds, model);
        reading.Record(ran.TotalSeconds, model);
    }

    public void Token(ChatJob job, bool isFirst)
    {
        answerTokens.Add(1, model);
        if (isFirst)
        {
            firstToken.Record(Stopwatch.GetElapsedTime(job.Queued).TotalSeconds, model);
        }
    }

    public void Step(int count) => rows.Record(count, model);

    public void Failed() => failures.Add(1, model);

    public void Writing(object worker, int count) => writing[worker] = count;

    public void Dispose() => meter.Dispose();

    private IEnumerable<Measurement<long>> Lookups((long Prefix, long NoPrefix, long Picture, long NoPicture) found)
    {
        yield return Of(found.Prefix, "prefix", "hit");
        yield return Of(found.NoPrefix, "prefix", "miss");
        yield return Of(found.Picture, "picture", "hit");
        yield return Of(found.NoPicture, "picture", "miss");

        Measurement<long> Of(long count, string cache, string result) => new(count, model, new("cache", cache), new("result", result));
    }
}
