using Collimate.Data;
using Collimate.Evaluation.Metrics;

namespace Collimate.Tests.Evaluation.Metrics;

/// <summary>Files of results and annotations, whole and damaged.</summary>
public sealed class ScoredFilesTests : IDisposable
{
    private const string Annotations = """{"images": [{"id": 1}], "annotations": [{"image_id": 1, "id": 5, "caption": "a cat"}, {"image_id": 1, "id": 6, "caption": "the cat"}, {"image_id": "x", "caption": "a dog"}]}""";

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Captions_CocosFormats_ArePaired()
    {
        var pairs = ScoredFiles.Captions(File("r", """[{"image_id": "x", "caption": "dog"}, {"image_id": 1, "caption": ""}]"""), File("a", Annotations));

        Assert.Equal(["x", "1"], pairs.Select(pair => pair.Id));
        Assert.Equal(["a cat", "the cat"], pairs[1].References);
        Assert.Equal(["a", "b"], ScoredFiles.Captions(File("r", """{"7": "c"}"""), File("a", """{"7": ["a", "b"]}"""))[0].References);
    }

    [Theory]
    [InlineData("""[{"caption": "cat"}]""", "entry 1: \"image_id\" is missing")]
    [InlineData("""[{"image_id": true, "caption": "cat"}]""", "entry 1: \"image_id\" is missing or is neither")]
    [InlineData("""[{"image_id": 1, "caption": "cat"}, {"image_id": 1, "caption": "dog"}]""", "image_id 1: this id stands twice")]
    [InlineData("""[{"image_id": 1, "caption": "cat"}]""", "picture x: ")]
    [InlineData("""[{"image_id": 1, "caption": "cat"}, {"image_id": 2, "caption": "cat"}]""", "picture 2: ")]
    [InlineData("""[{"image_id": 1, "caption": null}]""", "entry 1: \"caption\" is missing or is no text")]
    [InlineData("""[{"image_id": 1, "caption": ["cat"]}]""", "entry 1: \"caption\" is missing or is no text")]
    [InlineData("""[{"image_id": NaN, "caption": "cat"}]""", "line 1: this is no JSON")]
    [InlineData("""[{"image_id": 1, "caption": "cat"}""", "this is no JSON")]
    [InlineData("", "this is no JSON")]
    [InlineData("3", "found a number; expected a list")]
    [InlineData("""{"1": 3}""", "\"1\": found a number; expected a caption")]
    [InlineData("""[{"image_id": 1, "caption": "\ud83d"}]""", "half a character")]
    public void Captions_DamagedResults_SaysWhere(string results, string message)
    {
        var failure = Assert.Throws<DataException>(() => ScoredFiles.Captions(File("r", results), File("a", Annotations)));

        Assert.Contains(message, failure.Message, StringComparison.Ordinal);
        Assert.Contains(folder.Path, failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Captions_OfAPart_AreTakenOnlyOnPurpose() =>
        Assert.Single(ScoredFiles.Captions(File("r", """[{"image_id": 1, "caption": "cat"}]"""), File("a", Annotations), subset: true));

    [Fact]
    public void Questions_VqasFormat_AreRead()
    {
        var question = Assert.Single(ScoredFiles.Questions(File("a", """{"annotations": [{"question_id": 3, "question_type": "is the", "answer_type": "yes/no", "answers": [{"answer": "yes"}, {"answer": "no"}]}]}""")));

        Assert.Equal(("3", "is the", "yes/no"), (question.Id, question.QuestionType, question.AnswerType));
        Assert.Equal(["yes", "no"], question.Answers);
        Assert.Equal("yes", ScoredFiles.Answers(File("r", """[{"question_id": 3, "answer": "yes"}]"""))["3"]);
    }

    [Theory]
    [InlineData("""[{"question_id": 3}]""", "entry 1: \"answers\" is missing")]
    [InlineData("""[{"answers": ["yes"]}]""", "entry 1: \"question_id\" is missing")]
    [InlineData("""[{"question_id": 3, "answers": [7]}]""", "entry 1: \"answer\" is missing")]
    public void Questions_Damaged_SaysWhere(string text, string message) =>
        Assert.Contains(message, Assert.Throws<DataException>(() => ScoredFiles.Questions(File("a", text))).Message, StringComparison.Ordinal);

    private string File(string name, string text)
    {
        System.IO.File.WriteAllText(folder[name], text);
        return folder[name];
    }
}
