using Collimate.Torch.Serialization;

namespace Collimate.Torch;

/// <summary>Brings a checkpoint's values into a module, all of them or none.</summary>
internal static class StateDictLoader
{
    private const int MostLines = 20;

    internal static void Load(Module module, IReadOnlyDictionary<string, Tensor> state, bool strict, string origin)
    {
        (state, strict) = LenientLoading.Admit(module, state, strict, origin);
        using var scope = new TensorScope();
        using var _ = GradMode.Disable();
        Check(Targets(module), state, strict, origin);
        module.DrawDeferred(new HashSet<Tensor>());
        foreach (var (name, target) in Targets(module))
        {
            if (state.TryGetValue(name, out var value))
            {
                target.CopyFrom_(value);
            }
        }
    }

    internal static void Adopt(Module module, IReadOnlyDictionary<string, Tensor> state, ScalarType? type, bool strict, string origin)
    {
        (state, strict) = LenientLoading.Admit(module, state, strict, origin);
        using var scope = new TensorScope();
        using var _ = GradMode.Disable();
        var targets = Targets(module);
        Check(targets, state, strict, origin);
        // All conversions come first, so that running out of memory leaves the module as it was.
        var left = state.Keys.Where(targets.ContainsKey).ToHashSet(StringComparer.Ordinal);
        var adopted = module.Adopted("", name => left.Remove(name) ? Converted(state[name], targets[name].Type, type) : null).ToList();
        foreach (var (target, value) in adopted)
        {
            target.Grad = null;
            target.ReplaceData(value);
        }

        module.DrawDeferred(adopted.Select(pair => pair.Target).ToHashSet());
        if (left.Count > 0)
        {
            // A module that shows its state under other names than its own takes copies.
            foreach (var (name, target) in Targets(module).Where(entry => left.Contains(entry.Key)))
            {
                target.CopyFrom_(state[name]);
            }
        }
    }

    private static SortedDictionary<string, Tensor> Targets(Module module) =>
        new(module.NamedState().ToDictionary(entry => entry.Name, entry => entry.Value), StringComparer.Ordinal);

    private static Tensor Converted(Tensor value, ScalarType held, ScalarType? wanted) =>
        held.IsFloatingPoint() ? value.Detach().To(wanted ?? (value.Type.IsFloatingPoint() ? value.Type : held)).Contiguous() : value.Detach().To(held).Contiguous();

    private static void Check(SortedDictionary<string, Tensor> targets, IReadOnlyDictionary<string, Tensor> state, bool strict, string origin)
    {
        var problems = Differences(targets, state, strict).ToList();
        if (problems.Count > 0)
        {
            var shown = problems.Take(MostLines).Select(line => $"  {line}");
            var rest = problems.Count > MostLines ? $"\n  … and {problems.Count - MostLines} more" : "";
            var differ = problems.Count == 1 ? "1 tensor differs" : $"{problems.Count} tensors differ";
            throw new CheckpointException(
                $"{origin} does not fit the model that its configuration describes ({targets.Count} tensors are expected, {state.Count} were found, {differ}):\n" +
                $"{string.Join('\n', shown)}{rest}\nUse the configuration file that belongs to these weights, or take over what fits with --strict=false.") { Place = origin };
        }
    }

    private static IEnumerable<string> Differences(SortedDictionary<string, Tensor> targets, IReadOnlyDictionary<string, Tensor> state, bool strict)
    {
        foreach (var (name, target) in targets)
        {
            if (!state.TryGetValue(name, out var value))
            {
                if (strict)
                {
                    yield return $"missing     {name} {target}";
                }
            }
            else if (!value.Shape.SequenceEqual(target.Shape))
            {
                yield return $"shape       {name}: found {value}, expected {target}";
            }
        }

        if (!strict)
        {
            yield break;
        }

        foreach (var name in state.Keys.Where(name => !targets.ContainsKey(name)).Order(StringComparer.Ordinal))
        {
            yield return $"unexpected  {name} {state[name]}";
        }
    }
}
