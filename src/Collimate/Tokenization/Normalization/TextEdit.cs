using System.Text;

namespace Collimate.Tokenization.Normalization;

/// <summary>Writes the changed form of a text from left to right, so that every new character gets the place of the one it stands for.</summary>
/// <remarks>
/// Hugging Face: <c>NormalizedString::transform_range</c>. A character written with a change of 0 replaces the next of the source; with 1 it is
/// put in and shares the place of what stands before it; with -n it replaces the next and n more vanish.
/// </remarks>
internal sealed class TextEdit
{
    private readonly NormalizedText source;
    private char[] text;
    private int[]? starts;
    private int[]? ends;
    private int count;
    private int at; // in the source

    internal TextEdit(NormalizedText source)
    {
        this.source = source;
        text = new char[source.Length + 8];
        starts = source.Tracks ? new int[text.Length] : null;
        ends = source.Tracks ? new int[text.Length] : null;
    }

    /// <summary>Leaves out characters of the source.</summary>
    internal void Skip(int characters)
    {
        for (; characters > 0 && at < source.Length; characters--)
        {
            at += RuneLength(at);
        }
    }

    /// <summary>Writes a character.</summary>
    internal void Write(Rune character, int change)
    {
        var place = !source.Tracks ? default
            : change > 0 ? (at == 0 ? (source.Origin, source.Origin) : source.At(at - 1))
            : source.Length == 0 ? (source.Origin, source.Origin) : source.At(Math.Min(at, source.Length - 1));
        if (change <= 0)
        {
            Skip(1 - change);
        }

        Put(character, place);
    }

    /// <summary>Copies the source up to an index.</summary>
    internal void CopyTo(int end)
    {
        var length = end - at;
        Reserve(length);
        source.Span[at..end].CopyTo(text.AsSpan(count));
        if (starts is not null)
        {
            for (var k = 0; k < length; k++)
            {
                (starts[count + k], ends![count + k]) = source.At(at + k);
            }
        }

        count += length;
        at = end;
    }

    /// <summary>Replaces the source up to an index; what is written shares the place of the last character that is replaced.</summary>
    internal void Replace(int end, ReadOnlySpan<char> content)
    {
        var place = !source.Tracks ? default : end == 0 ? (source.Origin, source.Origin) : source.At(end - 1);
        foreach (var rune in content.EnumerateRunes())
        {
            Put(rune, place);
        }

        at = end;
    }

    internal NormalizedText Finish() => source.WithParts(text[..count], starts?[..count], ends?[..count]);

    private void Put(Rune character, (int Start, int End) place)
    {
        var length = character.Utf16SequenceLength;
        Reserve(length);
        character.EncodeToUtf16(text.AsSpan(count));
        if (starts is not null)
        {
            for (var k = count; k < count + length; k++)
            {
                (starts[k], ends![k]) = place;
            }
        }

        count += length;
    }

    private int RuneLength(int index) => char.IsHighSurrogate(source.Span[index]) ? 2 : 1;

    private void Reserve(int more)
    {
        if (count + more <= text.Length)
        {
            return;
        }

        if (count + more > source.Limit)
        {
            throw new TokenizerException($"the normalizer makes more than {source.Limit} characters of a text; its rules add to one another, mend normalizer in tokenizer.json");
        }

        var size = Math.Max(text.Length * 2, count + more);
        Array.Resize(ref text, size);
        if (starts is not null)
        {
            Array.Resize(ref starts, size);
            Array.Resize(ref ends, size);
        }
    }
}
