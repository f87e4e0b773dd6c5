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

    // What a module shows under a checkpoint's names are views of its parameters' memory, whatever it calls and however it packs them. So the
    // views say which tensors of the checkpoint, one behind the other, are the whole of a parameter; only where they are not is anything copied.
    internal static void Adopt(Module module, IReadOnlyDictionary<string, Tensor> state, ScalarType? type, bool strict, string origin)
    {
        (state, strict) = LenientLoading.Admit(module, state, strict, origin);
        using var scope = new TensorScope();
        using var _ = GradMode.Disable();
        var targets = Targets(module);
        Check(targets, state, strict, origin);
        var (whole, partly) = Owners(module, targets.Where(target => state.ContainsKey(target.Key)));
        // All conversions come first, so that running out of memory leaves the module as it was.
        var adopted = whole.Select(owner => (owner.Tensors, Value: owner.Value(name => Converted(state[name], targets[name], type)))).ToList();
        foreach (var (tensors, value) in adopted)
        {
            foreach (var tensor in tensors)
            {
                tensor.Grad = null;
                tensor.ReplaceData(value.View(tensor.Shape));
            }
        }

        module.DrawDeferred(adopted.SelectMany(pair => pair.Tensors).ToHashSet());
        CopyPartly(module, partly, state, type);
    }

    private static (List<MemoryOwner> Whole, List<MemoryOwner> Partly) Owners(Module module, IEnumerable<KeyValuePair<string, Tensor>> views)
    {
        var owners = MemoryOwner.Of(module.NamedParameters().Concat(module.NamedBuffers()).Select(entry => entry.Value));
        foreach (var (name, view) in views)
        {
            MemoryOwner.Find(owners, view)?.Add(name, view);
        }

        return (owners.FindAll(owner => owner.IsTiled), owners.FindAll(owner => owner.IsSeen && !owner.IsTiled));
    }

    private static void CopyPartly(Module module, List<MemoryOwner> partly, IReadOnlyDictionary<string, Tensor> state, ScalarType? type)
    {
        if (partly.Count == 0)
        {
            return;
        }

        foreach (var tensor in partly.SelectMany(owner => owner.Tensors))
        {
            tensor.Grad = null;
            tensor.ReplaceData(type is { } wanted && tensor.Type.IsFloatingPoint() ? tensor.Detach().To(wanted) : tensor.Detach());
        }

        var now = Targets(module);
        foreach (var name in partly.SelectMany(owner => owner.Names))
        {
            now[name].CopyFrom_(state[name]);
        }
    }

    private static SortedDictionary<string, Tensor> Targets(Module module) =>
        new(module.NamedState().ToDictionary(entry => entry.Name, entry => entry.Value), StringComparer.Ordinal);

    private static Tensor Converted(Tensor value, Tensor target, ScalarType? wanted)
    {
        var type = !target.Type.IsFloatingPoint() ? target.Type : wanted ?? (value.Type.IsFloatingPoint() ? value.Type : target.Type);
        return value.Detach().To(type).To(target.Device).Contiguous();
    }

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
