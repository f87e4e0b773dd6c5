using Collimate.Evaluation.Benchmarks.Parsers;
using FsCheck;
using FsCheck.Fluent;

namespace Collimate.Tests.Evaluation.Benchmarks;

public sealed class TextParserTests
{
    // Every word in several dresses: what is put around it, and what must be left.
    private static readonly string[] Words = [.. ParserCases.Things, "2", "2.5", "Yes", "a b", "é", "日本", "-", "don't", "U.S.", "10 %"];

    [Fact]
    public void Verbatim_ConstructedAnswers_LoseTheBlanksAroundThem()
    {
        var cases = new ParserCases("verbatim");
        foreach (var word in Words)
        {
            foreach (var form in (string[])["{0}", " {0}", "{0} ", "\n{0}", "{0}\n", "\t{0}\r\n", "  {0}  ", "\u00A0{0}"])
            {
                cases.Add(form.Replace("{0}", word, StringComparison.Ordinal), word);
            }

            cases.Add($"{word}.", $"{word}.");
        }

        foreach (var blank in (string[])["", " ", "\n", "\t", " \n ", "\u3000"])
        {
            cases.Add(blank, null);
        }

        cases.Judge();
    }

    [Fact]
    public void FirstLine_ConstructedAnswers_AreTheFirstLineThatIsNotBlank()
    {
        var cases = new ParserCases("first_line");
        foreach (var word in Words)
        {
            foreach (var form in (string[])["{0}", "{0}\nmore", "\n{0}\nmore", " \n\t\n {0} \n", "{0}\r\nmore", "{0}\rmore", "\r\n\r\n{0}", "{0} ", "{0}\n\n\nUSER: what?"])
            {
                cases.Add(form.Replace("{0}", word, StringComparison.Ordinal), word);
            }
        }

        foreach (var blank in (string[])["", " ", "\n", "\r\n", " \n \n"])
        {
            cases.Add(blank, null);
        }

        cases.Judge();
    }

    [Fact]
    public void Gqa_ConstructedAnswers_LoseStopsAtTheirEndAndCapitals()
    {
        var cases = new ParserCases("gqa");
        foreach (var thing in ParserCases.Things)
        {
            var capital = char.ToUpperInvariant(thing[0]) + thing[1..];
            foreach (var form in (string[])[thing, capital, $"{capital}.", $"{thing}.", $"{thing}...", $"{capital}..", thing.ToUpperInvariant(), $"{thing.ToUpperInvariant()}."])
            {
                cases.Add(form, thing);
            }

            cases.Add($"{thing}!", $"{thing}!");
            cases.Add($"{thing}. ", $"{thing}. "); // a blank behind the stop shields it
            cases.Add($".{thing}", $".{thing}");
            cases.Add($"the {thing}.", $"the {thing}");
            cases.Add($"{thing}, {thing}.", $"{thing}, {thing}");
            cases.Add($"a.{thing}.b", $"a.{thing}.b");
        }

        foreach (var empty in (string[])["", ".", "...", "....."])
        {
            cases.Add(empty, null);
        }

        cases.Judge();
    }

    [Fact]
    public void Parse_AnyUnicode_GivesAnOutcome()
    {
        // Whole characters, halves of characters, control characters, and what parsers look for among them.
        var pieces = Gen.OneOf(
            ArbMap.Default.GeneratorFor<string>().Where(text => text is not null), Gen.Choose(0, 0xFFFF).Select(code => ((char)code).ToString()), Gen.Choose(0x10000, 0x10FFFF).Select(char.ConvertFromUtf32),
            Gen.Elements("The answer is ", "A", "B", "(a)", "Z", "yes", "No", ".", " ", "\n", "answer is: ", ",", "\uD800", "\uDC00", "\0", "İ", "ß", "\u202E"));
        var texts = pieces.ListOf().Select(parts => string.Concat(parts));
        var choices = texts.ListOf().Select(list => list.ToArray());
        Prop.ForAll(texts.ToArbitrary(), choices.ToArbitrary(), (raw, options) =>
        {
            foreach (var parser in AnswerParsers.All)
            {
                var parsed = parser.Parse(raw, options);
                Assert.NotNull(parsed.Text);
                Assert.Equal(parsed, parser.Parse(raw, options));
            }
        }).Check(Properties.Hold.WithMaxTest(400));
    }

    [Theory]
    [InlineData('a')]
    [InlineData('A')]
    [InlineData(' ')]
    [InlineData('(')]
    [InlineData('.')]
    public void Parse_HundredThousandCharacters_GivesAnOutcome(char letter)
    {
        var raw = new string(letter, 100_000);
        foreach (var parser in AnswerParsers.All)
        {
            Assert.NotNull(parser.Parse(raw, ["dog", "cat", "", raw]).Text);
            Assert.NotNull(parser.Parse($"{raw} The answer is B.", ["dog", "cat"]).Text);
        }
    }
}
