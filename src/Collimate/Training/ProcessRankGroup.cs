using Collimate.Torch;
using Collimate.Torch.Distributed;

namespace Collimate.Training;

/// <summary>Processes that train one model together over the network.</summary>
/// <param name="group">The processes; owned from now on.</param>
public sealed class ProcessRankGroup(ProcessGroup group) : IRankGroup, IDisposable
{
    private GradientExchange? exchange;
    private IReadOnlyList<Tensor>? arranged;

    /// <inheritdoc/>
    public int Rank => group.Rank;

    /// <inheritdoc/>
    public int Count => group.WorldSize;

    /// <summary>
    /// All parameters of the model in the order in which it was built, which is about the order of the forward pass; gradients are sent in the opposite order.
    /// Without it, in that of the optimizer, which has biases and norms of all layers together and so leaves less to be sent early.
    /// </summary>
    public IReadOnlyList<Tensor> ForwardOrder { get; set; } = [];

    /// <summary>How many bytes of gradients travel together; set before the first step.</summary>
    public long BucketBytes { get; init; } = GradientExchange.DefaultBucketBytes;

    /// <summary>Of how many buckets in all, how many were on their way before the last step's backward pass had ended.</summary>
    public (int Early, int All) Sent => (exchange?.SentEarly ?? 0, exchange?.Buckets ?? 0);

    /// <summary>Joins the others as the environment says.</summary>
    /// <param name="environment">This process's place among them.</param>
    /// <param name="cancellation">Stops waiting for them.</param>
    /// <exception cref="ProcessGroupException">Not all ranks came.</exception>
    /// <exception cref="RunException">The meeting point cannot be used.</exception>
    public static ProcessRankGroup Join(RankEnvironment environment, CancellationToken cancellation = default)
    {
        var options = new ProcessGroupOptions { Timeout = environment.Timeout, Address = environment.OwnAddress() };
        return new ProcessRankGroup(ProcessGroup.Create(environment.Meet(cancellation), environment.Rank, environment.WorldSize, options, cancellation));
    }

    /// <inheritdoc/>
    public void ExpectGradients(IReadOnlyList<Tensor> parameters) => Exchange(parameters).Listen();

    /// <inheritdoc/>
    public void SumGradients(IReadOnlyList<Tensor> parameters) => Exchange(parameters).Sum();

    /// <inheritdoc/>
    public void Sum(Span<double> values)
    {
        using var scope = new TensorScope();
        var sums = Tensor.From(values.ToArray());
        group.AllReduce(sums);
        sums.ToArray<double>().CopyTo(values);
    }

    /// <inheritdoc/>
    public IReadOnlyList<Tensor> Gather(Tensor tensor) => group.AllGather(tensor);

    /// <summary>Tells the others why this process leaves them.</summary>
    public void LeaveBecause(Exception failure) => group.LastWords = failure.Message;

    /// <inheritdoc/>
    public void Dispose()
    {
        exchange?.Dispose();
        group.Dispose();
    }

    private GradientExchange Exchange(IReadOnlyList<Tensor> parameters)
    {
        if (exchange is null || !arranged!.SequenceEqual(parameters, ReferenceEqualityComparer.Instance as IEqualityComparer<Tensor>))
        {
            exchange?.Dispose();
            var places = new Dictionary<Tensor, int>(ReferenceEqualityComparer.Instance as IEqualityComparer<Tensor>);
            foreach (var parameter in ForwardOrder)
            {
                places.TryAdd(parameter, places.Count);
            }

            exchange = new GradientExchange(group, [.. parameters.OrderBy(parameter => places.GetValueOrDefault(parameter, int.MaxValue))], BucketBytes);
            arranged = [.. parameters];
        }

        return exchange;
    }
}
