using System.Diagnostics;
using System.Threading.Channels;
using Collimate.Generation;

namespace Collimate.Server.Inference;

/// <summary>A prompt that is to be answered, once or several times.</summary>
internal sealed class ChatJob
{
    private readonly Channel<AnswerPiece> pieces = Channel.CreateUnbounded<AnswerPiece>(new UnboundedChannelOptions { SingleReader = true, SingleWriter = true });
    private int open;

    /// <param name="prompt">The prompt.</param>
    /// <param name="options">How tokens are chosen; the ends of an answer are among its stop tokens.</param>
    /// <param name="choices">How many answers.</param>
    /// <param name="likeliest">How many of the likeliest tokens are told with every token.</param>
    /// <param name="cancellation">Ends the answers at their next token.</param>
    public ChatJob(Prompt prompt, GenerationOptions options, int choices, int likeliest, CancellationToken cancellation)
    {
        (Prompt, Options, Choices, Likeliest, Cancellation) = (prompt, options, choices, likeliest, cancellation);
        open = choices;
    }

    public Prompt Prompt { get; }

    public GenerationOptions Options { get; }

    public int Choices { get; }

    public int Likeliest { get; }

    public CancellationToken Cancellation { get; }

    /// <summary>When it came.</summary>
    public long Queued { get; } = Stopwatch.GetTimestamp();

    /// <summary>Positions of the prompt that had been run before.</summary>
    public int Known { get; set; }

    /// <summary>What is said, of whichever answer, as it is said.</summary>
    public ChannelReader<AnswerPiece> Pieces => pieces.Reader;

    public void Tell(AnswerPiece piece) => pieces.Writer.TryWrite(piece);

    /// <summary>One of the answers is over.</summary>
    public void End()
    {
        if (--open == 0)
        {
            pieces.Writer.TryComplete();
        }
    }

    /// <summary>All answers are over; whoever reads is told why, where there is a reason.</summary>
    public void Abandon(Exception? failure = null) => pieces.Writer.TryComplete(failure);
}

/// <summary>One token of one answer.</summary>
/// <param name="Choice">Which answer, from 0.</param>
/// <param name="Token">The token with its text, as <see cref="TextGenerator"/> reports it.</param>
internal readonly record struct AnswerPiece(int Choice, GeneratedToken Token);
