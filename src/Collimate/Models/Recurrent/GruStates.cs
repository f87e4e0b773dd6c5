using Collimate.Torch;

namespace Collimate.Models.Recurrent;

/// <summary>What a <see cref="Gru"/> made of a batch of sequences.</summary>
/// <param name="Outputs">The last layer's state after every token, both directions side by side, <c>[batch, tokens, directions * hidden]</c>; zeros on padding.</param>
/// <param name="Final">Every layer's state after its last token, <c>[layers * directions, batch, hidden]</c>, in PyTorch's order: forward before backward, layer by layer.</param>
public sealed record GruStates(Tensor Outputs, Tensor Final);
