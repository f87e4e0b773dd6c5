namespace Collimate.Data.Puzzles;

/// <summary>Which puzzles to write where.</summary>
public sealed record PuzzleExportOptions
{
    /// <summary>The folder to write into; made if absent.</summary>
    public required string Folder { get; init; }

    /// <summary>How many puzzles in all; the programs take turns.</summary>
    public required int Count { get; init; }

    /// <summary>The seed. A puzzle follows from it, its program and its row, whatever the count.</summary>
    public ulong Seed { get; init; } = 1;

    /// <summary>Width and height of the pictures in pixels.</summary>
    public int PictureSize { get; init; } = 96;

    /// <summary>How many threads work; the files do not depend on it.</summary>
    public int Workers { get; init; } = Environment.ProcessorCount;

    internal void Validate()
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(Folder);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(Count);
        ArgumentOutOfRangeException.ThrowIfLessThan(PictureSize, 48);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(PictureSize, 1024);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(Workers);
    }
}
