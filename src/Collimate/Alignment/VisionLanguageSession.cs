using Collimate.Generation;
using Collimate.Models.Language;
using Collimate.Torch;

namespace Collimate.Alignment;

/// <summary>Prompts on their way through a vision-language model: composed as in training, then one token at a time on a cache.</summary>
public sealed class VisionLanguageSession : IDecodingSession, IDisposable
{
    private readonly VisionLanguageModel model;
    private readonly Batch batch;
    private DecodingState? state;
    private IStepHook? hook;
    private int longest;

    /// <param name="model">The model.</param>
    /// <param name="batch">Rows rendered for generation; disposed with the session.</param>
    public VisionLanguageSession(VisionLanguageModel model, Batch batch)
    {
        (this.model, this.batch) = (model, batch);
        Rows = batch.Rows;
    }

    /// <inheritdoc/>
    public int Rows { get; private set; }

    /// <inheritdoc/>
    public int Room => model.Language.Config.MaxPositions - longest;

    /// <inheritdoc/>
    public Tensor Prefill()
    {
        var composed = model.Compose(batch);
        longest = composed.Sequence.Positions.RowLengths.Max();
        var (logits, begun) = model.Language.Prefill(composed.Input, composed.Hook);
        state = begun;
        hook = composed.Hook?.AfterPrompt();
        return logits;
    }

    /// <inheritdoc/>
    public Tensor Step(ReadOnlySpan<int> tokens)
    {
        longest++;
        return model.Language.Step(tokens, state ?? throw new InvalidOperationException("run Prefill before Step"), hook);
    }

    /// <inheritdoc/>
    public void SelectRows(ReadOnlySpan<int> rows)
    {
        state!.SelectRows(rows);
        hook?.SelectRows(rows);
        Rows = rows.Length;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        state?.Dispose();
        hook?.Dispose();
        batch.Dispose();
    }
}
