using Collimate.Torch.Interop;

namespace Collimate.Torch.Distributed;

/// <content>How a collective is agreed upon, waited for, and what happens when it fails.</content>
public sealed unsafe partial class ProcessGroup
{
    // How soon a cancellation is noticed.
    private const int WaitSlice = 25;

    private static readonly TimeSpan ReleaseLimit = TimeSpan.FromSeconds(1);

    /// <summary>The connections are about to close: whoever holds on to the native group lets go of it.</summary>
    internal event Action? Closing;

    /// <summary>Makes something on the native group that carries tensors of a device; it is told whether they stay there.</summary>
    internal nint Native(Func<nint, bool, nint> make, Device device)
    {
        lock (gate)
        {
            ThrowIfUnusable();
            var native = GroupFor(device);
            return make(native, native != group);
        }
    }

    /// <summary>Waits for a collective that was started elsewhere; the work's handle is taken over.</summary>
    internal void Await(nint work, string doing, CancellationToken cancellationToken)
    {
        lock (gate)
        {
            if (broken is not null)
            {
                NativeMethods.cg_work_release(work);
            }

            ThrowIfUnusable();
            Finish(work, doing, cancellationToken);
        }
    }

    private static nint Connect(Rendezvous rendezvous, int rank, int worldSize, ProcessGroupOptions options, CancellationToken cancellationToken)
    {
        try
        {
            return AbandonableCall.Run(
                () => rendezvous.Use(store => NativeStatus.Check(
                    NativeMethods.cg_group_gloo(store, rank, worldSize, options.Address, Rendezvous.Milliseconds(options.Timeout)), $"connecting rank {rank} to its peers")),
                NativeMethods.cg_group_release, options.Timeout + TimeSpan.FromSeconds(5), cancellationToken);
        }
        catch (Exception failure) when (failure is TorchException or TimeoutException)
        {
            throw new ProcessGroupException(
                $"All {worldSize} ranks met at {rendezvous.Description}, but rank {rank}, which listens at '{options.Address}', could not connect to each of them " +
                $"({Rendezvous.FirstLine(failure.Message)}). Give each rank an address at which the others reach it.", failure);
        }
    }

    // A tensor that gloo can work on: contiguous, in main memory; the tensor's own memory where it is so already.
    private static Tensor Staged(Tensor tensor, ScalarType type) => tensor.Detach().To(Device.Cpu).To(type).Contiguous();

    private static void TakeBack(Tensor tensor, Tensor buffer)
    {
        if (buffer.Type != tensor.Type || buffer.DataPointer != tensor.DataPointer)
        {
            tensor.CopyFrom_(buffer);
        }
    }

    private void Agree(Collective collective, int detail, Tensor? tensor, CancellationToken cancellationToken)
    {
        ThrowIfUnusable();
        cancellationToken.ThrowIfCancellationRequested();
        var mine = CollectiveSignature.Of(++sequence, collective, detail, tensor);
        if (WorldSize == 1)
        {
            return;
        }

        var all = Gather(Tensor.From(mine.ToArray()), cancellationToken).Select(row => CollectiveSignature.From(row.ToArray<long>())).ToArray();
        if (!all.All(other => other.Equals(mine)))
        {
            var lines = all.Select((signature, rank) => $"  rank {rank}: {signature}");
            throw new ProcessGroupException(
                $"The ranks disagree on what to do together, so none of them does it:\n{string.Join('\n', lines)}\n" +
                "Every rank must call the same collectives in the same order, with tensors of the same shape and type.");
        }
    }

    private void ThrowIfUnusable()
    {
        ObjectDisposedException.ThrowIf(disposed, this);
        if (broken is not null)
        {
            throw new ProcessGroupException($"The group is of no more use since an earlier failure: {broken}");
        }
    }

    private Tensor[] Gather(Tensor input, CancellationToken cancellationToken)
    {
        Tensor[] outputs = [.. Enumerable.Range(0, WorldSize).Select(_ => Tensor.Empty(input.Shape, input.Type))];
        var handles = stackalloc nint[WorldSize];
        for (var rank = 0; rank < WorldSize; rank++)
        {
            handles[rank] = outputs[rank].Handle;
        }

        Finish(NativeMethods.cg_all_gather(group, handles, WorldSize, input.Handle), "gathering from all ranks", cancellationToken);
        return outputs;
    }

    private void Finish(nint work, string doing, CancellationToken cancellationToken)
    {
        if (work == 0)
        {
            throw Break(doing, NativeStatus.Message());
        }

        try
        {
            while (true)
            {
                var status = NativeMethods.cg_work_wait(work, WaitSlice);
                if (status > 0)
                {
                    return;
                }

                if (status < 0)
                {
                    throw Break(doing, NativeStatus.Message());
                }

                if (pulse?.Complaint() is { } complaint)
                {
                    throw Break(doing, complaint);
                }

                if (cancellationToken.IsCancellationRequested)
                {
                    broken = $"{doing} was cancelled under way";
                    ReleaseGroup();
                    throw new OperationCanceledException(cancellationToken);
                }
            }
        }
        finally
        {
            NativeMethods.cg_work_release(work);
        }
    }

    // Closing the connections first lets the peers notice at once, so that they can answer the roll call.
    private ProcessGroupException Break(string doing, string message)
    {
        broken = $"{doing} failed ({Rendezvous.FirstLine(message)})";
        ReleaseGroup();
        var silent = RollCall.AfterFailure(rendezvous!, Rank, WorldSize);
        return new ProcessGroupException(
            $"On rank {Rank} of {WorldSize} {broken}. {silent} Look at that rank's own output; then start all ranks again, from the last checkpoint. " +
            $"(Ranks wait {timeout.TotalSeconds:0.#} s for each other.)");
    }

    // NCCL's group is made on first use: by then every rank knows that its parameters lie on a GPU.
    private nint GroupFor(Device device)
    {
        if (device.Type != DeviceType.Cuda || NativeMethods.cg_has_nccl() == 0)
        {
            return group;
        }

        if (gpuGroup == 0)
        {
            gpuGroup = rendezvous!.Use(store => NativeStatus.Check(
                NativeMethods.cg_group_nccl(store, Rank, WorldSize, device.Index, Rendezvous.Milliseconds(timeout)), "connecting the ranks' GPUs"));
        }

        return gpuGroup;
    }

    // Work under way holds the native group until its time limit; nobody has to wait for that.
    private void ReleaseGroup()
    {
        Closing?.Invoke();
        Release(Interlocked.Exchange(ref gpuGroup, 0));
        Release(Interlocked.Exchange(ref group, 0));
    }

    private static void Release(nint released)
    {
        if (released == 0)
        {
            return;
        }

        try
        {
            AbandonableCall.Run(
                () =>
                {
                    NativeMethods.cg_group_release(released);
                    return true;
                },
                _ => { }, ReleaseLimit);
        }
        catch (TimeoutException)
        {
            // It goes on in the background.
        }
    }
}
