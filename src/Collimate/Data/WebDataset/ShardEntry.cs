using System.Runtime.InteropServices;

namespace Collimate.Data.WebDataset;

/// <summary>Where the parts of a sample lie in its shard; a part that it does not have is 0 bytes at 0.</summary>
/// <param name="PictureStart">Where the picture begins.</param>
/// <param name="JsonStart">Where the JSON begins.</param>
/// <param name="TextStart">Where the text begins.</param>
/// <param name="PictureLength">The picture's bytes.</param>
/// <param name="JsonLength">The JSON's bytes.</param>
/// <param name="TextLength">The text's bytes.</param>
/// <param name="KeyEnd">Where its key ends among all keys of the shard; it begins where the one before it ends.</param>
[StructLayout(LayoutKind.Sequential)]
internal readonly record struct ShardEntry(
    long PictureStart, long JsonStart, long TextStart, int PictureLength, int JsonLength, int TextLength, int KeyEnd);
