using Collimate.Data.Conversations;

namespace Collimate.Alignment;

/// <summary>What every position of a sequence is; it travels wherever the embeddings go.</summary>
/// <remarks>All arrays are row-major <c>[rows, length]</c>, on the host.</remarks>
public sealed class Positions
{
    /// <summary>The label of a position that is not trained on.</summary>
    public const int NoLabel = -100;

    internal Positions(int rows, int length)
    {
        Rows = rows;
        Length = length;
        Kinds = new TokenKind[rows * length];
        Labels = new int[rows * length];
        PositionIds = new int[rows * length];
        Documents = new int[rows * length];
        Images = new int[rows * length];
        Patches = new int[rows * length];
        Unseen = new bool[rows * length];
        RowLengths = new int[rows];
        Labels.AsSpan().Fill(NoLabel);
        Images.AsSpan().Fill(-1);
        Patches.AsSpan().Fill(-1);
    }

    /// <summary>How many rows.</summary>
    public int Rows { get; }

    /// <summary>How many positions a row has, padding included.</summary>
    public int Length { get; }

    /// <summary>Positions of each row that are not padding; they stand first.</summary>
    public int[] RowLengths { get; }

    /// <summary>Image, prompt, answer, … or padding.</summary>
    public TokenKind[] Kinds { get; }

    /// <summary>The token to be predicted at a position, or <see cref="NoLabel"/>.</summary>
    public int[] Labels { get; }

    /// <summary>What the rotary embedding takes for the position's place: it counts on within a document from where the shared part ends.</summary>
    public int[] PositionIds { get; }

    /// <summary>0 for what all documents share, k for the k-th document; of the s-th further sample in the row, as much more as s · <see cref="Torch.Fused.AttentionRule.DocumentsPerSample"/>.</summary>
    public int[] Documents { get; }

    /// <summary>Which picture of its row a visual token belongs to; -1 elsewhere.</summary>
    public int[] Images { get; }

    /// <summary>Which of its picture's tokens a visual token is; -1 elsewhere.</summary>
    public int[] Patches { get; }

    /// <summary>True where noise has emptied a place: it may look, but nobody sees it.</summary>
    public bool[] Unseen { get; }

    /// <summary>1 where something stands that may be seen, 0 on padding and emptied places.</summary>
    public int[] Valid()
    {
        var valid = new int[Rows * Length];
        for (var row = 0; row < Rows; row++)
        {
            for (var here = row * Length; here < (row * Length) + RowLengths[row]; here++)
            {
                valid[here] = Unseen[here] ? 0 : 1;
            }
        }

        return valid;
    }
}
