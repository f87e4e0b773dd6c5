namespace Collimate.Tests.Evaluation.Benchmarks;

public sealed class YesNoParserTests
{
    [Fact]
    public void Pope_ConstructedAnswers_AreUnderstoodAsItsScriptDoes()
    {
        var cases = new ParserCases("pope");
        foreach (var (raw, truth) in ((string, string)[])[
            ("Yes", "yes"), ("yes", "yes"), ("No", "no"), ("no", "no"), ("not", "no"), ("No.", "no"), ("No,", "no"), ("no, sir", "no"), ("Yes, no", "no"), ("Yes. No", "yes"), ("", "yes?"), (" ", "yes?"), ("...", "yes?"),
            ("NO", "yes"), ("Not", "yes"), ("nope", "yes"), ("None", "yes"), ("no!", "yes"), ("\"no\"", "yes"), ("no\n", "yes"), ("(no)", "yes"), ("no;", "yes"), ("it,s no", "no"), ("n,o", "no"), ("not,", "no"), ("No no no", "no"),
            ("1.5 no", "yes"), ("is not", "no"), ("cannot", "yes"), ("can not", "no"), ("No answer", "no"), ("a.no", "yes"), (",no", "no"), ("no\tdog", "yes"), ("?", "yes?")])
        {
            // What holds neither letter nor digit is counted as not understood, and is a yes to the metric all the same.
            cases.Add(raw, truth == "yes?" ? null : truth);
        }

        cases.AddForEach(thing => $"Yes, there is a {thing} in the image.", "yes");
        cases.AddForEach(thing => $"No, there is no {thing} in the image.", "no");
        cases.AddForEach(thing => $"There is not a {thing}.", "no");
        cases.AddForEach(thing => $"There isn't a {thing}.", "yes"); // no word of its three
        cases.AddForEach(thing => $"I see no {thing}", "no");
        cases.AddForEach(thing => $"A {thing} is there. No doubt", "yes"); // the second sentence is not read
        cases.AddForEach(thing => $"NO {thing}", "yes"); // capitals are another word
        cases.AddForEach(thing => $"The {thing}, no, the cat", "no");
        cases.AddForEach(thing => $"Without any {thing}", "yes");
        cases.AddForEach(thing => $"Nothing but a {thing}", "yes");
        cases.AddForEach(thing => $"It is a {thing}, not a cat.", "no");
        cases.AddForEach(thing => $"no-{thing}", "yes"); // words end at blanks
        cases.Judge();
    }

    [Fact]
    public void YesNoWord_ConstructedAnswers_MustBeTheLoneWord()
    {
        var cases = new ParserCases("yes_no_word");
        foreach (var word in (string[])["yes", "no"])
        {
            foreach (var form in (string[])[word, word.ToUpperInvariant(), char.ToUpperInvariant(word[0]) + word[1..], $" {word}", $"{word} ", $"\n{word}\n", $"\t{word}", $"{word}\r\n"])
            {
                cases.Add(form, word);
            }

            foreach (var form in (string[])[$"{word}.", $"{word},", $"{word}!", $"\"{word}\"", $"({word})", $"{word} {word}", $"{word}s", $"the answer is {word}", $"{word}\nbecause", $"{word}:", $"*{word}*", $"{word}?"])
            {
                cases.Add(form, null);
            }

            cases.AddForEach(thing => $"{word}, there is a {thing}", null);
            cases.AddForEach(thing => $"{word} {thing}", null);
            cases.AddForEach(thing => $"{thing}: {word}", null);
            cases.AddForEach(thing => $"is it a {thing}? {word}", null);
        }

        cases.AddForEach(thing => thing, null);
        cases.AddForEach(thing => $"not a {thing}", null);
        cases.Add("", null);
        cases.Add("y", null);
        cases.Judge();
    }

    [Fact]
    public void Mme_ConstructedAnswers_AreUnderstoodByTheirFirstFourLetters()
    {
        var cases = new ParserCases("mme");
        foreach (var (raw, truth) in Common())
        {
            cases.Add(raw, truth);
        }

        foreach (var (raw, truth) in ((string, string?)[])[
            ("y", "yes"), ("n", "no"), ("Y", "yes"), ("N.", "no"), ("y.", "yes"), (" n ", "no"), ("x", null), ("1", null), ("  Yes", "yes"), ("    no", "no"), ("\n\n\n\nYes", "yes"), ("Y.E.S.", "yes"), ("...no", "no"), (".", null), ("....y", "yes")])
        {
            cases.Add(raw, truth);
        }

        AddThings(cases);
        cases.Judge();
    }

    [Fact]
    public void MmeOfficial_ConstructedAnswers_AreUnderstoodByTheirFirstFourLetters()
    {
        var cases = new ParserCases("mme_official");
        foreach (var (raw, truth) in Common())
        {
            cases.Add(raw, truth);
        }

        foreach (var (raw, truth) in ((string, string?)[])[
            ("y", null), ("n", null), ("Y", null), ("N.", null), ("x", null), (" Yes", "yes"), ("  Yes", null), ("  no", "no"), ("   no", null), ("Y.E.S.", null), (".", null), ("..no", "no"), ("...no", null)])
        {
            cases.Add(raw, truth);
        }

        AddThings(cases);
        cases.Judge();
    }

    private static (string, string?)[] Common() =>
    [
        ("Yes", "yes"), ("No", "no"), ("YES", "yes"), ("NO", "no"), ("yes.", "yes"), ("no.", "no"), ("Yes, sir", "yes"), ("No, sir", "no"), ("yesterday", "yes"), ("nothing", "no"), ("know", "no"), ("snow", "no"), ("eyes", "yes"),
        ("not", "no"), ("none", "no"), ("north", "no"), ("maybe", null), ("", null), ("the answer is yes", null), ("it is no", null), ("yeah", null), ("nay", null), ("true", null), ("!yes", "yes"), ("!!no", "no"), ("yno", "no"),
        ("ja", null), ("\"no\"", "no"), ("\"yes\"", "yes"), ("(yes)", "yes"), ("a no", "no"), ("i no", "no"), ("so, yes", null), ("oyes", "yes"), ("ye s", null), ("n o", null), ("piano", null), ("cannot", null),
    ];

    private static void AddThings(ParserCases cases)
    {
        cases.AddForEach(thing => $"Yes, there is a {thing}", "yes");
        cases.AddForEach(thing => $"No, there is no {thing}", "no");
        cases.AddForEach(thing => $"There is no {thing}", null);
        cases.AddForEach(thing => $"Not a {thing}", "no");
        cases.AddForEach(thing => $"The {thing}: yes", null);
        cases.AddForEach(thing => $"yes {thing}", "yes");
        cases.AddForEach(thing => $"no {thing}", "no");
        cases.AddForEach(thing => $"I see a {thing}", null);
        cases.AddForEach(thing => $"YES! A {thing}", "yes");
        cases.AddForEach(thing => $"NO! The {thing}", "no");
    }
}
