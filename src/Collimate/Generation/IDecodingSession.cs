using Collimate.Torch;

namespace Collimate.Generation;

/// <summary>
/// A batch of prompts on its way through a model, token by token: what <see cref="TextGenerator"/> drives. A session is used once.
/// </summary>
public interface IDecodingSession : IDisposable
{
    /// <summary>Rows that are still going.</summary>
    int Rows { get; }

    /// <summary>How many more tokens the model has positions for.</summary>
    int Room { get; }

    /// <summary>Runs the prompts.</summary>
    /// <returns>Scores of each row's first new token, <c>[rows, vocabulary]</c></returns>
    Tensor Prefill();

    /// <summary>Runs one more token a row.</summary>
    /// <param name="tokens">The tokens just chosen, one a row.</param>
    /// <returns>Scores of each row's next token, <c>[rows, vocabulary]</c></returns>
    Tensor Step(ReadOnlySpan<int> tokens);

    /// <summary>Goes on with the given rows only, in the given order; a row may be named more than once, and then goes on in several ways.</summary>
    void SelectRows(ReadOnlySpan<int> rows);
}
