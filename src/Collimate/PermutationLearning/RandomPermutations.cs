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
        sets = [.. Enumerable.Range(0, settings.Sets).Select(set =>
        {
            using var tokens = Stream("tokens", set);
            using var order = Stream("permutation", set);
            return new TokenSets(
                [Tensor.RandomNormal([settings.Tokens, settings.Network.Width], tokens).ToArray<float>()], [Tensor.RandomPermutation(settings.Tokens, order).ToArray<long>()], set);
        })];
    }

    /// <inheritdoc/>
    public override IReadOnlyList<TokenSets> HeldOut => [];

    /// <inheritdoc/>
    public override IReadOnlyList<TokenSets> Draw(long step) => sets;
}
