using Collimate.Torch;

namespace Collimate.Adapters;

/// <summary>A parameter of the model that an adapter trains itself and stores whole (<c>modules_to_save</c>): it exists twice, as it was and as the adapter has it.</summary>
internal sealed class SavedParameter : IDisposable
{
    private readonly Tensor parameter;
    private readonly Tensor own;
    private Tensor original;

    private SavedParameter(Plan plan)
    {
        (parameter, Entries) = (plan.Parameter, plan.Entries);
        using var scope = new TensorScope();
        original = parameter.Detach().Keep();
        own = parameter.Detach().Clone().Keep();
    }

    /// <summary>The checkpoint entries that lie in it.</summary>
    public IReadOnlyList<Entry> Entries { get; }

    /// <summary>The parameter.</summary>
    public Tensor Parameter => parameter;

    /// <summary>Whether the model has the adapter's values now.</summary>
    public bool IsActive { get; private set; }

    /// <summary>Makes the adapter's copies.</summary>
    public static SavedParameter Create(Plan plan) => new(plan);

    /// <summary>Finds the parameters of the modules that some names mean.</summary>
    /// <param name="model">The model.</param>
    /// <param name="names">Ends of paths.</param>
    /// <exception cref="AdapterException">A name means nothing, or a part of a matrix that cannot be trained apart.</exception>
    public static IReadOnlyList<Plan> PlansFor(Module model, IReadOnlyList<string> names)
    {
        if (names.Count == 0)
        {
            return [];
        }

        using var scope = new TensorScope();
        var entries = model.NamedState().ToArray();
        foreach (var name in names)
        {
            if (!entries.Any(entry => IsWithin(entry.Name, [name])))
            {
                throw new AdapterException($"no part of the model is named '{name}', which the adapter would save whole (modules_to_save).");
            }
        }

        var saved = entries.Where(entry => IsWithin(entry.Name, names)).Select(entry => (entry.Name, Address: (long)entry.Value.DataPointer, entry.Value.Shape, entry.Value.ElementCount)).ToArray();
        var plans = new List<Plan>();
        foreach (var (name, value) in model.NamedParameters())
        {
            var (begin, size) = ((long)value.DataPointer, value.Type.Size());
            var inside = saved.Where(entry => entry.Address >= begin && entry.Address < begin + (value.ElementCount * size)).ToArray();
            if (inside.Length == 0)
            {
                continue;
            }

            if (inside.Sum(entry => entry.ElementCount) != value.ElementCount)
            {
                throw new AdapterException($"{inside[0].Name} is kept in one matrix with its neighbours ({name}), so it cannot be trained and saved whole without them; name them too, or adapt it by its targets.");
            }

            plans.Add(new Plan(value, [.. inside.Select(entry => new Entry(entry.Name, (entry.Address - begin) / size, entry.Shape))]));
        }

        return plans;
    }

    /// <summary>The adapter's values of an entry, sharing memory with them.</summary>
    public Tensor ValueOf(Entry entry)
    {
        var whole = (IsActive ? parameter : own).Detach();
        return whole.View(-1).Narrow(0, entry.Offset, entry.Shape.Aggregate(1L, (product, size) => product * size)).View(entry.Shape);
    }

    /// <summary>Gives the model the adapter's values, or its own again.</summary>
    public void Switch(bool active)
    {
        if (active != IsActive)
        {
            parameter.ReplaceData(active ? own : original);
            IsActive = active;
        }
    }

    /// <summary>Makes the adapter's values the model's own.</summary>
    public void KeepForGood()
    {
        Switch(active: true);
        original.Dispose();
        original = own.Alias().Keep();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (!parameter.IsDisposed)
        {
            Switch(active: false);
        }

        own.Dispose();
        original.Dispose();
    }

    private static bool IsWithin(string entry, IReadOnlyList<string> names) =>
        entry.LastIndexOf('.') is > 0 and var end && AdapterPlan.IsSaved(entry[..end], names);

    /// <summary>A parameter that is to be saved.</summary>
    /// <param name="Parameter">The parameter.</param>
    /// <param name="Entries">The checkpoint entries that lie in it.</param>
    internal sealed record Plan(Tensor Parameter, IReadOnlyList<Entry> Entries);

    /// <summary>An entry of the checkpoint.</summary>
    /// <param name="Name">Its name.</param>
    /// <param name="Offset">Its first element in the parameter.</param>
    /// <param name="Shape">Its shape.</param>
    internal sealed record Entry(string Name, long Offset, long[] Shape);
}
