using Collimate.Torch;

namespace Collimate.Alignment.Reasoning;

/// <summary>Reads the questions of puzzles: a text encoder, or words with vectors that are learnt.</summary>
public interface IQuestionReader
{
    /// <summary>Width of a token's vector.</summary>
    int Width { get; }

    /// <summary>Cuts a question into tokens. Safe to call from several threads.</summary>
    /// <param name="question">The question.</param>
    /// <returns>At least one id.</returns>
    int[] Tokenize(string question);

    /// <summary>Brings questions into vectors.</summary>
    /// <param name="questions">Their tokens; at least one question.</param>
    QuestionTokens Encode(IReadOnlyList<int[]> questions);

    /// <summary>Keeps what the reader needs beside its weights: configuration and tokenizer, or the list of words.</summary>
    /// <param name="folder">The folder; made where absent.</param>
    void Save(string folder);
}

/// <summary>Rows of ids filled up to one length.</summary>
internal static class PaddedIds
{
    /// <summary>Fills rows up.</summary>
    /// <param name="rows">The rows.</param>
    /// <param name="padding">What they are filled up with.</param>
    /// <param name="device">Where the ids are wanted.</param>
    /// <param name="least">The least length.</param>
    /// <returns>Ids <c>[rows, length]</c>, and 1 where a row has one.</returns>
    public static (Tensor Ids, int[] Valid) Of(IReadOnlyList<int[]> rows, int padding, Device device, int least = 1)
    {
        var length = Math.Max(least, rows.Max(row => row.Length));
        var (ids, valid) = (new long[rows.Count * length], new int[rows.Count * length]);
        Array.Fill(ids, padding);
        foreach (var (at, row) in rows.Index())
        {
            for (var k = 0; k < row.Length; k++)
            {
                (ids[(at * length) + k], valid[(at * length) + k]) = (row[k], 1);
            }
        }

        return (Tensor.From(ids, [rows.Count, length], device), valid);
    }
}
