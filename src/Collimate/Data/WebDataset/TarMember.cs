namespace Collimate.Data.WebDataset;

/// <summary>A file within a tar archive.</summary>
/// <param name="Name">Its path in the archive, without a leading <c>./</c>.</param>
/// <param name="Start">Where its bytes begin in the archive.</param>
/// <param name="Length">How many there are.</param>
internal readonly record struct TarMember(string Name, long Start, long Length);
