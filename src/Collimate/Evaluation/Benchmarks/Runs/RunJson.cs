using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Collimate.Reports;

namespace Collimate.Evaluation.Benchmarks.Runs;

/// <summary>How runs are written down: keys in camel case, nothing for null, the shortest digits that give a number back.</summary>
internal static class RunJson
{
    /// <summary>A record a line.</summary>
    internal static JsonSerializerOptions Line { get; } = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingDefault,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, // for files, never for HTML
        RespectRequiredConstructorParameters = true,
        RespectNullableAnnotations = true,
    };

    /// <summary>A report.</summary>
    internal static JsonSerializerOptions Report { get; } = new()
    {
        WriteIndented = true,
        NewLine = "\n",
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        Converters = { new FiniteNumberConverter() },
    };
}
