namespace Collimate.Torch.Fused;

/// <summary>The gated activation, operator by operator.</summary>
internal static class ActivationReferences
{
    public static Tensor SwiGlu(Tensor gateUp)
    {
        using var scope = new TensorScope();
        var halves = gateUp.Chunk(2, -1);
        return scope.Escape(halves[0].Silu() * halves[1]);
    }
}
