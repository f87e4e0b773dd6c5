using Collimate.Data;
using Collimate.Data.Conversations;
using Collimate.Imaging;
using Collimate.Semantics;
using Collimate.Semantics.Labels;
using Collimate.Torch;

namespace Collimate.Tests.Semantics.Labels;

/// <summary>Labelling many pictures, in one run or in several.</summary>
public sealed class LabellerTests : IDisposable
{
    private static readonly WordList Words = WordList.Of(["ant", "bee", "cat", "dog", "eel", "fox", "gnu", "hen", "ibex"]);

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData(SimilarityMode.Raw)]
    [InlineData(SimilarityMode.Negated)]
    [InlineData(SimilarityMode.Surgery)]
    public void Label_Pictures_GivesThemTheWordsOfTheSearch(SimilarityMode mode)
    {
        using var encoder = TinyEncoder.Create();
        using var labeller = Make(encoder, mode);
        ImageSource[] pictures = [.. Enumerable.Range(0, 5).Select(k => ImageSource.FromImage(TinyEncoder.Picture(k)))];
        labeller.Label([.. pictures, pictures[2], ImageSource.FromImage(TinyEncoder.Picture(0))], folder["x"]);

        using var file = LabelFile.Open(folder["x"]);
        Assert.Equal(5, file.Count); // what occurs twice is labelled once
        using var scope = new TensorScope();
        using var directions = WordDirections.Of(encoder, TinyEncoder.Tokenizer(), Words);
        using var search = new TopWords(directions, 4);
        var pixels = Labeller.Pixels(TinyEncoder.Processor, pictures);
        var expected = search.Find(mode == SimilarityMode.Surgery ? encoder.SurgeryPatchEmbeddings(pixels) : encoder.PatchEmbeddings(pixels), mode);
        for (var k = 0; k < 5; k++)
        {
            var found = file.Find(pictures[k].ContentHash())!;
            Assert.Equal(expected[k].Words, found.Words);
            Assert.All(expected[k].Scores.Zip(found.Scores), pair => Assert.Equal(pair.First, pair.Second, 1e-3));
        }
    }

    [Fact]
    public void Label_StoppedInTheMiddleOfAChunk_EndsWithTheSameFile()
    {
        using var encoder = TinyEncoder.Create();
        using var labeller = Make(encoder, SimilarityMode.Raw);
        ImageSource[] pictures = [.. Enumerable.Range(0, 11).Select(k => ImageSource.FromImage(TinyEncoder.Picture(k % 10)))];
        labeller.Label(pictures, folder["whole"]);
        using (var stop = new CancellationTokenSource())
        {
            Assert.Throws<OperationCanceledException>(() => labeller.Label(pictures, folder["broken"], (_, labelled) =>
            {
                if (labelled >= 3)
                {
                    stop.Cancel();
                }
            }, stop.Token));
        }

        // As a kill leaves it: a chunk begun, its last record torn.
        var partial = LabelWriter.PartialOf(folder["broken"]);
        using (var cut = File.OpenWrite(partial))
        {
            cut.SetLength(cut.Length - 7);
        }

        Assert.False(File.Exists(folder["broken"]));
        Assert.Equal(7, labeller.Label(pictures, folder["broken"])); // of ten, three were whole
        Assert.Equal(File.ReadAllBytes(folder["whole"]), File.ReadAllBytes(folder["broken"]));
        Assert.False(File.Exists(partial));
    }

    [Fact]
    public void Label_SeveralWorkers_GiveTheSameFile()
    {
        using var encoder = TinyEncoder.Create();
        using var alone = Make(encoder, SimilarityMode.Raw);
        using var together = Make(encoder, SimilarityMode.Raw, workers: 3);
        ImageSource[] pictures = [.. Enumerable.Range(0, 13).Select(k => ImageSource.FromImage(TinyEncoder.Picture(k)))];

        alone.Label(pictures, folder["alone"]);
        together.Label(pictures, folder["together"]);

        Assert.Equal(File.ReadAllBytes(folder["alone"]), File.ReadAllBytes(folder["together"]));
    }

    [Fact]
    public void Label_BadPicture_EndsTheRunOrIsLeftOut()
    {
        TinyEncoder.SavePictures(folder["pictures"], 3);
        File.WriteAllText(Path.Combine(folder["pictures"], "0001.png"), "not a picture");
        using var encoder = TinyEncoder.Create();
        using var strict = Make(encoder, SimilarityMode.Raw);
        var supply = PictureSupply.OfFolder(folder["pictures"]);

        Assert.Contains("0001.png", Assert.Throws<ImageException>(() => strict.Label(supply.Pictures, folder["x"])).Message, StringComparison.Ordinal);

        var notes = new List<string>();
        using var lenient = new Labeller(encoder, TinyEncoder.Tokenizer(), TinyEncoder.Processor, Words, Choices(SimilarityMode.Raw)) { OnBadPicture = notes.Add };
        Assert.Equal(2, lenient.Label(supply.Pictures, folder["x"]));
        Assert.Contains("0001.png", Assert.Single(notes), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(SimilarityMode.Raw, 1)]
    [InlineData(SimilarityMode.Negated, -1)]
    public void Statistics_Labels_AreThoseOfAllSimilarities(SimilarityMode mode, int sign)
    {
        using var encoder = TinyEncoder.Create(8);
        using var labeller = Make(encoder, mode);
        ImageSource[] pictures = [.. Enumerable.Range(0, 6).Select(k => ImageSource.FromImage(TinyEncoder.Picture(k)))];
        labeller.Label(pictures, folder["x"]);
        using var file = LabelFile.Open(folder["x"]);

        var found = LabelStatistics.Of(file, labeller);

        using var scope = new TensorScope();
        using var directions = WordDirections.Of(encoder, TinyEncoder.Tokenizer(), Words);
        var all = encoder.PatchEmbeddings(Labeller.Pixels(TinyEncoder.Processor, pictures)).Reshape(-1, 16).Normalize().MatMul(directions.Transpose(0, 1)).ToArray<float>(); // [patches, words]
        float[][] rows = [.. all.Select(score => score * sign).Chunk(Words.Count)];
        float[][] kept = [.. rows.Select(row => row.OrderDescending().Take(4).Where(score => score > 0).ToArray())];
        var averages = Enumerable.Range(0, Words.Count).Select(word => rows.Average(row => (double)row[word])).ToArray();
        Assert.Equal(1 - (kept.Sum(row => row.Length) / (4.0 * rows.Length)), found.DroppedCandidates, 6);
        Assert.Equal(kept.Average(row => row.Length), found.WordsPerPatch, 6);
        Assert.Equal(kept.Count(row => row.Length > 0) / (double)rows.Length, found.LabelledPatches, 6);
        Assert.Equal(averages.Count(average => average < 0) / (double)Words.Count, found.WordsBelowZero, 6);
        Assert.Equal(averages.Average(), found.MeanScore, 1e-3);
        Assert.Equal(kept.SelectMany(row => row).Average(), found.MeanKept!.Value, 1e-3);
        Assert.Equal(kept.Sum(row => row.Length), found.KeptScores.Counts.Sum());
        Assert.Equal(Words.Count, found.WordAverages.Counts.Sum());
        var used = rows.SelectMany((row, at) => row.Index().Where(entry => kept[at].Contains(entry.Item)).Select(entry => entry.Index)).Distinct().Count();
        Assert.Equal(used / (double)Words.Count, found.WordsUsed, 6);
    }

    [Fact]
    public void Fingerprint_OtherWeights_Differs()
    {
        using var one = TinyEncoder.Create(1);
        using var same = TinyEncoder.Create(1);
        using var other = TinyEncoder.Create(2);

        Assert.Equal(LabelOrigin.Fingerprint(one), LabelOrigin.Fingerprint(same));
        Assert.NotEqual(LabelOrigin.Fingerprint(one), LabelOrigin.Fingerprint(other));
    }

    [Fact]
    public void Directions_WordWithoutTokens_IsNamed()
    {
        using var encoder = TinyEncoder.Create();

        var refused = Assert.Throws<DataException>(() => WordDirections.Of(encoder, new MuteTokenizer(TinyEncoder.Tokenizer()), WordList.Of(["a", "\u200b"])));

        Assert.Contains("the word '\u200b'", refused.Message, StringComparison.Ordinal);
        Assert.Contains("text tower's tokenizer", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Labeller_PreprocessingOfAnotherSize_IsRefused()
    {
        using var encoder = TinyEncoder.Create();
        var processor = new ImageProcessor(new ImageTransform { ExactSize = new ImageSize(12, 12) });

        Assert.Contains("12", Assert.Throws<DataException>(() => new Labeller(encoder, TinyEncoder.Tokenizer(), processor, Words, Choices(SimilarityMode.Raw))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void View_Preprocessing_TellsWhatAnEyeSees()
    {
        var stretched = new ImageTransform { ExactSize = new ImageSize(8, 8) };
        var cropped = new ImageTransform { ShortestEdge = 256, Crop = new ImageSize(224, 224) };

        Assert.Equal(LabelOrigin.View(stretched), LabelOrigin.View(new ImageTransform { ExactSize = new ImageSize(336, 336), Mean = [0, 0, 0] }));
        Assert.Equal(LabelOrigin.View(cropped), LabelOrigin.View(new ImageTransform { ShortestEdge = 128, Crop = new ImageSize(112, 112) }));
        Assert.Equal(4, new[] { stretched, cropped, cropped with { ShortestEdge = 224 }, cropped with { PadToSquare = true } }.Select(LabelOrigin.View).Distinct().Count());
    }

    private static Labeller Make(Collimate.Models.Text.DualEncoder encoder, SimilarityMode mode, int workers = 1) =>
        new(encoder, TinyEncoder.Tokenizer(), TinyEncoder.Processor, Words, Choices(mode)) { ChunkSize = 4, Workers = workers };

    private static LabelChoices Choices(SimilarityMode mode) => new(mode, 4, [WordDirections.Plain]);
}
