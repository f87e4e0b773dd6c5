using System.Globalization;
using Collimate.Tokenization;

namespace Collimate.Tests.Tokenization;

/// <summary>Normalization form C.</summary>
public sealed class CanonicalCompositionTests
{
    private const string UnicodeData = "/usr/share/unicode/UnicodeData.txt"; // Debian package unicode-data, which the gym needs anyway
    private const string Later = "11938"; // the one character with a decomposition that came after Unicode 12.1

    [Theory]
    [InlineData("0065 0301", "00E9")]
    [InlineData("0061 0323 0307", "1EA1 0307")] // the dot below first, then the one above finds nothing to join
    [InlineData("0061 0307 0323", "1EA1 0307")] // marks are brought into order
    [InlineData("212B", "00C5")] // a character that stands for another
    [InlineData("0958", "0915 093C")] // excluded from composition
    [InlineData("1112 1161 11AB", "D55C")]
    [InlineData("D558 11AB", "D55C")]
    [InlineData("0344", "0308 0301")]
    [InlineData("0041 0315 0300", "00C0 0315")]
    [InlineData("0061 0301 0301", "00E1 0301")]
    [InlineData("1D15E", "1D157 1D165")]
    [InlineData("0300 0065 0301", "0300 00E9")]
    public void Compose_KnownCases_EqualTheStandard(string source, string expected) => Assert.Equal(Characters(expected), Compose(Characters(source)));

    [Fact]
    public void Compose_AnyText_IsStableAndKeepsPlacesInOrder() => Texts.Hold(Texts.WellFormed, text =>
    {
        var places = new List<(int Start, int End)>();
        var composed = CanonicalComposition.Compose(text, places);
        Assert.Equal(composed, Compose(composed));
        Assert.Equal(composed.Length, places.Count);
        Assert.All(places.Zip(places.Skip(1)), pair => Assert.True(pair.First.Start <= pair.Second.Start && pair.First.End <= pair.Second.End));
        Assert.True(!CanonicalComposition.IsComposed(text) || composed == text);
    });

    [UnicodeDataFact]
    public void Compose_EveryDecomposition_AgreesWithTheUnicodeDatabase()
    {
        var compared = 0;
        foreach (var fields in File.ReadLines(UnicodeData).Select(line => line.Split(';')).Where(f => f[5].Length > 0 && f[5][0] != '<' && f[0] != Later))
        {
            // A character and its decomposition are the same text, so they compose alike.
            Assert.Equal(Compose(Characters(fields[0])), Compose(Characters(fields[5])));
            compared++;
        }

        Assert.True(compared > 2000);
    }

    private static string Compose(string text) => CanonicalComposition.Compose(text, []);

    private static string Characters(string hexadecimal) =>
        string.Concat(hexadecimal.Split(' ').Select(h => char.ConvertFromUtf32(int.Parse(h, NumberStyles.HexNumber))));

    [AttributeUsage(AttributeTargets.Method)]
    private sealed class UnicodeDataFactAttribute : FactAttribute
    {
        public UnicodeDataFactAttribute() => Skip = File.Exists(UnicodeData) ? null : $"needs {UnicodeData} (Debian package unicode-data)";
    }
}
