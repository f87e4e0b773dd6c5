using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Globalization;
using System.Text;

namespace Collimate.Server.Hosting;

/// <summary>Meters as a page that Prometheus reads, in its text format 0.0.4. The same meters reach any OpenTelemetry listener by themselves.</summary>
internal sealed class PrometheusPage : IDisposable
{
    private static readonly double[] Bounds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 16, 30];

    private readonly MeterListener listener;
    private readonly ConcurrentDictionary<(Instrument Instrument, string Labels), Series> series = new();

    /// <param name="meters">The meters that are told.</param>
    public PrometheusPage(IEnumerable<Meter> meters)
    {
        var told = meters.ToHashSet();
        listener = new MeterListener
        {
            InstrumentPublished = (instrument, mine) =>
            {
                if (told.Contains(instrument.Meter))
                {
                    mine.EnableMeasurementEvents(instrument);
                }
            },
        };
        listener.SetMeasurementEventCallback<int>((instrument, value, tags, _) => Take(instrument, value, tags));
        listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Take(instrument, value, tags));
        listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Take(instrument, value, tags));
        listener.Start();
    }

    /// <summary>The page.</summary>
    public string Write()
    {
        listener.RecordObservableInstruments();
        var page = new StringBuilder();
        foreach (var alike in series.GroupBy(entry => NameOf(entry.Key.Instrument)).OrderBy(group => group.Key, StringComparer.Ordinal))
        {
            var instrument = alike.First().Key.Instrument;
            page.Append("# HELP ").Append(alike.Key).Append(' ').Append(instrument.Description).Append('\n');
            page.Append("# TYPE ").Append(alike.Key).Append(' ').Append(KindOf(instrument)).Append('\n');
            foreach (var ((_, labels), values) in alike.OrderBy(entry => entry.Key.Labels, StringComparer.Ordinal))
            {
                values.Write(page, alike.Key, labels, KindOf(instrument));
            }
        }

        return page.ToString();
    }

    public void Dispose() => listener.Dispose();

    private void Take(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var labels = new StringBuilder();
        foreach (var (name, label) in tags)
        {
            labels.Append(labels.Length == 0 ? "" : ",").Append(name).Append("=\"")
                .Append($"{label}".Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal)).Append('"');
        }

        series.GetOrAdd((instrument, labels.ToString()), _ => new Series()).Take(instrument, value);
    }

    private static string NameOf(Instrument instrument) =>
        instrument.Name.Replace('.', '_') + (instrument.Unit == "s" ? "_seconds" : "") + (KindOf(instrument) == "counter" ? "_total" : "");

    private static string KindOf(Instrument instrument) => instrument switch
    {
        Histogram<double> => "histogram",
        Counter<long> or ObservableCounter<long> => "counter",
        _ => "gauge",
    };

    /// <summary>The values of one instrument under one set of labels.</summary>
    private sealed class Series
    {
        private readonly long[] buckets = new long[Bounds.Length];
        private readonly Lock gate = new();
        private long count;
        private double sum;

        public void Take(Instrument instrument, double value)
        {
            lock (gate)
            {
                // An observed value stands for itself; others add up.
                sum = instrument.IsObservable ? value : sum + value;
                count++;
                for (var k = 0; k < Bounds.Length; k++)
                {
                    buckets[k] += value <= Bounds[k] ? 1 : 0;
                }
            }
        }

        public void Write(StringBuilder page, string name, string labels, string kind)
        {
            lock (gate)
            {
                var braced = labels.Length == 0 ? "" : $"{{{labels}}}";
                if (kind != "histogram")
                {
                    page.Append(CultureInfo.InvariantCulture, $"{name}{braced} {sum}\n");
                    return;
                }

                var before = labels.Length == 0 ? "" : labels + ",";
                for (var k = 0; k < Bounds.Length; k++)
                {
                    page.Append(CultureInfo.InvariantCulture, $"{name}_bucket{{{before}le=\"{Bounds[k]}\"}} {buckets[k]}\n");
                }

                page.Append(CultureInfo.InvariantCulture, $"{name}_bucket{{{before}le=\"+Inf\"}} {count}\n{name}_sum{braced} {sum}\n{name}_count{braced} {count}\n");
            }
        }
    }
}
