using Collimate.Torch.Interop;

namespace Collimate.Torch.Distributed;

/// <summary>Sums the gradients of parameters over the ranks of a group, in buckets that are sent while the backward pass still runs.</summary>
/// <remarks>
/// <para>PyTorch: what <c>DistributedDataParallel</c> does, but the sum instead of the mean, and in a step of its own: <see cref="Listen"/> before the last
/// backward pass of a step where it is known, then <see cref="Sum"/>. Without <see cref="Listen"/> everything is sent at the end.</para>
/// <para>The buckets follow from the parameters alone, so the sums do not depend on what was sent when. Meanwhile a second copy of all gradients is held.</para>
/// </remarks>
public sealed unsafe class GradientExchange : IDisposable
{
    /// <summary>How many bytes of gradients travel together where nothing else is said.</summary>
    public const long DefaultBucketBytes = 25_000_000;

    private readonly ProcessGroup group;
    private readonly Tensor[] parameters;
    private nint exchange;

    /// <summary>Arranges the buckets; every rank calls it with parameters of the same shapes, in the same order.</summary>
    /// <param name="group">The ranks.</param>
    /// <param name="parameters">Leaves that require gradients, roughly in the order in which the forward pass uses them: the last are sent first.</param>
    /// <param name="bucketBytes">How many bytes of gradients travel together, at least; a large parameter makes a bucket of its own.</param>
    /// <exception cref="ProcessGroupException">The ranks' parameters differ, or a rank is gone.</exception>
    public GradientExchange(ProcessGroup group, IReadOnlyList<Tensor> parameters, long bucketBytes = DefaultBucketBytes)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(bucketBytes, 1);
        this.group = group;
        this.parameters = [.. parameters.Reverse()];
        var bucketOf = Arrange(this.parameters, bucketBytes);
        Buckets = bucketOf.Length == 0 ? 0 : bucketOf[^1] + 1;
        Agree(bucketOf);
        if (Buckets > 0 && group.WorldSize > 1)
        {
            exchange = group.Native((native, onGpu) => Create(native, bucketOf, onGpu), this.parameters[0].Device);
            group.Closing += Dispose;
        }
    }

    /// <summary>How many buckets there are.</summary>
    public int Buckets { get; }

    /// <summary>How many of them were on their way before the last backward pass had ended.</summary>
    public int SentEarly { get; private set; }

    /// <summary>The next backward pass completes the gradients: sends each bucket as soon as the pass has filled it.</summary>
    public void Listen()
    {
        if (exchange != 0)
        {
            NativeStatus.Check(NativeMethods.cg_exchange_listen(exchange), "listening for gradients");
        }
    }

    /// <summary>Replaces every gradient by the sum over all ranks; a parameter without one counts as zeros where another rank has one.</summary>
    /// <param name="cancellationToken">Gives up; the group is of no more use then.</param>
    /// <exception cref="ProcessGroupException">A rank is gone, or did something else.</exception>
    public void Sum(CancellationToken cancellationToken = default)
    {
        if (exchange == 0)
        {
            return;
        }

        SentEarly = NativeMethods.cg_exchange_complete(exchange);
        NativeStatus.Check(SentEarly, "sending gradients to the other ranks");
        for (var bucket = 0; bucket < Buckets; bucket++)
        {
            Await(bucket, cancellationToken);
        }

        var flags = SumOfFlags(cancellationToken);
        for (var bucket = 0; bucket < Buckets; bucket++)
        {
            if (flags[parameters.Length + bucket] > 0)
            {
                NativeStatus.Check(NativeMethods.cg_exchange_resend(exchange, bucket), "sending gradients once more");
                Await(bucket, cancellationToken);
            }
        }

        fixed (int* anywhere = flags)
        {
            NativeStatus.Check(NativeMethods.cg_exchange_take(exchange, anywhere), "taking the sums of the gradients");
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref exchange, 0) is not 0 and var released)
        {
            group.Closing -= Dispose;
            NativeMethods.cg_exchange_release(released);
        }
    }

    // Parameters of one type and device share a bucket until it is full.
    private static int[] Arrange(Tensor[] parameters, long bucketBytes)
    {
        var bucketOf = new int[parameters.Length];
        var (bucket, bytes) = (0, 0L);
        for (var k = 0; k < parameters.Length; k++)
        {
            if (k > 0 && (bytes >= bucketBytes || parameters[k].Type != parameters[k - 1].Type || parameters[k].Device != parameters[k - 1].Device))
            {
                (bucket, bytes) = (bucket + 1, 0);
            }

            bucketOf[k] = bucket;
            bytes += parameters[k].ElementCount * parameters[k].Type.Size();
        }

        return bucketOf;
    }

    // Gloo ends the process whose peer sends a message of another size, so a disagreement has to be found before.
    private void Agree(int[] bucketOf)
    {
        using var scope = new TensorScope();
        var hash = parameters.Zip(bucketOf).Aggregate(17L, (so, each) => unchecked((so * 1_000_003) ^ each.First.ElementCount ^ ((long)each.Second << 40) ^ ((long)each.First.Type << 56)));
        var all = group.AllGather(Tensor.From([parameters.Length, Buckets, hash])).Select(each => each.ToArray<long>()).ToArray();
        if (all.Any(each => !each.SequenceEqual(all[0])))
        {
            var counts = all.Select((each, rank) => $"rank {rank} {each[0]} in {each[1]} buckets");
            throw new ProcessGroupException($"The ranks train parameters of different shapes or number: {string.Join(", ", counts)}. Start every rank with the same recipe.");
        }
    }

    private nint Create(nint native, int[] bucketOf, bool onGpu)
    {
        var handles = parameters.Select(parameter => parameter.Handle).ToArray();
        fixed (nint* first = handles)
        fixed (int* buckets = bucketOf)
        {
            var created = NativeMethods.cg_exchange_new(native, first, buckets, handles.Length, Buckets, onGpu ? 1 : 0);
            GC.KeepAlive(parameters);
            return NativeStatus.Check(created, "arranging gradients in buckets");
        }
    }

    private void Await(int bucket, CancellationToken cancellationToken) =>
        group.Await(NativeMethods.cg_exchange_work(exchange, bucket), $"summing gradients (bucket {bucket} of {Buckets})", cancellationToken);

    private int[] SumOfFlags(CancellationToken cancellationToken)
    {
        var flags = new int[parameters.Length + Buckets];
        fixed (int* first = flags)
        {
            NativeStatus.Check(NativeMethods.cg_exchange_flags(exchange, first), "asking which gradients there are");
        }

        using var scope = new TensorScope();
        var sums = Tensor.From(flags);
        group.AllReduce(sums, cancellationToken: cancellationToken);
        return sums.ToArray<int>();
    }
}
