using Collimate.Torch;

namespace Collimate.PermutationLearning;

/// <summary>The paper's task: a few fixed sets of Gaussian tokens, each with a random permutation. It is learnt by heart; there is nothing else to learn.</summary>
public sealed class RandomPermutations : PermutationTask
{
    private readonly TokenSets[] sets;

    /// <param name="settings">Sizes and seed.</param>
    public RandomPermutations(PermutationSettings settings)
        : base(settings)
    {
        using var scope = new TensorScope();
        // Two sets a piece: a weight is read, and its gradient added, half as often as with one.
        var together = settings.Sets % 2 == 0 ? 2 : 1;
        sets = [.. Enumerable.Range(0, settings.Sets).Chunk(together).Select((numbers, piece) => new TokenSets([.. numbers.Select(Tokens)], [.. numbers.Select(Order)], piece))];
    }

    /// <inheritdoc/>
    public override IReadOnlyList<TokenSets> HeldOut => [];

    /// <inheritdoc/>
    public override IReadOnlyList<TokenSets> Draw(long step) => sets;

    private float[] Tokens(int set)
    {
        using var generator = Stream("tokens", set);
        return Tensor.RandomNormal([Settings.Tokens, Settings.Network.Width], generator).ToArray<float>();
    }

    private long[] Order(int set)
    {
        using var generator = Stream("permutation", set);
        return Tensor.RandomPermutation(Settings.Tokens, generator).ToArray<long>();
    }
}
