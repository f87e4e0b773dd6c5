namespace Collimate.Data.Scenes;

/// <summary>A 64-bit hash of a text that never changes between runs or machines (FNV-1a, then a finishing mix).</summary>
internal static class StableHash
{
    internal static ulong Of(string text)
    {
        var hash = 0xCBF29CE484222325;
        foreach (var letter in text)
        {
            hash = (hash ^ letter) * 0x100000001B3;
        }

        hash = (hash ^ (hash >> 32)) * 0xD6E8FEB86659FD93;
        return hash ^ (hash >> 32);
    }
}
