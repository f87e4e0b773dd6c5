using Collimate.Torch;

namespace Collimate.Models;

/// <summary>Keeps what a forward pass goes through, for those who look inside: the state before each layer and after the last, and who attended to whom.</summary>
/// <remarks>Attention probabilities are computed beside the fused attention, which never forms them, so asking for them costs time and memory. What is kept lives as long as the trace.</remarks>
/// <param name="wantsAttentions">Whether attention probabilities are kept.</param>
public sealed class ForwardTrace(bool wantsAttentions = false) : IDisposable
{
    private readonly List<Tensor> hiddenStates = [];
    private readonly List<Tensor> attentions = [];

    /// <summary>Whether attention probabilities are kept.</summary>
    public bool WantsAttentions => wantsAttentions;

    /// <summary>The states, numbered as Hugging Face's <c>hidden_states</c>: 0 is what enters the first layer, each <c>[batch, tokens, width]</c>.</summary>
    public IReadOnlyList<Tensor> HiddenStates => hiddenStates;

    /// <summary>One entry a layer, <c>[batch, heads, queries, keys]</c>: each query's shares add up to one.</summary>
    public IReadOnlyList<Tensor> Attentions => attentions;

    /// <summary>Releases what was kept.</summary>
    public void Dispose()
    {
        foreach (var tensor in hiddenStates.Concat(attentions))
        {
            tensor.Dispose();
        }
    }

    internal void AddState(Tensor state) => hiddenStates.Add(state.Alias().Keep());

    internal void AddAttention(Tensor probabilities) => attentions.Add(probabilities.Alias().Keep());
}
