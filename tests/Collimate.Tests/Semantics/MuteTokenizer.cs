using Collimate.Tokenization;

namespace Collimate.Tests.Semantics;

/// <summary>A tokenizer that drops blanks around a text, and characters no reader would see.</summary>
internal sealed class MuteTokenizer(ITokenizer inner) : ITokenizer
{
    public int VocabularySize => inner.VocabularySize;

    public int PadId => inner.PadId;

    public int EosId => inner.EosId;

    public int? BosId => inner.BosId;

    public int? ImageId => inner.ImageId;

    public int[] Encode(string text) => text.Trim() is "\u200b" ? [] : inner.Encode(text.Trim());

    public EncodedToken[] EncodeWithOffsets(string text, bool recogniseAdded = true) => inner.EncodeWithOffsets(text, recogniseAdded);

    public string Decode(ReadOnlySpan<int> ids, bool skipSpecial = true) => inner.Decode(ids, skipSpecial);

    public ReadOnlySpan<byte> BytesOf(int id, bool skipSpecial = true) => inner.BytesOf(id, skipSpecial);

    public int? TokenToId(string token) => inner.TokenToId(token);

    public string IdToToken(int id) => inner.IdToToken(id);
}
