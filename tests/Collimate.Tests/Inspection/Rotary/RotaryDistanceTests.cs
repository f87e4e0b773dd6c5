using System.Text.Json;
using System.Xml.Linq;
using Collimate.Inspection.Rotary;
using Collimate.Reports;
using Collimate.Tests.Cli;

namespace Collimate.Tests.Inspection.Rotary;

/// <summary>Numbers of NumPy 1.26's <c>RandomState</c>, and scores computed with it.</summary>
public sealed class RotaryDistanceTests
{
    [Fact]
    public void LegacyRandom_KnownSeeds_GivesNumPysNumbers()
    {
        var bits = new LegacyRandom(5489);
        Assert.Equal((3499211612u, 581869302u), (bits.NextUInt32(), bits.NextUInt32())); // of Matsumoto and Nishimura's own test

        var uniform = new LegacyRandom(42);
        Assert.Equal(0.44600577295795574, Enumerable.Range(0, 1000).Select(_ => uniform.NextDouble()).ToArray()[^1]);

        var normal = new LegacyRandom(100);
        Assert.Equal([-1.7497654730546974, 0.34268040332750216, 1.153035802563644], normal.Normals(3), (a, b) => Math.Abs(a - b) < 1e-15);
        var vectors = new LegacyRandom(100);
        vectors.Normals(2048);
        Assert.Equal(0.4171746410423148, vectors.Normals(2048)[^1], 14);
    }

    [Theory]
    [InlineData(0, 1.5019748084367983)]
    [InlineData(1, 1.072452492203346)]
    [InlineData(-1, 1.8357921808421938)]
    [InlineData(599, 0.034997270445271615)]
    [InlineData(-599, -1.6263525995938766)]
    public void Score_PublishedSettings_EqualsNumPys(int distance, double expected) => Assert.Equal(expected, RotaryDistance.Random().Score(distance), 11);

    [Fact]
    public void Score_OneTurningPair_IsTheCosineOfTheAngle()
    {
        var example = new RotaryDistance([1, 0], [1, 0]);

        Assert.Equal(Math.Cos(3) / Math.Sqrt(2), example.Score(3), 14);
        Assert.Equal(Math.Cos(3), example.Kept(3), 14);
    }

    [Theory]
    [InlineData(3, 3)]
    [InlineData(4, 2)]
    [InlineData(0, 0)]
    public void Create_VectorsThatCannotBePaired_AreRefused(int query, int key) =>
        Assert.Contains("even length", Assert.Throws<ArgumentException>(() => new RotaryDistance(new double[query], new double[key])).Message, StringComparison.Ordinal);

    [Fact]
    public void Svg_AnyExample_IsWellFormedAndHasThreeCurves()
    {
        var svg = XDocument.Parse(RotaryPicture.Svg(RotaryDistance.Random(64), 50, "a < b"));
        Assert.Equal(3, svg.Descendants().Count(element => element.Attribute("fill")?.Value == "none"));
    }

    [Fact]
    public void Command_Json_HasBothDirections()
    {
        var result = CommandLine.Run("inspect", "--rotary", "--json");

        Assert.Equal(0, result.Code);
        var far = JsonDocument.Parse(result.Output).RootElement.GetProperty("scores").EnumerateArray().Single(row => row.GetProperty("distance").GetInt32() == 599);
        Assert.Equal(-1.6263525995938766, far.GetProperty("patchAfterWord").GetDouble(), 9);
        Assert.Equal(2, CommandLine.Run("inspect", "--rotary", "--width", "7").Code);
    }
}
