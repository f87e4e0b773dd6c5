using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Collimate.Torch.Serialization;

namespace Collimate.Reports;

/// <summary>Reports as JSON that every reader takes: keys in camel case, and null for a number that is not finite.</summary>
public static class ReportJson
{
    private static readonly JsonSerializerOptions Options = new()
    {
        WriteIndented = true,
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, // for files, never for HTML
        Converters = { new FiniteNumberConverter() },
    };

    /// <summary>Writes a report to a file, which appears only when it is complete.</summary>
    /// <param name="report">The report.</param>
    /// <param name="path">The file; its folder is made where it is absent.</param>
    public static void Save<T>(T report, string path)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        WholeFile.Write(path, Encoding.UTF8.GetBytes(JsonSerializer.Serialize(report, Options) + "\n"));
    }
}

/// <summary>Writes numbers that are not finite as null, which JSON has, and reads null as NaN.</summary>
public sealed class FiniteNumberConverter : JsonConverter<double>
{
    /// <inheritdoc/>
    public override bool HandleNull => true;

    /// <inheritdoc/>
    public override double Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.TokenType == JsonTokenType.Null ? double.NaN : reader.GetDouble();

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, double value, JsonSerializerOptions options)
    {
        if (double.IsFinite(value))
        {
            writer.WriteNumberValue(value);
        }
        else
        {
            writer.WriteNullValue();
        }
    }
}
