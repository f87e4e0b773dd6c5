using Collimate.Torch;
using Collimate.Torch.Layers;

namespace Collimate.Adapters;

/// <summary>What the active adapters of one matrix do to its result.</summary>
/// <param name="map">The matrix.</param>
/// <param name="adapters">Those that are active; several may be on the same rows, and what they change then adds up.</param>
internal sealed class AdaptedMap(ILinearMap map, IReadOnlyList<LowRankAdapter> adapters) : ILinearChange
{
    /// <summary>The adapters.</summary>
    public IReadOnlyList<LowRankAdapter> Adapters => adapters;

    /// <inheritdoc/>
    public Tensor Apply(Tensor x, Tensor output)
    {
        using var scope = new TensorScope();
        var addends = new List<RowAddition.Addend>();
        var scaled = new List<(AdapterSite Site, Tensor Factors)>();
        foreach (var adapter in adapters)
        {
            var site = adapter.Site;
            var factors = adapter.RowFactors();
            var dropped = adapter.Drop(x);                                     // [..., inputs]
            var added = adapter.Product(dropped, factors);                     // [..., outputs of the site]
            if (factors is not null && adapter.Drops)
            {
                // Dropout acts on all that DoRA changes: y = W·x + (c − 1)·W·drop(x) + c·s·B·A·drop(x).
                added += dropped.Linear(map.Weight.Narrow(0, site.Start, site.Outputs).To(dropped.Type)) * (factors - 1);
            }
            else if (factors is not null)
            {
                scaled.Add((site, factors));
            }

            addends.Add(new RowAddition.Addend(site.Start, site.Outputs, added.To(output.Type)));
        }

        var result = scaled.Count > 0 ? Scaled(output, Factors(scaled)) : output;
        return Escaped(scope, RowAddition.Run(result, addends), output);
    }

    private static Tensor Escaped(TensorScope scope, Tensor result, Tensor output) => ReferenceEquals(result, output) ? result : scope.Escape(result);

    // c·W·x + b from W·x + b: the bias is none of DoRA's business. Where c is 1 the result is the same to the last bit.
    private Tensor Scaled(Tensor output, Tensor factors)
    {
        var result = output * factors;
        return (map.Bias is null ? result : result + (map.Bias * (1 - factors))).To(output.Type);
    }

    // One factor for each of the matrix's rows, 1 where no DoRA is.
    private Tensor Factors(List<(AdapterSite Site, Tensor Factors)> scaled)
    {
        var byStart = new SortedDictionary<int, Tensor>();
        foreach (var (site, factors) in scaled)
        {
            byStart[site.Start] = byStart.TryGetValue(site.Start, out var others) ? others + (factors - 1) : factors;
        }

        var (parts, reached, rows) = (new List<Tensor>(), 0L, map.Weight.Size(0));
        foreach (var (start, factors) in byStart)
        {
            AddOnes(start);
            parts.Add(factors);
            reached = start + factors.Size(0);
        }

        AddOnes(rows);
        return parts.Count == 1 ? parts[0] : Tensor.Cat(parts);

        void AddOnes(long upTo)
        {
            if (upTo > reached)
            {
                parts.Add(Tensor.Ones([upTo - reached], parts.Count > 0 ? parts[0].Type : scaled[0].Factors.Type, map.Weight.Device));
            }
        }
    }
}
