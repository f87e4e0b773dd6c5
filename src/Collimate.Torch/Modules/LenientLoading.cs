namespace Collimate.Torch;

/// <summary>
/// A stretch of code in which a checkpoint that does not fit its model is no error: what fits is taken over, what does not is left out and
/// listed. A tensor that the checkpoint lacks keeps its freshly drawn values. For this thread alone.
/// </summary>
public sealed class LenientLoading : IDisposable
{
    [ThreadStatic]
    private static LenientLoading? current;

    private readonly LenientLoading? outer;
    private readonly List<StateDictDifference> ignored = [];

    private LenientLoading() => outer = current;

    /// <summary>What was left out so far.</summary>
    public IReadOnlyList<StateDictDifference> Ignored => ignored;

    /// <summary>Opens such a stretch; it ends when the returned value is disposed.</summary>
    public static LenientLoading Begin() => current = new LenientLoading();

    /// <inheritdoc/>
    public void Dispose() => current = outer;

    /// <summary>The part of a state dict that may be loaded: within such a stretch what fits, otherwise all of it.</summary>
    internal static (IReadOnlyDictionary<string, Tensor> State, bool Strict) Admit(Module module, IReadOnlyDictionary<string, Tensor> state, bool strict, string origin)
    {
        if (!strict || current is null)
        {
            return (state, strict);
        }

        using var scope = new TensorScope();
        var differences = Differences(module.NamedState().ToDictionary(entry => entry.Name, entry => entry.Value), state, origin).ToArray();
        current.ignored.AddRange(differences);
        var names = differences.Select(difference => difference.Name).ToHashSet(StringComparer.Ordinal);
        return (state.Where(entry => !names.Contains(entry.Key)).ToDictionary(entry => entry.Key, entry => entry.Value), false);
    }

    private static IEnumerable<StateDictDifference> Differences(Dictionary<string, Tensor> targets, IReadOnlyDictionary<string, Tensor> state, string origin)
    {
        foreach (var name in targets.Keys.Union(state.Keys).Order(StringComparer.Ordinal))
        {
            var (target, value) = (targets.GetValueOrDefault(name), state.GetValueOrDefault(name));
            if (target is null || value is null)
            {
                var kind = value is null ? StateDictDifferenceKind.Missing : StateDictDifferenceKind.Unexpected;
                yield return new StateDictDifference(origin, kind, name, value?.ToString(), target?.ToString());
            }
            else if (!target.Shape.SequenceEqual(value.Shape))
            {
                yield return new StateDictDifference(origin, StateDictDifferenceKind.Shape, name, value.ToString(), target.ToString());
            }
        }
    }
}
