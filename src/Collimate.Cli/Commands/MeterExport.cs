using System.CommandLine;
using Collimate.Server.Inference;
using Collimate.Training.Watching;
using OpenTelemetry;
using OpenTelemetry.Exporter;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;

namespace Collimate.Cli.Commands;

/// <summary>Sends the meters of training and serving to an OpenTelemetry collector; a collector that does not answer disturbs nothing.</summary>
internal sealed class MeterExport
{
    private const string EndpointVariable = "OTEL_EXPORTER_OTLP_ENDPOINT";
    private const string MetricsEndpointVariable = "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT";
    private const string ProtocolVariable = "OTEL_EXPORTER_OTLP_PROTOCOL";

    private readonly Uri? endpoint;

    private MeterExport(Uri? endpoint) => this.endpoint = endpoint;

    /// <summary>The option <c>--otlp</c> of commands that train or serve.</summary>
    public static Option<string?> Option() => new("--otlp")
    {
        Description = "Send meters to the OpenTelemetry collector at this address (OTLP over HTTP), such as http://localhost:4318; OTEL_EXPORTER_OTLP_ENDPOINT does the same.",
        HelpName = "URL",
    };

    /// <summary>Where meters are to go: as the option says, or the standard variables; null where neither says anything.</summary>
    /// <param name="option">The option's value.</param>
    /// <exception cref="UsageException">The option's value is no address.</exception>
    public static MeterExport? From(string? option)
    {
        if (option is null)
        {
            return IsSet(EndpointVariable) || IsSet(MetricsEndpointVariable) ? new MeterExport(null) : null;
        }

        return Uri.TryCreate(option, UriKind.Absolute, out var address) && address.Scheme is "http" or "https"
            ? new MeterExport(address)
            : throw new UsageException($"--otlp {option}: expected the address of an OpenTelemetry collector, such as http://localhost:4318.");
    }

    /// <summary>Begins to send, now and then and once more when the returned value is disposed.</summary>
    public IDisposable Start() => Sdk.CreateMeterProviderBuilder()
        .ConfigureResource(resource => resource.AddService("collimate", serviceVersion: typeof(TrainingMeters).Assembly.GetName().Version?.ToString(3)))
        .AddMeter(TrainingMeters.MeterName, ChatEngine.MeterName)
        .AddOtlpExporter(Configure)
        .Build();

    // What the option does not say, the exporter reads from the standard variables itself.
    private void Configure(OtlpExporterOptions options)
    {
        if (!IsSet(ProtocolVariable))
        {
            options.Protocol = OtlpExportProtocol.HttpProtobuf;
        }

        if (endpoint is not null)
        {
            // As for the variable, the address is the collector's, and the path below it the specification's.
            var isBare = options.Protocol == OtlpExportProtocol.HttpProtobuf && endpoint.AbsolutePath == "/";
            options.Endpoint = isBare ? new Uri(endpoint, "v1/metrics") : endpoint;
        }
    }

    private static bool IsSet(string variable) => Environment.GetEnvironmentVariable(variable) is { Length: > 0 };
}
