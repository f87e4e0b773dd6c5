using System.Buffers;
using System.Text;

namespace Collimate.Tokenization;

/// <content>From text to tokens.</content>
public sealed partial class BytePairTokenizer
{
    /// <inheritdoc/>
    public int[] Encode(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var run = new Run(text, wantsPlaces: false);
        EncodeRaw(run, recogniseAdded: true);
        return [.. run.Ids];
    }

    /// <inheritdoc/>
    public EncodedToken[] EncodeWithOffsets(string text, bool recogniseAdded = true)
    {
        ArgumentNullException.ThrowIfNull(text);
        var run = new Run(text, wantsPlaces: true);
        EncodeRaw(run, recogniseAdded);
        return [.. run.Tokens!];
    }

    // Added tokens that are looked for in the text as it is.
    private void EncodeRaw(Run run, bool recogniseAdded)
    {
        var at = 0;
        while (recogniseAdded && !rawTokens.IsEmpty && rawTokens.TryFind(run.Text, at, out var token, out var start, out var end))
        {
            EncodePiece(run, at, start, recogniseAdded);
            run.Add(token!.Id, start, end);
            at = end;
        }

        EncodePiece(run, at, run.Text.Length, recogniseAdded);
    }

    // A piece between those: normalized, and searched for the added tokens that are looked for afterwards.
    private void EncodePiece(Run run, int start, int end, bool recogniseAdded)
    {
        if (start == end)
        {
            return;
        }

        var raw = run.Text.AsSpan(start, end - start);
        List<(int Start, int End)>? places = null;
        var text = raw;
        if (Model.NormalizeNfc && !CanonicalComposition.IsComposed(raw))
        {
            places = [];
            text = CanonicalComposition.Compose(raw, places);
        }

        var map = new PlaceMap(start, places);
        var at = 0;
        while (recogniseAdded && !normalizedTokens.IsEmpty && normalizedTokens.TryFind(text, at, out var token, out var from, out var to))
        {
            EncodeWords(run, text[at..from], map.From(at));
            run.Add(token!.Id, map.Start(from), map.End(to));
            at = to;
        }

        EncodeWords(run, text[at..], map.From(at));
    }

    private void EncodeWords(Run run, ReadOnlySpan<char> text, PlaceMap map)
    {
        if (text.IsEmpty)
        {
            return;
        }

        if (Model.AddPrefixSpace && text[0] != ' ')
        {
            text = string.Concat(" ", text);
            map = map.AfterPrefix();
        }

        run.Ends.Clear();
        splitter.Split(text, run.Ends);
        var at = 0;
        foreach (var end in run.Ends)
        {
            var word = text[at..end];
            var encoded = EncodeWord(word);
            if (run.Tokens is null)
            {
                run.Ids.AddRange(encoded);
            }
            else
            {
                AddWithPlaces(run, word, encoded, map.From(at));
            }

            at = end;
        }
    }

    private int[] EncodeWord(ReadOnlySpan<char> word)
    {
        if (word.Length > LongestCachedWord)
        {
            return Join(word);
        }

        if (cacheBySpan.TryGetValue(word, out var encoded))
        {
            return encoded;
        }

        encoded = Join(word);
        // The count may overshoot by a few under contention; it only bounds memory.
        if (Volatile.Read(ref cached) < CacheLimit && cacheBySpan.TryAdd(word, encoded))
        {
            Interlocked.Increment(ref cached);
        }

        return encoded;
    }

    private int[] Join(ReadOnlySpan<char> word)
    {
        if (Model.IgnoreMerges && idsBySpan.TryGetValue(ByteLevel.Spell(word), out var whole))
        {
            return [whole];
        }

        var utf8 = ArrayPool<byte>.Shared.Rent(Encoding.UTF8.GetMaxByteCount(word.Length));
        var count = Encoding.UTF8.GetBytes(word, utf8);
        var parts = ArrayPool<int>.Shared.Rent(count);
        for (var k = 0; k < count; k++)
        {
            parts[k] = byteIds[utf8[k]] is >= 0 and var id ? id : throw new TokenizerException(
                $"'{word}' cannot be written: model.vocab has no token '{ByteLevel.Spell(utf8[k])}' for the byte 0x{utf8[k]:X2}; a whole byte-level vocabulary has all 256");
        }

        count = merges.Apply(parts.AsSpan(0, count));
        var joined = parts.AsSpan(0, count).ToArray();
        ArrayPool<int>.Shared.Return(parts);
        ArrayPool<byte>.Shared.Return(utf8);
        return joined;
    }

    // Walks the characters of a word beside the bytes of its tokens.
    private void AddWithPlaces(Run run, ReadOnlySpan<char> word, int[] encoded, PlaceMap map)
    {
        var (at, length) = (0, 0); // the character under the walk, in UTF-16
        var (reached, done) = (0, 0); // bytes up to the end of that character, and up to the end of the token
        foreach (var id in encoded)
        {
            if (done == reached)
            {
                Advance(word, ref at, ref length, ref reached);
            }

            var start = at;
            done += bytes[id]!.Length;
            while (reached < done)
            {
                Advance(word, ref at, ref length, ref reached);
            }

            run.Add(id, map.Start(start), map.End(at + length));
        }
    }

    private static void Advance(ReadOnlySpan<char> word, ref int at, ref int length, ref int reached)
    {
        at += length;
        Rune.DecodeFromUtf16(word[at..], out var rune, out length); // a lone surrogate reads as U+FFFD, as it is encoded
        reached += rune.Utf8SequenceLength;
    }

    // From places in normalized text back to places in the text that was given. A space put in front has no place: it maps to the floor.
    private readonly struct PlaceMap(int origin, List<(int Start, int End)>? places, int shift = 0, int floor = 0)
    {
        internal PlaceMap From(int at) => new(origin, places, shift + at, floor);

        internal PlaceMap AfterPrefix() => new(origin, places, shift - 1, shift);

        internal int Start(int at)
        {
            var place = Math.Max(shift + at, floor);
            return origin + (places is null ? place : places[place].Start);
        }

        internal int End(int at)
        {
            var place = shift + at;
            return place <= floor ? Start(0) : origin + (places is null ? place : places[place - 1].End);
        }
    }

    private sealed class Run(string text, bool wantsPlaces)
    {
        internal string Text { get; } = text;

        internal List<int> Ids { get; } = new(wantsPlaces ? 0 : (text.Length / 4) + 4);

        internal List<EncodedToken>? Tokens { get; } = wantsPlaces ? [] : null;

        internal List<int> Ends { get; } = [];

        internal void Add(int id, int start, int end)
        {
            if (Tokens is null)
            {
                Ids.Add(id);
            }
            else
            {
                Tokens.Add(new EncodedToken(id, start, end));
            }
        }
    }
}
