using Collimate.Torch.Interop;

namespace Collimate.Torch.Distributed;

/// <summary>Processes that compute together: sums, copies and barriers across them. PyTorch: <c>torch.distributed</c> with gloo.</summary>
/// <remarks>
/// <para>Every process must make the same calls in the same order, with tensors of the same type and shape. A difference in shape would end the
/// process that receives too much, without an exception; so before the first collective of a kind and shape the processes compare notes.</para>
/// <para>After a failure or a cancellation the group cannot be used any more, because the processes no longer stand at the same place.</para>
/// </remarks>
public sealed unsafe class ProcessGroup : IDisposable
{
    private const long SliceMicroseconds = 20_000;

    private readonly ProcessGroupOptions options;
    private readonly Rendezvous? rendezvous;
    private readonly HashSet<string> agreed = new(StringComparer.Ordinal);
    private readonly Lock gate = new();
    private nint group;
    private long calls;
    private string? broken;
    private bool inFlight;
    private bool disposed;

    private ProcessGroup(ProcessGroupOptions options, Rendezvous? rendezvous, nint group) =>
        (this.options, this.rendezvous, this.group) = (options, rendezvous, group);

    /// <summary>Whether this build and this libtorch can connect processes at all.</summary>
    public static bool IsAvailable => NativeMethods.cg_has_gloo() != 0;

    /// <summary>This process's number, from 0.</summary>
    public int Rank => options.Rank;

    /// <summary>How many processes there are.</summary>
    public int WorldSize => options.WorldSize;

    /// <summary>Meets the other processes. A group of one needs nobody and nothing.</summary>
    /// <param name="options">Where to meet, and who this is.</param>
    /// <param name="cancellation">Gives the waiting up.</param>
    /// <exception cref="DistributedException">Somebody did not come in time (the message says who), or this build cannot connect processes.</exception>
    /// <exception cref="OperationCanceledException">Cancelled while waiting.</exception>
    public static ProcessGroup Join(ProcessGroupOptions options, CancellationToken cancellation = default)
    {
        options.Validate();
        if (options.WorldSize == 1)
        {
            return new ProcessGroup(options, null, 0);
        }

        if (!IsAvailable)
        {
            throw new DistributedException(
                "this build of the engine library has no gloo, so several processes cannot work together. " +
                "Install libgloo-dev (or use a libtorch that ships gloo's headers) and build again by running ./collimate or ./test.");
        }

        var rendezvous = Rendezvous.Open(options, cancellation);
        try
        {
            rendezvous.Assemble(cancellation);
            var address = options.Address ?? (options.File is not null || options.Host is "127.0.0.1" or "localhost" or "::1" ? "127.0.0.1" : "");
            var made = NativeMethods.cg_group_gloo(rendezvous.Handle, options.Rank, options.WorldSize, address, (long)options.Timeout.TotalMilliseconds);
            return made != 0
                ? new ProcessGroup(options, rendezvous, made)
                : throw new DistributedException($"rank {options.Rank} met the others but cannot connect to them: {NativeStatus.Message()}. Can the machines reach each other at any port? Options.Address chooses the network.");
        }
        catch
        {
            rendezvous.Dispose();
            throw;
        }
    }

    /// <summary>Joins the values of all processes, element by element, into every process's tensor.</summary>
    /// <param name="tensor">This process's values; changed in place.</param>
    /// <param name="operation">How.</param>
    /// <param name="cancellation">Gives the waiting up; the group is then unusable.</param>
    /// <exception cref="DistributedException">A process left, or does something else; the message says which where it is known.</exception>
    public void AllReduce(Tensor tensor, ReduceOperation operation = ReduceOperation.Sum, CancellationToken cancellation = default)
    {
        using var scope = new TensorScope();
        using var _ = GradMode.Disable();
        var carrier = CarrierOf(tensor);
        var sent = operation == ReduceOperation.Average ? ReduceOperation.Sum : operation;
        Run($"all-reduce {operation} of {tensor}", handle => NativeMethods.cg_all_reduce(handle, carrier.Handle, (int)sent), cancellation);
        if (operation == ReduceOperation.Average)
        {
            CopyBack(tensor, carrier.Type.IsFloatingPoint() ? carrier * (1.0 / WorldSize) : carrier.To(ScalarType.Float64) / WorldSize);
        }
        else
        {
            CopyBack(tensor, carrier);
        }
    }

    /// <summary>Copies one process's values into every process's tensor.</summary>
    /// <param name="tensor">The values; changed in place everywhere but at the root.</param>
    /// <param name="root">The rank whose values are taken.</param>
    /// <param name="cancellation">Gives the waiting up; the group is then unusable.</param>
    /// <exception cref="DistributedException">A process left, or does something else.</exception>
    public void Broadcast(Tensor tensor, int root = 0, CancellationToken cancellation = default)
    {
        CheckRank(root);
        using var scope = new TensorScope();
        using var _ = GradMode.Disable();
        var carrier = CarrierOf(tensor);
        Run($"broadcast from rank {root} of {tensor}", handle => NativeMethods.cg_broadcast(handle, carrier.Handle, root), cancellation);
        CopyBack(tensor, carrier);
    }

    /// <summary>Brings the values of all processes to every process.</summary>
    /// <param name="tensor">This process's values.</param>
    /// <param name="cancellation">Gives the waiting up; the group is then unusable.</param>
    /// <returns>One tensor a process, by rank, of the type and on the device of <paramref name="tensor"/>.</returns>
    /// <exception cref="DistributedException">A process left, or does something else.</exception>
    public Tensor[] AllGather(Tensor tensor, CancellationToken cancellation = default)
    {
        using var scope = new TensorScope();
        using var _ = GradMode.Disable();
        var carrier = CarrierOf(tensor);
        Tensor[] gathered = [.. Enumerable.Range(0, WorldSize).Select(_ => Tensor.Empty(carrier.Shape, carrier.Type))];
        if (WorldSize == 1)
        {
            gathered[0].CopyFrom_(carrier);
        }

        nint Start(nint handle)
        {
            nint[] outputs = [.. gathered.Select(t => t.Handle)];
            fixed (nint* first = outputs)
            {
                return NativeMethods.cg_all_gather(handle, first, outputs.Length, carrier.Handle);
            }
        }

        Run($"all-gather of {tensor}", Start, cancellation);
        return [.. gathered.Select(t => scope.Escape(t.To(tensor.Type).To(tensor.Device)))];
    }

    /// <summary>Waits until every process has come here.</summary>
    /// <param name="cancellation">Gives the waiting up; the group is then unusable.</param>
    /// <exception cref="DistributedException">A process left, or does something else.</exception>
    public void Barrier(CancellationToken cancellation = default) => Run("barrier", NativeMethods.cg_barrier, cancellation);

    /// <summary>Leaves the group.</summary>
    public void Dispose()
    {
        lock (gate)
        {
            if (disposed)
            {
                return;
            }

            disposed = true;
            var owned = group;
            group = 0;

            // Releasing waits for work in flight, which after a cancellation may never end; then the system closes the connections when the process ends.
            if (owned != 0 && !inFlight)
            {
                NativeMethods.cg_group_release(owned);
                rendezvous?.Dispose();
            }
        }
    }

    private void Run(string what, Func<nint, nint> start, CancellationToken cancellation)
    {
        lock (gate)
        {
            ObjectDisposedException.ThrowIf(disposed, this);
            if (broken is not null)
            {
                throw new DistributedException($"{what}: the group cannot be used any more, because {broken}. Start the processes again.");
            }

            cancellation.ThrowIfCancellationRequested();
            calls++;
            if (WorldSize == 1)
            {
                return;
            }

            try
            {
                Agree(what, cancellation);
                Complete(what, start(group), cancellation);
            }
            catch (Exception failure)
            {
                broken = $"its {what} {(failure is OperationCanceledException ? "was cancelled" : "failed")}";
                throw;
            }
        }
    }

    private void Agree(string what, CancellationToken cancellation)
    {
        if (agreed.Contains(what))
        {
            return;
        }

        var mine = $"collective {calls}: {what}";
        var notes = rendezvous!.Exchange($"agree/{agreed.Count}", mine, $"come to {mine}", cancellation);
        var other = Array.FindIndex(notes, note => note != mine);
        if (other >= 0)
        {
            throw new DistributedException(
                $"rank {Rank} does {mine}, but rank {other} does {notes[other]}. Every process must make the same calls with the same types and shapes.");
        }

        agreed.Add(what);
    }

    private void Complete(string what, nint work, CancellationToken cancellation)
    {
        if (work == 0)
        {
            throw Failed(what);
        }

        inFlight = true;
        try
        {
            while (true)
            {
                var status = NativeMethods.cg_work_poll(work, SliceMicroseconds);
                if (status != 0)
                {
                    inFlight = false;
                    if (status < 0)
                    {
                        throw Failed(what);
                    }

                    return;
                }

                cancellation.ThrowIfCancellationRequested();
            }
        }
        finally
        {
            NativeMethods.cg_work_release(work);
        }
    }

    private DistributedException Failed(string what)
    {
        var who = WorldSize == 2 ? $"rank {1 - Rank}" : "one of the other processes";
        return new DistributedException($"{what} failed on rank {Rank}: {who} has ended or does not answer ({NativeStatus.Message().Trim()}). Look at its output, and start the processes again.");
    }

    private void CheckRank(int rank)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(rank);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(rank, WorldSize);
    }

    // gloo moves contiguous memory of the processor, of a few types.
    private static Tensor CarrierOf(Tensor tensor)
    {
        var type = tensor.Type switch
        {
            ScalarType.BFloat16 => ScalarType.Float32,
            ScalarType.Bool => ScalarType.UInt8,
            ScalarType.Int16 => ScalarType.Int32,
            var same => same,
        };
        return tensor.Detach().To(Device.Cpu).To(type).Contiguous();
    }

    private static void CopyBack(Tensor tensor, Tensor carrier)
    {
        if (tensor.DataPointer != carrier.DataPointer)
        {
            tensor.Detach().CopyFrom_(carrier);
        }
    }
}
