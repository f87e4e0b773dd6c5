using Collimate.Torch;

namespace Collimate.Alignment.Reasoning;

/// <summary>What a reasoner is asked: pictures and questions as vectors.</summary>
/// <param name="Puzzles">The number of each row's puzzle among the reasoner's, from 0.</param>
/// <param name="Pictures">What each tower saw, <c>[rows, tokens, width]</c>: its patches, or their mean as a single token; none where no picture is looked at.</param>
/// <param name="Question">The questions' tokens; null where none is read.</param>
public sealed record ReasonerInput(IReadOnlyList<int> Puzzles, IReadOnlyList<Tensor> Pictures, QuestionTokens? Question);

/// <summary>Questions as vectors.</summary>
/// <param name="Tokens"><c>[rows, tokens, width]</c>; what stands beyond a question's tokens is not read.</param>
/// <param name="Lengths">How many tokens each question has; at least one.</param>
public sealed record QuestionTokens(Tensor Tokens, IReadOnlyList<int> Lengths)
{
    /// <summary>1 where a question has a token and 0 beyond, <c>[rows, tokens, 1]</c>.</summary>
    public Tensor Marks()
    {
        var (rows, length) = (Lengths.Count, (int)Tokens.Size(1));
        var marks = new float[rows * length];
        for (var row = 0; row < rows; row++)
        {
            marks.AsSpan(row * length, Math.Min(length, Lengths[row])).Fill(1);
        }

        return Tensor.From(marks, [rows, length, 1], Tokens.Device);
    }
}
