using System.Text;

namespace Collimate.Tokenization.Normalization;

/// <summary>A piece of text on its way through the pipeline, with the place in the original text that each of its characters came from.</summary>
/// <remarks>
/// Places are UTF-16 code units of the original. Without tracking none are kept, which is faster where only ids are wanted. The buffer is shared
/// between slices and never changed. Hugging Face: <c>NormalizedString</c>, which keeps the same pairs for every byte.
/// </remarks>
internal sealed class NormalizedText
{
    private readonly char[] buffer;
    private readonly int[]? starts; // parallel to the buffer; null: the text is as it was written
    private readonly int[]? ends;
    private readonly int offset;
    private readonly int shift; // where nothing was changed, a code unit's place is its index in the buffer plus this

    internal NormalizedText(char[] buffer, int shift, bool tracks, int limit)
        : this(buffer, null, null, 0, buffer.Length, shift, shift, tracks, limit)
    {
    }

    private NormalizedText(char[] buffer, int[]? starts, int[]? ends, int offset, int length, int shift, int origin, bool tracks, int limit)
    {
        (this.buffer, this.starts, this.ends, this.offset, this.shift) = (buffer, starts, ends, offset, shift);
        (Length, Origin, Tracks, Limit) = (length, origin, tracks, limit);
    }

    /// <summary>The characters; no surrogate stands alone.</summary>
    internal ReadOnlySpan<char> Span => buffer.AsSpan(offset, Length);

    internal ReadOnlyMemory<char> Memory => buffer.AsMemory(offset, Length);

    internal int Length { get; }

    /// <summary>Where the piece begins in the original.</summary>
    internal int Origin { get; }

    internal bool Tracks { get; }

    /// <summary>The most characters that normalization may make of this: a file whose rules make ever more of them is refused.</summary>
    internal int Limit { get; }

    /// <summary>The place of the character at an index.</summary>
    internal (int Start, int End) At(int index)
    {
        var at = offset + index;
        if (starts is not null)
        {
            return (starts[at], ends![at]);
        }

        var c = buffer[at];
        return char.IsHighSurrogate(c) ? (at + shift, at + shift + 2) : char.IsLowSurrogate(c) ? (at + shift - 1, at + shift + 1) : (at + shift, at + shift + 1);
    }

    /// <summary>The place of a range: from where its first character begins to where its last one ends.</summary>
    internal (int Start, int End) Place(int from, int to) =>
        !Tracks ? (0, 0) : from >= to ? (Origin + from, Origin + from) : (At(from).Start, At(to - 1).End);

    /// <summary>A part of the piece.</summary>
    internal NormalizedText Slice(int from, int to)
    {
        if (from == 0 && to == Length)
        {
            return this;
        }

        var origin = Tracks && from < to ? At(from).Start : Origin + from;
        return new NormalizedText(buffer, starts, ends, offset + from, to - from, shift, origin, Tracks, Limit);
    }

    /// <summary>The same places under other characters; the new ones take the units that the old ones took.</summary>
    internal NormalizedText WithBuffer(char[] changed)
    {
        if (starts is null)
        {
            return new NormalizedText(changed, null, null, 0, changed.Length, shift + offset, Origin, Tracks, Limit);
        }

        return new NormalizedText(changed, starts[offset..(offset + Length)], ends![offset..(offset + Length)], 0, changed.Length, 0, Origin, Tracks, Limit);
    }

    internal NormalizedText WithParts(char[] changed, int[]? newStarts, int[]? newEnds) =>
        new(changed, newStarts, newEnds, 0, changed.Length, 0, Origin, Tracks, Limit);

    /// <summary>The character at an index.</summary>
    internal Rune RuneAt(int index)
    {
        Rune.DecodeFromUtf16(Span[index..], out var rune, out _);
        return rune;
    }

    public override string ToString() => new(Span);
}
