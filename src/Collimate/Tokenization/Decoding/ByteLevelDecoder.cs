using System.Text;

namespace Collimate.Tokenization.Decoding;

/// <summary>Bytes from their printable spelling; a token that is no such spelling stands for its own characters.</summary>
internal sealed class ByteLevelDecoder : ITokenDecoder
{
    public List<string> Decode(List<string> tokens)
    {
        var bytes = new List<byte>(tokens.Count * 4);
        tokens.ForEach(token => bytes.AddRange(Read(token)));
        return [Encoding.UTF8.GetString(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(bytes))];
    }

    internal static byte[] Read(string token) => ByteLevel.ToBytes(token) ?? Encoding.UTF8.GetBytes(token);
}
