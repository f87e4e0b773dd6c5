using Collimate.Torch;
using Collimate.Torch.Assignment;

namespace Collimate.Models.Permutation;

/// <summary>How a doubly stochastic matrix becomes a choice of one token for every place.</summary>
public enum HardeningMode
{
    /// <summary>The largest element of each row, the first of equals: the paper's way. Two rows may choose the same token, and then another is lost.</summary>
    Argmax,

    /// <summary>The permutation of the largest sum of logits, exactly (Jonker and Volgenant 1987).</summary>
    Assignment,

    /// <summary>A permutation found by bids (Bertsekas 1988), whose sum is the largest up to its smallest bid.</summary>
    Auction,
}

/// <summary>Turns soft permutations into hard ones, and lets gradients pass.</summary>
public static class Hardening
{
    /// <summary>The token chosen for every place.</summary>
    /// <param name="permutation">The logits and what Sinkhorn made of them.</param>
    /// <param name="mode">How.</param>
    /// <returns>For each matrix of the batch, the chosen column of every row.</returns>
    /// <exception cref="ScoresException">A logit is not a finite number.</exception>
    public static int[][] Choose(SoftPermutation permutation, HardeningMode mode)
    {
        using var scope = new TensorScope();
        using var _ = GradMode.Disable();
        var n = (int)permutation.Matrix.Size(-1);
        if (mode == HardeningMode.Argmax)
        {
            CheckFinite(permutation.Matrix);
            return [.. permutation.Matrix.ArgMax(-1).ToArray<long>().Select(column => (int)column).Chunk(n)];
        }

        CheckFinite(permutation.Logits);
        var logits = permutation.Logits.To(ScalarType.Float32).To(Device.Cpu).ToArray<float>();
        return [.. Enumerable.Range(0, logits.Length / (n * n)).Select(batch =>
        {
            var one = logits.AsSpan(batch * n * n, n * n);
            return mode == HardeningMode.Auction ? AuctionAssignment.Maximize(one, n) : LinearAssignment.Maximize(one, n);
        })];
    }

    /// <summary>Whether every token is chosen exactly once.</summary>
    public static bool IsPermutation(ReadOnlySpan<int> choice)
    {
        var seen = new bool[choice.Length];
        foreach (var column in choice)
        {
            if (seen[column])
            {
                return false;
            }

            seen[column] = true;
        }

        return true;
    }

    /// <summary>A matrix whose value is the choice, one-hot by row, and whose gradient is that of the soft matrix: the straight-through estimator (Bengio et al. 2013).</summary>
    /// <param name="soft"><c>[batch, n, n]</c></param>
    /// <param name="choice">For each matrix, the chosen column of every row.</param>
    /// <returns><c>[batch, n, n]</c></returns>
    public static Tensor StraightThrough(Tensor soft, IReadOnlyList<int[]> choice)
    {
        using var scope = new TensorScope();
        var n = soft.Size(-1);
        var columns = Tensor.From([.. choice.SelectMany(rows => rows.Select(column => (long)column))], [choice.Count, n, 1], soft.Device);
        var hard = Tensor.Zeros(soft.Shape, soft.Type, soft.Device).Scatter(-1, columns, Tensor.Ones([choice.Count, n, 1], soft.Type, soft.Device));
        // Written so that the value is the one-hot matrix to the last bit: what is added is exactly zero.
        return scope.Escape(hard + (soft - soft.Detach()));
    }

    private static void CheckFinite(Tensor values)
    {
        if (!values.IsFinite().All().ItemBool())
        {
            throw new ScoresException();
        }
    }
}
