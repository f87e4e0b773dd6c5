using Collimate.Recipes;

namespace Collimate.Tests.Recipes;

/// <summary>The "did you mean" of error messages, and the spelling of keys.</summary>
public sealed class SpellingTests
{
    [Theory]
    [InlineData("mpl", "mlp")]
    [InlineData("conect", "concat")]
    [InlineData("MLP", "mlp")]
    [InlineData("q-former", "qformer")]
    [InlineData("zebra", null)]
    [InlineData("", null)]
    public void Nearest_Misspelling_FindsTheWord(string word, string? expected) =>
        Assert.Equal(expected, Spelling.Nearest(word, ["mlp", "qformer", "concat"]));

    [Theory]
    [InlineData("kitten", "sitting", 3)]
    [InlineData("ab", "ba", 1)]
    [InlineData("", "abc", 3)]
    public void Distance_Pair_IsTheNumberOfEdits(string a, string b, int expected) => Assert.Equal(expected, Spelling.Distance(a, b));

    [Theory]
    [InlineData("LearningRate", "learning_rate")]
    [InlineData("Beta1", "beta1")]
    [InlineData("TopK", "top_k")]
    [InlineData("GPSOrder", "gps_order")]
    [InlineData("Conv2dSize", "conv2d_size")]
    public void From_Name_IsSnakeCase(string name, string expected) => Assert.Equal(expected, SnakeCase.From(name));
}
