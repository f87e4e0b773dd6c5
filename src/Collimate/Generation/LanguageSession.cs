using Collimate.Models.Language;
using Collimate.Torch;

namespace Collimate.Generation;

/// <summary>Decodes with a <see cref="CausalLanguageModel"/> from prompts that are already embedded.</summary>
public sealed class LanguageSession : IDecodingSession
{
    private readonly CausalLanguageModel model;
    private readonly LanguageInput prompt;
    private readonly ILayerHook? hook;
    private DecodingState? state;
    private IStepHook? steps;

    /// <summary>Prepares a session; nothing runs yet.</summary>
    /// <param name="model">The decoder.</param>
    /// <param name="prompt">The prompts, padded to one length on either side.</param>
    /// <param name="hook">What enters inside the layers.</param>
    public LanguageSession(CausalLanguageModel model, LanguageInput prompt, ILayerHook? hook = null)
    {
        this.model = model;
        this.prompt = prompt;
        this.hook = hook;
    }

    /// <inheritdoc/>
    public int Rows => state?.Rows ?? prompt.Attention.Batch;

    /// <inheritdoc/>
    public int Room => Math.Max(0, model.Config.MaxPositions - (state?.Length ?? prompt.Attention.Length));

    /// <inheritdoc/>
    public Tensor Prefill()
    {
        (var logits, state) = model.Prefill(prompt, hook);
        steps = hook?.AfterPrompt();
        return logits;
    }

    /// <inheritdoc/>
    public Tensor Step(ReadOnlySpan<int> tokens) => model.Step(tokens, Started, steps);

    /// <inheritdoc/>
    public void SelectRows(ReadOnlySpan<int> rows)
    {
        Started.SelectRows(rows);
        steps?.SelectRows(rows);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        state?.Dispose();
        steps?.Dispose();
    }

    private DecodingState Started => state ?? throw new InvalidOperationException("the prompts have not run: call Prefill first");
}
