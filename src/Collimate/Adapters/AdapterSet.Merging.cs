using Collimate.Torch;
using Collimate.Torch.Layers;

namespace Collimate.Adapters;

/// <content>Merging: the model computes with adapters as fast as without.</content>
public sealed partial class AdapterSet
{
    private readonly List<(ILinearMap Map, Tensor Original)> originals = [];

    /// <summary>Whether the active adapters are merged into the model's weights.</summary>
    public bool IsMerged { get; private set; }

    /// <summary>
    /// Writes the active adapters into the weights they are on. The original weights are kept, at the price of their memory, so that
    /// <see cref="Unmerge"/> brings back every bit: taking a rounded sum apart again would not.
    /// </summary>
    /// <param name="type">
    /// The type of merged weights; the one they are stored in where null. Sums are computed in single precision and rounded once, so in a half
    /// type the merged model differs from the unmerged by that rounding.
    /// </param>
    /// <exception cref="InvalidOperationException">The adapters are merged already, or disabled.</exception>
    public void Merge(ScalarType? type = null)
    {
        if (disabled > 0)
        {
            throw new InvalidOperationException("The adapters are disabled, so there is nothing to merge; let that region end first.");
        }

        RefuseWhileMerged("merged");
        var layers = active.Select(EntryOf).SelectMany(entry => entry.Layers).GroupBy(layer => layer.Site.Map).ToArray();
        var merged = new List<(ILinearMap Map, Tensor Value)>();
        try
        {
            foreach (var group in layers)
            {
                merged.Add((group.Key, Sum(group.Key, [.. group], type ?? group.Key.Weight.Type).Keep()));
            }
        }
        catch
        {
            merged.ForEach(pair => pair.Value.Dispose());
            throw;
        }

        foreach (var (map, value) in merged)
        {
            originals.Add((map, map.Weight.Detach().Keep()));
            map.Weight.ReplaceData(value);
            value.Dispose();
        }

        IsMerged = true;
        Connect();
    }

    /// <summary>Brings the original weights back, the very same bits.</summary>
    /// <exception cref="InvalidOperationException">The adapters are not merged.</exception>
    public void Unmerge()
    {
        if (!IsMerged)
        {
            throw new InvalidOperationException("The adapters are not merged.");
        }

        foreach (var (map, original) in originals)
        {
            map.Weight.ReplaceData(original);
        }

        ReleaseOriginals();
        IsMerged = false;
        Connect();
    }

    /// <summary>Writes the active adapters into the weights for good and releases all adapters: the model is then one without any. For export.</summary>
    /// <param name="type">The type of merged weights, as for <see cref="Merge"/>.</param>
    /// <exception cref="InvalidOperationException">The adapters are disabled.</exception>
    public void MergeForGood(ScalarType? type = null)
    {
        if (!IsMerged)
        {
            Merge(type);
        }

        ReleaseOriginals();
        IsMerged = false;
        foreach (var saved in active.Select(EntryOf).SelectMany(entry => entry.Saved))
        {
            saved.KeepForGood();
        }

        foreach (var name in Names)
        {
            Remove(name);
        }
    }

    private static Tensor Sum(ILinearMap map, LowRankAdapter[] layers, ScalarType type)
    {
        using var scope = new TensorScope();
        using var _ = GradMode.Disable();
        var compute = layers[0].Site.ComputeType;
        var whole = map.Weight.Detach().To(compute);
        var result = whole.Clone();
        foreach (var rows in layers.GroupBy(layer => layer.Site.Start))
        {
            var site = rows.First().Site;
            var before = whole.Narrow(0, site.Start, site.Outputs);
            var after = rows.First().Merged(before);
            foreach (var other in rows.Skip(1))
            {
                after = after + (other.Merged(before) - before);
            }

            result.Narrow(0, site.Start, site.Outputs).CopyFrom_(after);
        }

        return scope.Escape(result.To(type));
    }

    private void ReleaseOriginals()
    {
        originals.ForEach(pair => pair.Original.Dispose());
        originals.Clear();
    }

    private void RefuseWhileMerged(string what)
    {
        if (IsMerged)
        {
            throw new InvalidOperationException($"Adapters cannot be {what} while they are merged; unmerge them first.");
        }
    }
}
