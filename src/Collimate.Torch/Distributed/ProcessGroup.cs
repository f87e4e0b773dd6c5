using Collimate.Torch.Interop;

namespace Collimate.Torch.Distributed;

/// <summary>Several processes, each with a rank, that add up, hand round and gather tensors. PyTorch: <c>torch.distributed</c> with gloo.</summary>
/// <remarks>
/// <para>Every rank calls the same collectives in the same order. Before each one the ranks exchange what they are about to do; where they
/// differ, all of them get an exception and the group stays usable. So one call on a large tensor is better than many on small ones.</para>
/// <para>Where a rank dies or falls silent, the others get a <see cref="ProcessGroupException"/> and the group is of no more use. The same holds for
/// a collective that was cancelled under way.</para>
/// <para>Tensors of any device and layout are taken; the numbers travel through main memory.</para>
/// <para>A group may be used from several threads; their collectives follow one another, in an order that must be the same on all ranks.</para>
/// </remarks>
public sealed partial class ProcessGroup : IDisposable
{
    private readonly Lock gate = new();
    private readonly Rendezvous? rendezvous;
    private readonly TimeSpan timeout;
    private readonly Pulse? pulse;
    private nint group;
    private nint gpuGroup;
    private long sequence;
    private string? broken;
    private bool disposed;

    private ProcessGroup(Rendezvous? rendezvous, nint group, int rank, int worldSize, TimeSpan timeout)
    {
        (this.rendezvous, this.group, this.timeout) = (rendezvous, group, timeout);
        (Rank, WorldSize) = (rank, worldSize);
        pulse = rendezvous is null || worldSize == 1 ? null : new Pulse(rendezvous, rank, worldSize);
    }

    /// <summary>Whether the linked libtorch can form groups of several processes.</summary>
    public static bool IsSupported => NativeMethods.cg_has_gloo() != 0;

    /// <summary>This process's number, from 0.</summary>
    public int Rank { get; }

    /// <summary>How many processes there are.</summary>
    public int WorldSize { get; }

    /// <summary>Why this rank leaves before the others, for their messages; null where it leaves at the end.</summary>
    public string? LastWords { get; set; }

    /// <summary>A group of this process alone, in which every collective is done at once.</summary>
    public static ProcessGroup Alone() => new(null, 0, 0, 1, TimeSpan.Zero);

    /// <summary>Forms a group with the other processes at a meeting point.</summary>
    /// <param name="rendezvous">Where to meet; the group owns it from now on, also where this fails.</param>
    /// <param name="rank">This process's number, from 0.</param>
    /// <param name="worldSize">How many processes there are.</param>
    /// <param name="options">How to wait and where to listen.</param>
    /// <param name="cancellationToken">Stops waiting for the others.</param>
    /// <exception cref="ProcessGroupException">Ranks are missing after the time limit, which the message names; or this libtorch has no gloo.</exception>
    /// <exception cref="ArgumentException">The rank is outside the world, or not 0 where this process hosts the meeting.</exception>
    public static ProcessGroup Create(Rendezvous rendezvous, int rank, int worldSize, ProcessGroupOptions? options = null, CancellationToken cancellationToken = default)
    {
        options ??= new ProcessGroupOptions();
        try
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(worldSize, 1);
            ArgumentOutOfRangeException.ThrowIfNegative(rank);
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(rank, worldSize);
            if (rendezvous.IsKeeper && rank != 0)
            {
                throw new ArgumentException($"Rank {rank} cannot host the meeting; rank 0 calls {nameof(Rendezvous)}.{nameof(Rendezvous.Host)}, the others {nameof(Rendezvous.Join)}.", nameof(rank));
            }

            if (!IsSupported)
            {
                throw new ProcessGroupException("This libtorch was built without gloo, so processes cannot work together. Use a libtorch with gloo, or train in one process.");
            }

            RollCall.Assemble(rendezvous, rank, worldSize, options.Timeout, cancellationToken);
            var group = worldSize == 1 ? 0 : Connect(rendezvous, rank, worldSize, options, cancellationToken);
            return new ProcessGroup(rendezvous, group, rank, worldSize, options.Timeout);
        }
        catch
        {
            rendezvous.Dispose();
            throw;
        }
    }

    /// <summary>Replaces the tensor, in place on every rank, by the sum or mean of all ranks' tensors. PyTorch: <c>all_reduce</c>.</summary>
    /// <remarks>Half types are summed in single precision and rounded once.</remarks>
    /// <param name="tensor">Of the same shape and type on every rank.</param>
    /// <param name="reduction">Sum or mean; a mean needs a type with fractions.</param>
    /// <param name="cancellationToken">Gives up; the group is of no more use then.</param>
    /// <exception cref="ProcessGroupException">The ranks disagree on shape, type or what to do; or a rank is gone.</exception>
    /// <exception cref="ArgumentException">The type cannot be summed, or not be averaged.</exception>
    public void AllReduce(Tensor tensor, Reduction reduction = Reduction.Sum, CancellationToken cancellationToken = default)
    {
        if (tensor.Type is ScalarType.Bool or ScalarType.Int16 || (reduction == Reduction.Mean && !tensor.Type.IsFloatingPoint()))
        {
            throw new ArgumentException($"{tensor} cannot be reduced to its {reduction}; convert it to Float32 or, for a sum, to Int64 first.", nameof(tensor));
        }

        lock (gate)
        {
            using var scope = new TensorScope();
            using var _ = GradMode.Disable();
            Agree(Collective.AllReduce, (int)reduction, tensor, cancellationToken);
            if (WorldSize == 1 || tensor.ElementCount == 0)
            {
                return;
            }

            var wide = tensor.Type is ScalarType.Float16 or ScalarType.BFloat16 ? ScalarType.Float32 : tensor.Type;
            var buffer = Staged(tensor, wide);
            Finish(NativeMethods.cg_all_reduce_sum(group, buffer.Handle), "summing over all ranks", cancellationToken);
            if (reduction == Reduction.Mean)
            {
                buffer.Mul_(1.0 / WorldSize);
            }

            TakeBack(tensor, buffer);
        }
    }

    /// <summary>Gives every rank the root's tensor, in place. PyTorch: <c>broadcast</c>.</summary>
    /// <param name="tensor">Of the same shape and type on every rank; overwritten on all but the root.</param>
    /// <param name="root">The rank whose values are taken.</param>
    /// <param name="cancellationToken">Gives up; the group is of no more use then.</param>
    /// <exception cref="ProcessGroupException">The ranks disagree on shape, type or what to do; or a rank is gone.</exception>
    public void Broadcast(Tensor tensor, int root = 0, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(root);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(root, WorldSize);
        lock (gate)
        {
            using var scope = new TensorScope();
            using var _ = GradMode.Disable();
            Agree(Collective.Broadcast, root, tensor, cancellationToken);
            if (WorldSize == 1 || tensor.ElementCount == 0)
            {
                return;
            }

            var buffer = Staged(tensor, tensor.Type);
            Finish(NativeMethods.cg_broadcast(group, buffer.Handle, root), $"handing round rank {root}'s tensor", cancellationToken);
            if (Rank != root)
            {
                TakeBack(tensor, buffer);
            }
        }
    }

    /// <summary>Every rank's tensor, in the order of the ranks. PyTorch: <c>all_gather</c>.</summary>
    /// <param name="tensor">Of the same shape and type on every rank.</param>
    /// <param name="cancellationToken">Gives up; the group is of no more use then.</param>
    /// <returns>As many tensors as there are ranks, on the device of <paramref name="tensor"/>, without a history.</returns>
    /// <exception cref="ProcessGroupException">The ranks disagree on shape, type or what to do; or a rank is gone.</exception>
    public IReadOnlyList<Tensor> AllGather(Tensor tensor, CancellationToken cancellationToken = default)
    {
        lock (gate)
        {
            using var scope = new TensorScope();
            using var _ = GradMode.Disable();
            Agree(Collective.AllGather, 0, tensor, cancellationToken);
            Tensor[] gathered = WorldSize == 1 || tensor.ElementCount == 0
                ? [.. Enumerable.Range(0, WorldSize).Select(_ => tensor.Detach().Clone())]
                : Gather(Staged(tensor, tensor.Type), cancellationToken);
            return [.. gathered.Select(each => scope.Escape(each.To(tensor.Device)))];
        }
    }

    /// <summary>Returns when every rank has called it. PyTorch: <c>barrier</c>.</summary>
    /// <param name="cancellationToken">Gives up; the group is of no more use then.</param>
    /// <exception cref="ProcessGroupException">A rank did something else, or is gone.</exception>
    public void Barrier(CancellationToken cancellationToken = default)
    {
        lock (gate)
        {
            using var scope = new TensorScope();
            Agree(Collective.Barrier, 0, null, cancellationToken);
        }
    }

    /// <summary>Leaves the group: first its connections close, then the meeting point. Disposing twice does nothing.</summary>
    public void Dispose()
    {
        lock (gate)
        {
            if (disposed)
            {
                return;
            }

            disposed = true;
            pulse?.Dispose();
            if (rendezvous is not null)
            {
                if (broken is null && WorldSize > 1)
                {
                    RollCall.SayGoodbye(rendezvous, Rank, LastWords);
                }

                ReleaseGroup();
                rendezvous.Dispose();
            }
        }
    }
}
