using Collimate.Data.Conversations;

namespace Collimate.Training.Programs;

/// <summary>A row of a batch in the making: a sample, and what has been made of it.</summary>
/// <param name="Sample">The sample.</param>
/// <param name="Layout">Its text.</param>
/// <param name="Pixels">Its pictures where they have been read, <c>[images, 3, height, width]</c>; null where they have not.</param>
internal sealed record BatchRow(Sample Sample, TokenLayout Layout, float[]? Pixels = null);
