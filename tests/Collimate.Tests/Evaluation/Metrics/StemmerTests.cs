using Collimate.Evaluation.Metrics.Stemming;

namespace Collimate.Tests.Evaluation.Metrics;

/// <summary>The stemmers against pairs that their authors publish.</summary>
public sealed class StemmerTests
{
    [Theory]
    [InlineData("caresses caress ponies poni ties tie cats cat feed feed agreed agre plastered plaster motoring motor sing sing conflated conflat troubled troubl sized size hopping hop falling fall hissing hiss failing fail filing file")]
    [InlineData("happy happi sky sky relational relat conditional condit rational ration digitizer digit radicalli radic vileli vile operator oper feudalism feudal decisiveness decis hopefulness hope formaliti formal")]
    [InlineData("triplicate triplic formative form formalize formal electriciti electr hopeful hope goodness good revival reviv allowance allow inference infer airliner airlin adjustable adjust replacement replac adoption adopt")]
    [InlineData("probate probat rate rate cease ceas controll control roll roll died die dies die flies fli enjoy enjoy spy spi dying die news news a a is is innings inning")]
    public void Porter_PublishedPairs_Hold(string pairs) => AssertPairs(pairs, PorterStemmer.Stem);

    [Theory]
    [InlineData("consign consign consigned consign consigning consign consignment consign consist consist consistency consist consistently consist consolation consol consolingly consol consonant conson conspicuous conspicu")]
    [InlineData("conspiracy conspiraci constable constabl constancy constanc constrain constrain constraint constraint knack knack knavery knaveri knees knee knightly knight knitting knit knowing know knowledge knowledg")]
    [InlineData("ties tie cries cri gas gas this this gaps gap kiwis kiwi generously generous generate generat communities communiti arsenic arsenic sky sky skies sky dying die gently gentl early earli news news")]
    [InlineData("it's it dogs' dog boys's' boy youth youth saying say yes yes by by enjoy enjoy hoped hope hopping hop succeed succeed herring herring")]
    public void English_PublishedPairs_Hold(string pairs) => AssertPairs(pairs, EnglishStemmer.Stem);

    private static void AssertPairs(string pairs, Func<string, string> stem) =>
        Assert.All(pairs.Split(' ').Chunk(2), pair => Assert.Equal($"{pair[0]} {pair[1]}", $"{pair[0]} {stem(pair[0])}"));
}
