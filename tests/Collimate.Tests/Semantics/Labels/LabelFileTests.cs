using System.Security.Cryptography;
using Collimate.Data;
using Collimate.Imaging;
using Collimate.Semantics;
using Collimate.Semantics.Labels;

namespace Collimate.Tests.Semantics.Labels;

/// <summary>Files of labels: what is written is read, and what is cut off, damaged or of another kind is refused.</summary>
public sealed class LabelFileTests : IDisposable
{
    private const int Patches = 6;
    private const int Top = 3;

    private static readonly WordList Words = WordList.Of([.. Enumerable.Range(0, 40).Select(k => $"w{k}")]);

    private readonly TemporaryFolder folder = new();
    private readonly string path;

    public LabelFileTests() => path = folder["a.labels"];

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData(40, 2)]
    [InlineData(65_537, 4)]
    public void Open_WrittenFile_HasEveryPicturesLabels(int count, int wordBytes)
    {
        var words = WordList.Of([.. Enumerable.Range(0, count).Select(k => $"w{k}")]);
        Write(words, 0..9);

        using var file = LabelFile.Open(path);

        Assert.Equal((9, words.Hash), (file.Count, file.Words.Hash));
        Assert.Empty(file.Origin.DifferencesFrom(Origin(words)));
        for (var k = 0; k < 9; k++)
        {
            var (expected, found) = (Labels(k, count), file.Find(Key(k))!);
            Assert.Equal(expected.Words, found.Words);
            Assert.Equal(expected.Scores.Select(score => (float)Half.Max((Half)score, score > 0 ? Half.Epsilon : Half.Zero)), found.Scores);
            Assert.Equal(Mean(k).Select(value => (float)(Half)value), file.At(k).Mean);
        }

        Assert.Null(file.Find(Key(100)));
        var record = 32 + (Patches * ((Top * (wordBytes + 2)) + 1)) + (2 * 4) + 16;
        Assert.Equal(9 * (record + 36), new FileInfo(path).Length - Header(words) - 48);
    }

    [Fact]
    public void Writer_KilledAtAnyByte_EndsWithTheSameFile()
    {
        Write(Words, 0..7);
        var whole = File.ReadAllBytes(path);
        var end = whole.Length - 48 - (7 * 36);
        var random = new Random(3);
        int[] cuts = [0, 5, (int)Header(Words) - 1, (int)Header(Words), end - 1, end, end + 10, whole.Length - 1, .. Enumerable.Range(0, 20).Select(_ => random.Next(whole.Length))];
        foreach (var cut in cuts)
        {
            File.Delete(path);
            File.WriteAllBytes(LabelWriter.PartialOf(path), whole[..cut]);

            var kept = Write(Words, 0..7);

            Assert.Equal(Math.Clamp((cut - Header(Words)) / ((end - Header(Words)) / 7), 0, 7), kept);
            Assert.True(whole.AsSpan().SequenceEqual(File.ReadAllBytes(path)), $"cut at {cut}");
        }
    }

    [Fact]
    public void Writer_TornRecordInTheMiddle_IsWrittenAgainWithAllAfterIt()
    {
        Write(Words, 0..7);
        var whole = File.ReadAllBytes(path);
        var torn = whole.ToArray();
        torn[Header(Words) + (3 * RecordLength(whole, 7)) + 40] ^= 1;
        File.Delete(path);
        File.WriteAllBytes(LabelWriter.PartialOf(path), torn);

        Assert.Equal(3, Write(Words, 0..7));
        Assert.Equal(whole, File.ReadAllBytes(path));
    }

    [Fact]
    public void Writer_FinishedFile_GetsMorePictures()
    {
        Write(Words, 0..4);
        var before = File.ReadAllBytes(path);
        Assert.Equal(4, Write(Words, 0..4));
        Assert.Equal(before, File.ReadAllBytes(path));

        Assert.Equal(4, Write(Words, 2..9));

        var extended = File.ReadAllBytes(path);
        File.Delete(path);
        Write(Words, 0..9);
        Assert.Equal(File.ReadAllBytes(path), extended);
    }

    [Fact]
    public void Writer_KilledWhileAFinishedFileIsCopied_LosesNoneOfIt()
    {
        Write(Words, 0..4);
        var finished = File.ReadAllBytes(path);
        File.WriteAllBytes(LabelWriter.PartialOf(path), finished[..(int)(Header(Words) + RecordLength(finished, 4) + 9)]);

        Assert.Equal(4, Write(Words, 5..7));

        using var file = LabelFile.Open(path);
        Assert.Equal(6, file.Count);
        Assert.All([0, 1, 2, 3, 5, 6], k => Assert.Equal(Labels(k, 40).Words, file.Find(Key(k))!.Words));
    }

    [Fact]
    public void Writer_FileInUse_IsRefused()
    {
        using var first = LabelWriter.Open(path, Origin(Words), Words);

        Assert.Contains("another labelling writes this file", Assert.Throws<DataException>(() => LabelWriter.Open(path, Origin(Words), Words)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Writer_LabelsOfAnotherKind_AreRefusedWithTheDifferences()
    {
        Write(Words, 0..3);
        (LabelOrigin Wanted, string Expected)[] cases =
        [
            (Origin(Words) with { Encoder = new string('b', 64) }, "the encoder aaaaaaaaaaaa, not bbbbbbbbbbbb"),
            (Origin(Words) with { Top = 5 }, "words of a patch 3, not 5"),
            (Origin(Words) with { Rows = 3, Columns = 2 }, "a grid of 2 x 3, not 3 x 2"),
            (Origin(Words) with { Words = new string('c', 64) }, $"the word list {Words.Hash[..12]}, not cccccccccccc"),
            (Origin(Words) with { Similarity = SimilarityMode.Raw }, "similarity negated, not raw"),
            (Origin(Words) with { Templates = ["a {}."] }, "templates {}, not a {}."),
            (Origin(Words) with { Preprocessing = new ImageTransform { ExactSize = new ImageSize(9, 9) } }, "preprocessing"),
        ];
        foreach (var (wanted, expected) in cases)
        {
            var refused = Assert.Throws<DataException>(() => LabelWriter.Open(path, wanted, Words)).Message;
            Assert.Contains(expected, refused, StringComparison.Ordinal);
            Assert.Contains("labels of another kind", refused, StringComparison.Ordinal);
        }

        File.Move(path, LabelWriter.PartialOf(path));
        Assert.Contains("another kind", Assert.Throws<DataException>(() => LabelWriter.Open(path, cases[0].Wanted, Words)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Open_FileCutOffAnywhere_IsRefused()
    {
        Write(Words, 0..5);
        var whole = File.ReadAllBytes(path);
        foreach (var cut in Enumerable.Range(0, 40).Select(k => k * whole.Length / 40).Append(whole.Length - 1))
        {
            File.WriteAllBytes(path, whole[..cut]);
            Assert.StartsWith(path, Assert.Throws<DataException>(() => LabelFile.Open(path)).Message, StringComparison.Ordinal);
        }

        File.WriteAllBytes(path, [.. whole, 0]);
        Assert.Contains("cut off", Assert.Throws<DataException>(() => LabelFile.Open(path)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Open_AnyByteChanged_IsNoticedWhenItIsReadAtTheLatest()
    {
        Write(Words, 0..5);
        var whole = File.ReadAllBytes(path);
        var random = new Random(4);
        for (var attempt = 0; attempt < 60; attempt++)
        {
            var damaged = whole.ToArray();
            var at = random.Next(whole.Length);
            damaged[at] ^= (byte)(1 << random.Next(8));
            File.WriteAllBytes(path, damaged);
            var isPadding = at < Header(Words) && whole[at] == 0 && Reads(path);

            Assert.True(isPadding || !Reads(path), $"byte {at} of {whole.Length}");
        }
    }

    [Fact]
    public void Find_DamagedRecord_IsNamedAndTheOthersRead()
    {
        Write(Words, 0..5);
        var damaged = File.ReadAllBytes(path);
        damaged[Header(Words) + (2 * RecordLength(damaged, 5)) + 50] ^= 4;
        File.WriteAllBytes(path, damaged);

        using var file = LabelFile.Open(path);

        Assert.Contains("picture 2", Assert.Throws<DataException>(() => file.Find(Key(2))).Message, StringComparison.Ordinal);
        Assert.NotNull(file.Find(Key(1)));
    }

    [Fact]
    public void Open_AbsentFile_PointsToAnUnfinishedOne()
    {
        using (LabelWriter.Open(path, Origin(Words), Words))
        {
        }

        Assert.Contains("not finished; run the same command again", Assert.Throws<DataException>(() => LabelFile.Open(path)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Open_OtherFile_SaysWhatItIsNot()
    {
        File.WriteAllText(path, "cat\ndog\n a list of words of some length\n");

        Assert.Contains("no file of labels", Assert.Throws<DataException>(() => LabelFile.Open(path)).Message, StringComparison.Ordinal);
    }

    // Labels whatever is not labelled yet; how many were there before.
    private int Write(WordList words, Range pictures)
    {
        using var writer = LabelWriter.Open(path, Origin(words), words);
        var kept = writer.Count;
        for (var k = pictures.Start.Value; k < pictures.End.Value; k++)
        {
            if (!writer.Contains(Key(k)))
            {
                writer.Add(Key(k), Labels(k, words.Count), Mean(k));
            }
        }

        writer.Finish();
        return kept;
    }

    private static bool Reads(string path)
    {
        try
        {
            using var file = LabelFile.Open(path);
            for (var k = 0; k < 5; k++)
            {
                Assert.Equal(Labels(k, 40).Words, file.Find(Key(k))!.Words);
            }

            return true;
        }
        catch (DataException)
        {
            return false;
        }
    }

    private static long Header(WordList words) => LabelLayout.Header(Origin(words), words).Length;

    private static long RecordLength(byte[] file, int pictures) => (file.Length - Header(Words) - 48 - (pictures * 36)) / pictures;

    private static byte[] Key(int picture) => SHA256.HashData([(byte)picture]);

    private static float[] Mean(int picture) => [.. Enumerable.Range(0, 4).Select(k => (picture - k) / 7f)];

    // As many words a patch as its number allows, the last score hardly above zero.
    private static PatchLabels Labels(int picture, int words)
    {
        var labels = PatchLabels.None(Patches, Top);
        for (var patch = 0; patch < Patches; patch++)
        {
            for (var k = 0; k < patch % (Top + 1); k++)
            {
                labels.Words[(patch * Top) + k] = words - 1 - ((picture + patch + (5 * k)) % 40);
                labels.Scores[(patch * Top) + k] = k == 2 ? 1e-9f : 0.3f - (0.01f * k) + (picture * 0.001f);
            }
        }

        return labels;
    }

    private static LabelOrigin Origin(WordList words) => new()
    {
        Encoder = new string('a', 64), Layer = 2, Similarity = SimilarityMode.Negated, Templates = ["{}"], Top = Top, Rows = 2, Columns = 3, Width = 4, Words = words.Hash,
        Preprocessing = new ImageTransform { ExactSize = new ImageSize(8, 8) },
    };
}
