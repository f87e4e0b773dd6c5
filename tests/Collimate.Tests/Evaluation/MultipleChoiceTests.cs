using Collimate.Data;
using Collimate.Evaluation.Language;
using Collimate.Evaluation.MultipleChoice;
using Collimate.Recipes;
using Collimate.Recipes.Schema;

namespace Collimate.Tests.Evaluation;

/// <summary>MMLU's files, its prompt, and the choice of a letter.</summary>
public sealed class MultipleChoiceTests : IDisposable
{
    private const string Model = """
        model:
          connector: identity
          language: { type: fresh, hidden_size: 16, layers: 1, heads: 2, key_value_heads: 1, intermediate_size: 32, context_length: 256, vocabulary_size: 1024 }
        """;

    private readonly TemporaryFolder folder = new();
    private readonly BuiltModel built = ModelBuilder.Build(RecipeBinder.Bind<ModelRecipe>(RecipeDocument.Parse(Model).Root.Find("model")!.Value), ".", 1);

    public void Dispose()
    {
        built.Dispose();
        folder.Dispose();
    }

    [Fact]
    public void Of_TwoExamples_IsThePublishedPrompt()
    {
        var sums = new MultipleChoiceQuestion("What is 1 + 1?", ["1", "2", "3", "4"], 1);
        var roots = new MultipleChoiceQuestion("What is the root of 9?", ["3", "81", "4.5", "0"], 0);

        Assert.Equal(
            "The following are multiple choice questions (with answers) about elementary mathematics.\n\n"
            + "What is 1 + 1?\nA. 1\nB. 2\nC. 3\nD. 4\nAnswer: B\n\n"
            + "What is the root of 9?\nA. 3\nB. 81\nC. 4.5\nD. 0\nAnswer:",
            MultipleChoicePrompt.Of("elementary_mathematics", [sums], roots));
    }

    [Fact]
    public void Load_PublishedLayout_ReadsQuotedFieldsAndExamples()
    {
        Write("data/dev/anatomy_dev.csv", "\"Which bone,\nsaid \"\"the doctor\"\"?\",ulna,rib,\"tibia, left\",skull,C\n");
        Write("data/test/anatomy_test.csv", "Q1,a,b,c,d,A\nQ2,e,f,g,h,D\n");
        Write("data/test/virology_test.csv", "Q3,a,b,c,d,B\r\n");

        var subjects = MmluFiles.Load(folder.Path);

        Assert.Equal(["anatomy", "virology"], subjects.Select(subject => subject.Name));
        var example = Assert.Single(subjects[0].Examples);
        Assert.Equal("Which bone,\nsaid \"the doctor\"?", example.Text);
        Assert.Equal(("tibia, left", 2), (example.Choices[2], example.Right));
        Assert.Equal([0, 3], subjects[0].Questions.Select(question => question.Right));
        Assert.Empty(subjects[1].Examples);
    }

    [Theory]
    [InlineData("Q,a,b,c,D\n", "line 1", "5 fields")]
    [InlineData("Q1,a,b,c,d,A\nQ2,a,b,c,d,E\n", "line 2", "'E'")]
    [InlineData("", "no questions", "no questions")]
    [InlineData("\"Q,a,b,c,d,A\n", "never closed", "never closed")]
    public void Load_DamagedFile_NamesTheLine(string content, string where, string what)
    {
        Write("test/anatomy_test.csv", content);
        var message = Assert.Throws<DataException>(() => MmluFiles.Load(folder.Path)).Message;
        Assert.Contains(where, message, StringComparison.Ordinal);
        Assert.Contains(what, message, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_AnotherFolder_SaysWhatIsExpected() =>
        Assert.Contains("SUBJECT_test.csv", Assert.Throws<DataException>(() => MmluFiles.Load(folder.Path)).Message, StringComparison.Ordinal);

    [Fact]
    public void Categories_AllSubjects_AreThe57InTheirPublishedSizes()
    {
        Assert.Equal(57, MmluCategories.Subjects.Count);
        Assert.Equal(
            [("STEM", 18), ("humanities", 13), ("other", 14), ("social sciences", 12)],
            MmluCategories.Subjects.GroupBy(MmluCategories.Of).Select(group => (group.Key, group.Count())).OrderBy(group => group.Key, StringComparer.Ordinal));
        Assert.Equal(MmluCategories.Unknown, MmluCategories.Of("alchemy"));
    }

    [Fact]
    public void Run_AnyQuestions_ChoosesTheLetterOfTheHighestLikelihood()
    {
        var random = new Random(3);
        string Word() => new([.. Enumerable.Range(0, 3).Select(_ => (char)('a' + random.Next(26)))]);
        var questions = Enumerable.Range(0, 12).Select(_ => new MultipleChoiceQuestion(Word(), [Word(), Word(), Word(), Word()], random.Next(4))).ToArray();
        var subject = new MultipleChoiceSubject("x", [], questions);

        var score = Assert.Single(MultipleChoiceEvaluation.Run(built.Model, built.Tokenizer, [subject]).Subjects);

        var fitting = questions.Select(question => MultipleChoicePrompt.Tokens(built.Tokenizer, subject, 5, question, 256)!).ToArray();
        var expected = questions.Zip(fitting).Count(pair =>
        {
            var likelihoods = Continuations.LogLikelihoods(built.Model, pair.Second);
            return Array.IndexOf(likelihoods, likelihoods.Max()) == pair.First.Right;
        });
        Assert.Equal((expected, 12, 0), (score.Right, score.Asked, score.TooLong));
        Assert.InRange(expected, 1, 11); // some are right and some are wrong, so the count says something
    }

    [Fact]
    public void Tokens_ContextTooShort_LeavesOutExamplesThenTheQuestion()
    {
        var question = new MultipleChoiceQuestion("ab", ["a", "b", "c", "d"], 0);
        var subject = new MultipleChoiceSubject("x", [question, question, question], [question]);
        int Length(int shots, int context) => MultipleChoicePrompt.Tokens(built.Tokenizer, subject, shots, question, context) is { } ways ? ways[0].Before.Length + ways[0].After.Length : 0;
        var (none, three) = (Length(0, 10_000), Length(3, 10_000));

        Assert.True(three > none);
        Assert.Equal(three, Length(3, three));
        Assert.InRange(Length(3, three - 1), none + 1, three - 1);
        Assert.Equal(none, Length(3, none));
        Assert.Equal(0, Length(3, none - 1));
    }

    [Fact]
    public void Likeliest_LettersOfSeveralTokens_EqualsTheirLikelihoods()
    {
        Continuation[] ways = [.. Enumerable.Range(0, 4).Select(way => new Continuation([5, 6, 7], [8 + way, 9, 10 + way]))];
        var likelihoods = Continuations.LogLikelihoods(built.Model, ways);

        Assert.Equal([Array.IndexOf(likelihoods, likelihoods.Max())], Continuations.Likeliest(built.Model, [ways]));
    }

    private void Write(string name, string content)
    {
        var path = Path.Combine(folder.Path, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, content);
    }
}
