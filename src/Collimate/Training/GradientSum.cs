using Collimate.Torch;

namespace Collimate.Training;

/// <summary>Adds the gradients of a batch's pieces in the order of the pieces, whatever the order in which they are done.</summary>
/// <remarks>
/// A piece is added as soon as those before it are in, so that only as many gradients are held as pieces have overtaken one that is still under way: with one
/// worker a single copy, however many pieces a batch is accumulated from. Floating-point addition is not associative; the fixed order is what makes a
/// run independent of who was quicker.
/// </remarks>
internal sealed class GradientSum : IDisposable
{
    private readonly Lock gate = new();
    private readonly Tensor?[] sums;
    private readonly Dictionary<int, Tensor?[]> early = [];

    /// <param name="parameters">How many parameters there are.</param>
    /// <param name="begun">Sums to go on from, with the number of pieces already in them; taken over.</param>
    internal GradientSum(int parameters, (Tensor?[] Sums, int Pieces)? begun = null) =>
        (sums, Pieces) = begun ?? (new Tensor?[parameters], 0);

    /// <summary>How many pieces are in the sum.</summary>
    internal int Pieces { get; private set; }

    /// <summary>Adds a piece's gradients, which are taken over.</summary>
    internal void Add(int piece, Tensor?[] gradients)
    {
        lock (gate)
        {
            early.Add(piece, gradients);
            while (early.Remove(Pieces, out var next))
            {
                AddUp(next);
                Pieces++;
            }
        }
    }

    /// <summary>
    /// Puts the sums into the parameters, so that the next piece's gradients are added to them where they arise. For a worker alone, which then never holds
    /// a second copy; the additions are the same.
    /// </summary>
    internal void Lend(IReadOnlyList<Tensor> parameters)
    {
        for (var k = 0; k < sums.Length; k++)
        {
            parameters[k].Grad = sums[k];
            sums[k]?.Dispose();
            sums[k] = null;
        }
    }

    /// <summary>Takes the sums back, with one more piece in them.</summary>
    internal void Return(IReadOnlyList<Tensor> parameters)
    {
        for (var k = 0; k < sums.Length; k++)
        {
            sums[k] = parameters[k].Grad?.Keep();
            parameters[k].Grad = null;
        }

        Pieces++;
    }

    /// <summary>Hands the sums over; called once, when no worker is running.</summary>
    internal Tensor?[] Take()
    {
        var taken = sums.ToArray();
        Array.Clear(sums);
        return taken;
    }

    public void Dispose()
    {
        foreach (var tensor in early.Values.Append(sums).SelectMany(tensors => tensors))
        {
            tensor?.Dispose();
        }
    }

    private void AddUp(Tensor?[] part)
    {
        using var _ = GradMode.Disable();
        for (var k = 0; k < sums.Length; k++)
        {
            if (sums[k] is not { } sum)
            {
                sums[k] = part[k];
            }
            else if (part[k] is { } added)
            {
                sum.Add_(added);
                added.Dispose();
            }
        }
    }
}
