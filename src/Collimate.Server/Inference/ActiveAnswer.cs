using Collimate.Generation;
using Collimate.Models.Language;

namespace Collimate.Server.Inference;

/// <summary>An answer while it is written: a row of the batch, with a cache of its own.</summary>
/// <param name="job">The prompt it answers.</param>
/// <param name="row">Chooses its tokens.</param>
/// <param name="state">Where decoding stands; owned.</param>
/// <param name="hook">What enters inside the layers; owned.</param>
/// <param name="length">Positions taken so far.</param>
internal sealed class ActiveAnswer(ChatJob job, GenerationRow row, DecodingState state, IStepHook? hook, int length) : IDisposable
{
    public ChatJob Job => job;

    public GenerationRow Row => row;

    public DecodingState State => state;

    public IStepHook? Hook => hook;

    /// <summary>Positions taken so far.</summary>
    public int Length { get; set; } = length;

    public void Dispose()
    {
        state.Dispose();
        hook?.Dispose();
    }
}
