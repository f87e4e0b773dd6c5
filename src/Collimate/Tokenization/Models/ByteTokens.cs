namespace Collimate.Tokenization.Models;

/// <summary>Tokens that stand for single bytes: <c>&lt;0x00&gt;</c> to <c>&lt;0xFF&gt;</c>.</summary>
internal static class ByteTokens
{
    /// <summary>How a byte is spelt.</summary>
    internal static string Spell(int value) => $"<0x{value:X2}>";

    /// <summary>The ids of all bytes, or null where a vocabulary lacks one.</summary>
    internal static int[]? Find(IReadOnlyDictionary<string, int> vocabulary)
    {
        var ids = new int[256];
        for (var value = 0; value < ids.Length; value++)
        {
            if (!vocabulary.TryGetValue(Spell(value), out ids[value]))
            {
                return null;
            }
        }

        return ids;
    }

    /// <summary>The byte that a token stands for, or null.</summary>
    internal static byte? Read(string token) =>
        token.Length == 6 && token.StartsWith("<0x", StringComparison.Ordinal) && token[5] == '>' && char.IsAsciiHexDigit(token[3]) && char.IsAsciiHexDigit(token[4])
            ? Convert.ToByte(token[3..5], 16)
            : null;
}
