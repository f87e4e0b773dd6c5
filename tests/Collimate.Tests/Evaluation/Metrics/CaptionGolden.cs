using System.Text.Json;
using Collimate.Evaluation.Metrics.Captions;

namespace Collimate.Tests.Evaluation.Metrics;

/// <summary>A set of captions with the figures that the reference tools gave it.</summary>
internal sealed record CaptionGolden(IReadOnlyList<CaptionPair> Raw, IReadOnlyList<CaptionPair> Tokenized, JsonElement Expected)
{
    public static CaptionGolden Tricky { get; } = Load(GoldenFiles.Require("caption-metrics/tricky"));

    public static CaptionGolden Load(string folder) => new(Pairs(folder, ""), Pairs(folder, "_tokenized"), Read(folder, "expected.json"));

    public double Corpus(string metric) => Expected.GetProperty("corpus").GetProperty(metric).GetDouble();

    public double[] Images(string metric) => [.. Raw.Select(pair => Expected.GetProperty("per_image").GetProperty(pair.Id).GetProperty(metric).GetDouble())];

    public int[] MeteorCounts(string id) => [.. Expected.GetProperty("per_image").GetProperty(id).GetProperty("METEOR_no_paraphrase_stats").EnumerateArray().Select(value => (int)value.GetDouble())];

    public void AssertEqual(string metric, CaptionScores scores, double tolerance = 1e-12)
    {
        Assert.Equal(Corpus(metric), scores.Corpus, tolerance);
        Assert.All(Images(metric).Zip(scores.Images), pair => Assert.Equal(pair.First, pair.Second, tolerance));
        Assert.Equal(Raw.Count, scores.Images.Count);
    }

    private static CaptionPair[] Pairs(string folder, string kind)
    {
        var references = Read(folder, $"references{kind}.json");
        return [.. Read(folder, $"candidates{kind}.json").EnumerateObject().Select(one => new CaptionPair(
            one.Name,
            one.Value.ValueKind == JsonValueKind.Array ? one.Value[0].GetString()! : one.Value.GetString()!,
            [.. references.GetProperty(one.Name).EnumerateArray().Select(text => text.GetString()!)]))];
    }

    private static JsonElement Read(string folder, string name)
    {
        using var document = JsonDocument.Parse(File.ReadAllText(Path.Combine(folder, name)));
        return document.RootElement.Clone();
    }
}
