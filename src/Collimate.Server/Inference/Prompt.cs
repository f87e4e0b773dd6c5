using Collimate.Data.Conversations;

namespace Collimate.Server.Inference;

/// <summary>A conversation that is ready to be answered: rendered, its pictures prepared.</summary>
/// <param name="Sample">The conversation.</param>
/// <param name="Layout">Its tokens, up to the mark that opens the answer.</param>
/// <param name="Pictures">Its pictures in their order.</param>
/// <param name="Length">Positions that it takes, those of its pictures included.</param>
internal sealed record Prompt(Sample Sample, TokenLayout Layout, IReadOnlyList<PreparedPicture> Pictures, int Length);

/// <summary>A picture as the eye takes it.</summary>
/// <param name="Key">The hash of the file it came from.</param>
/// <param name="Pixels"><c>[3, height, width]</c> row-major.</param>
internal sealed record PreparedPicture(ContentKey Key, float[] Pixels);
