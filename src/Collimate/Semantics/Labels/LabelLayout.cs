using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text.Json;
using Collimate.Data;

namespace Collimate.Semantics.Labels;

/// <summary>How a file of labels is laid out.</summary>
/// <remarks>
/// <para>All numbers are little-endian. The <b>header</b>: at 0 the mark <c>CLMLABL1</c>; at 8 the bytes of the origin and at 12 those of the words (32 bits each); at 16 the
/// origin as JSON (<see cref="LabelOrigin"/>), then the words in UTF-8 with a line feed between them, then the SHA-256 of all before it, then zeros up to a multiple of 64.</para>
/// <para>A <b>record</b> a picture, all of one length: the SHA-256 of the picture's contents; word numbers <c>[patches, top]</c>, 16 bits each, or 32 where the list has more
/// than 65,536 words; scores <c>[patches, top]</c> in half precision; how many words each patch has, a byte each, what lies beyond being 0; the mean of the picture's patches as they were compared (each of
/// length one, turned round where the similarity is), <c>[width]</c> in half precision; and the first 16 bytes of the SHA-256 of all that.</para>
/// <para>The <b>end</b>, which only a finished file has: for each record, sorted by the picture's hash, that hash and the record's number (32 bits); then the number of records (64 bits), the
/// mark <c>CLMLEND1</c>, and the SHA-256 of the end so far.</para>
/// </remarks>
internal sealed class LabelLayout
{
    /// <summary>Bytes of a picture's key.</summary>
    public const int KeyLength = SHA256.HashSizeInBytes;

    /// <summary>Bytes of an entry of the end.</summary>
    public const int EntryLength = KeyLength + sizeof(uint);

    /// <summary>Bytes after the entries.</summary>
    public const int TrailerLength = 16 + SHA256.HashSizeInBytes;

    private const int SumLength = 16;
    private const int FixedLength = 16;
    private const int Alignment = 64;
    private const int MostHeader = 1 << 28;

    private readonly int wordBytes;
    private readonly int scoresAt;
    private readonly int countsAt;
    private readonly int meanAt;

    /// <param name="origin">Where the labels come from.</param>
    /// <param name="words">How many words the list has.</param>
    public LabelLayout(LabelOrigin origin, int words)
    {
        (Patches, Top, Width) = (origin.Grid.Count, origin.Top, origin.Width);
        wordBytes = words <= ushort.MaxValue + 1 ? sizeof(ushort) : sizeof(uint);
        scoresAt = checked(KeyLength + (Patches * Top * wordBytes));
        countsAt = checked(scoresAt + (Patches * Top * 2));
        meanAt = countsAt + Patches;
        RecordLength = checked(meanAt + (Width * 2) + SumLength);
    }

    /// <summary>What a file begins with.</summary>
    public static ReadOnlySpan<byte> Mark => "CLMLABL1"u8;

    /// <summary>What stands near a finished file's end.</summary>
    public static ReadOnlySpan<byte> EndMark => "CLMLEND1"u8;

    /// <summary>Patches of a picture.</summary>
    public int Patches { get; }

    /// <summary>The most words of a patch.</summary>
    public int Top { get; }

    /// <summary>Width of a picture's mean patch.</summary>
    public int Width { get; }

    /// <summary>Bytes of a record.</summary>
    public int RecordLength { get; }

    /// <summary>A file's header.</summary>
    public static byte[] Header(LabelOrigin origin, WordList words)
    {
        var (json, text) = (origin.ToJson(), words.ToUtf8());
        var used = FixedLength + json.Length + text.Length + SHA256.HashSizeInBytes;
        var header = new byte[(used + Alignment - 1) / Alignment * Alignment];
        Mark.CopyTo(header);
        BinaryPrimitives.WriteInt32LittleEndian(header.AsSpan(8), json.Length);
        BinaryPrimitives.WriteInt32LittleEndian(header.AsSpan(12), text.Length);
        json.CopyTo(header, FixedLength);
        text.CopyTo(header, FixedLength + json.Length);
        SHA256.HashData(header.AsSpan(0, used - SHA256.HashSizeInBytes), header.AsSpan(used - SHA256.HashSizeInBytes));
        return header;
    }

    /// <summary>Reads a file's header.</summary>
    /// <param name="file">The file, from its beginning.</param>
    /// <param name="path">Its name, for messages.</param>
    /// <returns>Where the labels come from, the words, and where the records begin.</returns>
    /// <exception cref="DataException">It is no file of labels, or its header is damaged.</exception>
    public static (LabelOrigin Origin, WordList Words, int Length) ReadHeader(Stream file, string path)
    {
        Span<byte> start = stackalloc byte[FixedLength];
        if (file.ReadAtLeast(start, FixedLength, throwOnEndOfStream: false) < FixedLength || !start.StartsWith(Mark))
        {
            throw new DataException(path, "this is no file of labels (those begin with CLMLABL1); name one that 'collimate label' has written");
        }

        var (json, text) = ((long)BinaryPrimitives.ReadUInt32LittleEndian(start[8..]), (long)BinaryPrimitives.ReadUInt32LittleEndian(start[12..]));
        var used = FixedLength + json + text + SHA256.HashSizeInBytes;
        if (used > Math.Min(file.Length, MostHeader))
        {
            throw Damaged(path);
        }

        var header = new byte[used];
        start.CopyTo(header);
        file.ReadExactly(header.AsSpan(FixedLength));
        var sum = header.AsSpan((int)used - SHA256.HashSizeInBytes);
        try
        {
            return SHA256.HashData(header.AsSpan(0, (int)used - SHA256.HashSizeInBytes)).AsSpan().SequenceEqual(sum)
                ? (LabelOrigin.FromJson(header.AsSpan(FixedLength, (int)json)), WordList.FromUtf8(header.AsSpan(FixedLength + (int)json, (int)text), path), (int)((used + Alignment - 1) / Alignment * Alignment))
                : throw Damaged(path);
        }
        catch (JsonException)
        {
            throw Damaged(path);
        }
    }

    /// <summary>Writes a record.</summary>
    /// <param name="record">Where to, <see cref="RecordLength"/> bytes.</param>
    /// <param name="key">The picture's hash.</param>
    /// <param name="labels">Its labels.</param>
    /// <param name="mean">The mean of its patches.</param>
    public void Write(Span<byte> record, ReadOnlySpan<byte> key, PatchLabels labels, ReadOnlySpan<float> mean)
    {
        record.Clear();
        key.CopyTo(record);
        var words = record[KeyLength..];
        var scores = record[scoresAt..];
        var counts = record[countsAt..];
        var means = record[meanAt..];
        for (var patch = 0; patch < Patches; patch++)
        {
            var found = labels.WordsOf(patch);
            var similar = labels.ScoresOf(patch);
            counts[patch] = (byte)found.Length;
            for (var k = 0; k < found.Length; k++)
            {
                var at = (patch * Top) + k;
                WriteWord(words[(at * wordBytes)..], found[k]);
                // A score that is kept stays above 0, however small.
                BinaryPrimitives.WriteHalfLittleEndian(scores[(at * 2)..], Half.Max((Half)similar[k], Half.Epsilon));
            }
        }

        for (var k = 0; k < Width; k++)
        {
            BinaryPrimitives.WriteHalfLittleEndian(means[(k * 2)..], (Half)mean[k]);
        }

        Sum(record).CopyTo(record[^SumLength..]);
    }

    /// <summary>Whether a record is what was written.</summary>
    public static bool IsSound(ReadOnlySpan<byte> record) => Sum(record).SequenceEqual(record[^SumLength..]);

    /// <summary>The labels of a sound record.</summary>
    public PatchLabels Labels(ReadOnlySpan<byte> record)
    {
        var labels = PatchLabels.None(Patches, Top);
        var words = record[KeyLength..];
        var scores = record[scoresAt..];
        var counts = record[countsAt..];
        for (var patch = 0; patch < Patches; patch++)
        {
            for (var k = 0; k < counts[patch]; k++)
            {
                var at = (patch * Top) + k;
                labels.Words[at] = ReadWord(words[(at * wordBytes)..]);
                labels.Scores[at] = (float)BinaryPrimitives.ReadHalfLittleEndian(scores[(at * 2)..]);
            }
        }

        return labels;
    }

    /// <summary>The mean of a sound record's patches.</summary>
    public float[] Mean(ReadOnlySpan<byte> record)
    {
        var means = record[meanAt..];
        var mean = new float[Width];
        for (var k = 0; k < Width; k++)
        {
            mean[k] = (float)BinaryPrimitives.ReadHalfLittleEndian(means[(k * 2)..]);
        }

        return mean;
    }

    private static ReadOnlySpan<byte> Sum(ReadOnlySpan<byte> record) => SHA256.HashData(record[..^SumLength]).AsSpan(0, SumLength);

    private static DataException Damaged(string path) => new(path, "the head of this file of labels is not what was written (its hash differs); copy it again, or make it anew with 'collimate label'");

    private void WriteWord(Span<byte> at, int word)
    {
        if (wordBytes == sizeof(ushort))
        {
            BinaryPrimitives.WriteUInt16LittleEndian(at, checked((ushort)word));
        }
        else
        {
            BinaryPrimitives.WriteInt32LittleEndian(at, word);
        }
    }

    private int ReadWord(ReadOnlySpan<byte> at) => wordBytes == sizeof(ushort) ? BinaryPrimitives.ReadUInt16LittleEndian(at) : BinaryPrimitives.ReadInt32LittleEndian(at);
}
