namespace Collimate.Tests.Evaluation.Benchmarks;

public sealed class LetterParserTests
{
    private static readonly string[] Choices = ["red", "green", "blue", "black"];
    private static readonly string[] Letters = ["A", "B", "C", "D"];

    [Fact]
    public void Letter_ConstructedAnswers_AreUnderstoodWithoutALean()
    {
        var cases = new ParserCases("letter");
        foreach (var (at, letter) in Letters.Index())
        {
            var small = letter.ToLowerInvariant();
            foreach (var form in (string[])["{L}", "{l}", "{L}.", "{l})", "({L})", "({l})", " {L} ", "{L}:", "({l}) {t}", "({L}) {t}.", "{L}. {t}", "{L}) {t}", "{L}: {t}", "{l}. {t}", "The answer is {L}.", "The answer is {L}",
                "The answer is ({L}).", "the answer is: {L}", "I think the answer is {L}, since it looks so.", "The correct answer is {L}!", "My choice is {L}.", "The correct option is {L}.", "The answer is option {L}.", "Answer is {L}\nbecause"])
            {
                cases.Add(form.Replace("{L}", letter, StringComparison.Ordinal).Replace("{l}", small, StringComparison.Ordinal).Replace("{t}", Choices[at], StringComparison.Ordinal), letter, Choices);
            }

            foreach (var form in (string[])["{t}", "{T}", "{t}.", " {t} ", "{t} ."])
            {
                cases.Add(form.Replace("{t}", Choices[at], StringComparison.Ordinal).Replace("{T}", Choices[at].ToUpperInvariant(), StringComparison.Ordinal), letter, Choices);
            }

            cases.Add($"The answer is {letter}.", at < 2 ? letter : null, "yes", "no"); // beyond the choices
            cases.Add($"{letter}", at < 2 ? letter : null, "yes", "no");
        }

        cases.AddForEach(thing => $"A {thing} stands there", null, Choices); // an article
        cases.AddForEach(thing => $"a {thing}", null, Choices);
        cases.AddForEach(thing => $"The {thing}", null, Choices);
        cases.AddForEach(thing => $"The answer is {thing}", null, Choices);
        cases.AddForEach(thing => $"The answer is A {thing}", null, Choices);
        cases.AddForEach(thing => $"The answer is A. No, the answer is B. A {thing}", null, Choices); // says both
        foreach (var odd in (string[])["", " ", "E", "E.", "(e)", "AB", "A B", "1", "?", "A or B", "red or green", "none", "A-", "Z", "The answer is E."])
        {
            cases.Add(odd, null, Choices);
        }

        cases.Add("same", null, "same", "same"); // two choices say it
        cases.Judge();
    }

    [Fact]
    public void ScienceQa_ConstructedAnswers_AreUnderstoodAsLlavaDoes()
    {
        var cases = new ParserCases("science_qa");
        string[] five = [.. Choices, "white"];
        foreach (var (at, letter) in ((string[])[.. Letters, "E"]).Index())
        {
            foreach (var choices in (string[][])[Choices, five, ["yes", "no"]])
            {
                var truth = at < choices.Length ? letter : null;
                foreach (var form in (string[])["{L}", "{L}. red", "{L}. ", "The answer is {L}.", "So. The answer is {L}. Good", "The answer is {L}, I think", "The answer is {L}\u00A0"])
                {
                    cases.Add(form.Replace("{L}", letter, StringComparison.Ordinal), truth, choices);
                }

                foreach (var form in (string[])["{L}.", "{L} ", " {L}", "({L})", "{L})", "{L}.red", "The answer is {L}", "the answer is {L}.", "The answer is ({L}).", "Answer: {L}", "The answer is {L}\n", "The answer is {L}. The answer is {L}."])
                {
                    cases.Add(form.Replace("{L}", letter, StringComparison.Ordinal), null, choices);
                }
            }
        }

        cases.Add("The answer is Canada", "C", Choices); // its pattern ends with any character
        cases.Add("The answer is Zebra", null, Choices);
        cases.Add("", null, Choices);
        cases.Add("F", null, five);
        cases.Judge();
    }

    [Fact]
    public void ScienceQaShort_ConstructedAnswers_AreUnderstoodAsLmmsEvalDoes()
    {
        var cases = new ParserCases("science_qa_short");
        foreach (var (at, letter) in Letters.Index())
        {
            foreach (var choices in (string[][])[Choices, ["yes", "no"], ["yes", "no", "both"]])
            {
                var truth = at < choices.Length ? letter : null;
                foreach (var form in (string[])["{L}", " {L}", "{L}\n", "{L}.", "{L}. red", "{L}.red", " {L}. ", "{L}.."])
                {
                    cases.Add(form.Replace("{L}", letter, StringComparison.Ordinal), truth, choices);
                }

                foreach (var form in (string[])["{l}", "{l}.", "({L})", "{L})", "{L}:", "{L} red", "The answer is {L}.", "{L},", "{L}B", "?{L}.", "{L}\n."])
                {
                    cases.Add(form.Replace("{L}", letter, StringComparison.Ordinal).Replace("{l}", letter.ToLowerInvariant(), StringComparison.Ordinal), null, choices);
                }
            }
        }

        cases.Add("", null, Choices);
        cases.Add("1.", null, Choices);
        cases.Judge();
    }

    [Fact]
    public void MmBench_ConstructedAnswers_AreUnderstoodByLetterThenByText()
    {
        var cases = new ParserCases("mmbench");
        foreach (var (at, letter) in Letters.Index())
        {
            foreach (var form in (string[])["{L}", "{L}.", "({L})", "[{L}]", "{L}:", "{L}!", "#{L}", "*{L}*", "{{L}}", " {L} ", "{L}. {t}", "{L}) {t}", "({L}) {t}", "{L}, {t}", "Answer: {L}", "It's {L}", "{t}", "{T}", "{t}.", "the {t} one", "it looks {t} to me"])
            {
                cases.Add(form.Replace("{L}", letter, StringComparison.Ordinal).Replace("{t}", Choices[at], StringComparison.Ordinal).Replace("{T}", Choices[at].ToUpperInvariant(), StringComparison.Ordinal), letter, Choices);
            }

            // Longer answers: an A may be an article there.
            foreach (var form in (string[])["The answer is {L}", "The answer is {L}.", "I would say {L}", "Well, it must be {L}, surely"])
            {
                cases.Add(form.Replace("{L}", letter, StringComparison.Ordinal), letter == "A" ? null : letter, Choices);
            }

            cases.Add($"{letter} is what I would choose of these", null, Choices); // not among the last five words
            cases.Add($"Sorry, I can't help with images of people yet. {letter}", null, Choices);
        }

        cases.AddForEach(thing => $"A {thing} stands over there", null, Choices);
        cases.AddForEach(thing => $"I see a {thing} here", null, Choices);
        cases.AddForEach(thing => $"The {thing} is green", "B", Choices);
        cases.AddForEach(thing => $"A {thing} that is green", "B", Choices); // the text counts where the letter is an article
        cases.AddForEach(thing => $"The {thing} is blue and black", null, Choices);
        cases.AddForEach(thing => $"B or C, a {thing}", null, Choices);
        foreach (var odd in (string[])["", "Z", "E", "AB", "A B", "b", "red green", "Cannot determine the answer"])
        {
            cases.Add(odd, null, Choices);
        }

        cases.Judge();
    }

    [Fact]
    public void Magnifier_ConstructedAnswers_LeanTowardsA()
    {
        var cases = new ParserCases("magnifier");
        foreach (var letter in Letters)
        {
            foreach (var form in (string[])["{L}", "{L}.", "({L})", " {L} ", "The answer is {L}", "The answer is {L}.", "Apples? The answer is {L}", "it is {L}", "{L}, {L}"])
            {
                cases.Add(form.Replace("{L}", letter, StringComparison.Ordinal), letter, Choices);
            }
        }

        foreach (var (at, letter) in Letters.Index())
        {
            foreach (var form in (string[])["{t}", "it is {t}", "{t}, surely", "maybe {t}?", "looks {t} to me", "i'd say {t}"])
            {
                cases.Add(form.Replace("{t}", Choices[at], StringComparison.Ordinal), letter, Choices);
            }
        }

        // Any capital A comes first, whatever is meant.
        cases.AddForEach(thing => $"A {thing}", "A", Choices);
        cases.AddForEach(thing => $"B, And a {thing}", "A", Choices);
        cases.AddForEach(thing => $"Big {thing}", "B", Choices);
        cases.AddForEach(thing => $"Could be a {thing}", "C", Choices);
        cases.AddForEach(thing => $"Definitely a {thing}", "D", Choices);
        cases.AddForEach(thing => $"The answer is B, A {thing}", "B", Choices);
        cases.AddForEach(thing => $"the {thing} is blue", "C", Choices);
        cases.AddForEach(thing => $"a {thing}", "A", "red", "green", "blue", "black"); // a small letter, where no choice's text is there
        cases.AddForEach(thing => $"{thing} or green or red", "A", Choices); // the first choice whose text is there
        foreach (var (raw, truth) in ((string, string?)[])[("", null), ("?", null), ("yes", null), ("no", null), ("b", "B"), ("bed", "B"), ("cold", "C"), ("12", null), ("it", null), ("E", null), ("dog", "D")])
        {
            cases.Add(raw, truth, Choices);
        }

        cases.Judge();
    }
}
