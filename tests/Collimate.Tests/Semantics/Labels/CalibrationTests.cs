using Collimate.Data;
using Collimate.Data.Conversations;
using Collimate.Data.Scenes;
using Collimate.Imaging;
using Collimate.Models.Text;
using Collimate.Semantics;
using Collimate.Semantics.Labels;
using Collimate.Tests.Recipes;
using Collimate.Tokenization;

namespace Collimate.Tests.Semantics.Labels;

/// <summary>Words of captions, and which way of comparing finds them.</summary>
public class CalibrationTests
{
    [Theory]
    [InlineData("An ice cream, a cat and ice.", new[] { "ice cream", "cat", "ice" })]
    [InlineData("Cats like CAT'S food; the cat-flap is well-known.", new[] { "well-known" })]
    [InlineData("ice, cream", new[] { "ice" })] // a comma parts them
    [InlineData("cat cat cat", new[] { "cat" })]
    [InlineData("", new string[0])]
    public void In_Text_FindsWholeWordsTheLongestFirst(string text, string[] expected)
    {
        var words = WordList.Of(["ice", "cat", "ice cream", "well-known"]);

        Assert.Equal(expected, new CaptionWords(words).In(text).Select(word => words[word]));
    }

    [Fact]
    public void Run_GymsEncoder_PrefersThePlainCosine()
    {
        var folder = Path.GetFullPath("../models/encoder", PublishedRecipesTests.RecipesFolder());
        using var encoder = DualEncoder.Load(folder);
        var samples = new SceneSampleSource(new SceneSourceOptions { Content = SceneContent.Captions, CaptionStyle = CaptionStyle.Detailed, Split = SceneSplit.Validation, Seed = 4 }).Draw(0, 12);

        var report = LabelCalibration.Run(
            encoder, Tokenizer.Load(folder), ImageProcessor.Load(folder), WordList.Scenes, new LabelChoices(SimilarityMode.Raw, 10, [WordDirections.Plain]), samples);

        Assert.Equal(12, report.Pictures);
        Assert.Equal((SimilarityMode.Raw, 3), (report.Modes[0].Similarity, report.Modes.Count));
        Assert.InRange(report.Modes[0].MeanRank, 1, 8);
        Assert.InRange(report.Modes[0].InTop, 0.9, 1);
        Assert.True(report.Modes.Single(mode => mode.Similarity == SimilarityMode.Negated).MeanRank > 40);
    }

    [Fact]
    public void Run_WordOfEveryCaption_IsLeftOut()
    {
        using var encoder = TinyEncoder.Create();
        var samples = Enumerable.Range(0, 8).Select(k => new Sample($"{k}", [ImageSource.FromImage(TinyEncoder.Picture(k))], [new Turn("assistant", k % 4 == 0 ? "a cat" : "a dog")])).ToArray();

        var report = LabelCalibration.Run(encoder, TinyEncoder.Tokenizer(), TinyEncoder.Processor, WordList.Of(["a", "cat", "dog"]), new LabelChoices(SimilarityMode.Raw, 2, [WordDirections.Plain]), samples);

        Assert.Equal(["a", "dog"], report.LeftOut);
        Assert.Equal((2, 2), (report.Pictures, report.CaptionWords));
    }

    [Fact]
    public void Run_CaptionsOfOtherWords_SaysSo()
    {
        using var encoder = TinyEncoder.Create();
        var sample = new Sample("s", [ImageSource.FromImage(TinyEncoder.Picture(0))], [new Turn("assistant", "un chat")]);

        Assert.Contains("none of 1 samples", Assert.Throws<DataException>(() => LabelCalibration.Run(
            encoder, TinyEncoder.Tokenizer(), TinyEncoder.Processor, WordList.Of(["cat"]), new LabelChoices(SimilarityMode.Raw, 1, [WordDirections.Plain]), [sample])).Message, StringComparison.Ordinal);
    }
}
