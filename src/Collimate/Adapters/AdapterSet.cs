using Collimate.Torch;

namespace Collimate.Adapters;

/// <summary>
/// The adapters of one model, by name: low-rank changes of its linear layers that are trained, stored, switched and merged apart from the
/// model's own weights.
/// </summary>
/// <remarks>
/// An adapter's tensors are parameters of the model, so that optimizers, replicas and devices take them along, but no part of its state dict:
/// the model's checkpoints stay what they are without adapters, and load with or without them. The set lives as long as the model.
/// </remarks>
public sealed partial class AdapterSet : Module
{
    private readonly Module model;
    private readonly Dictionary<string, Entry> entries = new(StringComparer.Ordinal);
    private readonly List<string> active = [];
    private int disabled;
    private ulong? passSeed;

    private AdapterSet(Module model) => this.model = model;

    /// <summary>The adapters' names, in the order in which they were added.</summary>
    public IReadOnlyList<string> Names => [.. entries.Values.OrderBy(entry => entry.Number).Select(entry => entry.Name)];

    /// <summary>The names of those that take part in what the model computes.</summary>
    public IReadOnlyList<string> Active => active;

    /// <summary>A model's set of adapters; an empty one is made where it has none.</summary>
    /// <param name="model">The model, as a whole: paths in patterns and files begin here.</param>
    public static AdapterSet Of(Module model)
    {
        if (Find(model) is { } found)
        {
            return found;
        }

        var made = new AdapterSet(model);
        model.Attach("adapters", made);
        return made;
    }

    /// <summary>A model's set of adapters, or null where it has none.</summary>
    /// <param name="model">The model.</param>
    public static AdapterSet? Find(Module model) =>
        model.NamedModules().Select(entry => entry.Module).OfType<AdapterSet>().FirstOrDefault(set => ReferenceEquals(set.model, model));

    /// <summary>Puts a new adapter on the model and makes it active beside those that are. The model's own weights are frozen.</summary>
    /// <param name="name">Its name; letters, digits, <c>_</c> and <c>-</c>.</param>
    /// <param name="config">Where it goes and of what kind it is.</param>
    /// <param name="generator">Draws its first values, by which the model is not changed yet.</param>
    /// <exception cref="AdapterException">The name is taken, or the configuration does not fit the model. Nothing has been changed then.</exception>
    /// <exception cref="InvalidOperationException">The adapters are merged.</exception>
    public void Add(string name, AdapterConfig config, Generator? generator = null) => Add(name, AdapterPlan.Make(model, config, everyName: true), generator);

    /// <summary>The configuration of an adapter.</summary>
    /// <exception cref="AdapterException">There is none of that name.</exception>
    public AdapterConfig ConfigOf(string name) => EntryOf(name).Config;

    /// <summary>The parameters that training an adapter changes.</summary>
    /// <exception cref="AdapterException">There is none of that name.</exception>
    public IReadOnlyList<Tensor> ParametersOf(string name)
    {
        var entry = EntryOf(name);
        return [.. entry.Layers.SelectMany(layer => layer.Parameters()), .. entry.Saved.Select(saved => saved.Parameter)];
    }

    /// <summary>What an adapter's file holds, as views of its tensors: names as PEFT gives them, below <c>base_model.model.</c></summary>
    /// <exception cref="AdapterException">There is none of that name.</exception>
    public IReadOnlyList<(string Name, Tensor Value)> StateOf(string name)
    {
        var state = new List<(string, Tensor)>();
        var entry = EntryOf(name);
        foreach (var layer in entry.Layers)
        {
            state.Add((layer.Site.Path + AdapterPlan.ASuffix, layer.A.Detach()));
            state.Add((layer.Site.Path + AdapterPlan.BSuffix, layer.B.Detach()));
            if (layer.Magnitude is { } magnitude)
            {
                state.Add((layer.Site.Path + AdapterPlan.MagnitudeSuffix, magnitude.Detach()));
            }
        }

        state.AddRange(entry.Saved.SelectMany(saved => saved.Entries.Select(part => (part.Name, saved.ValueOf(part)))));
        return state;
    }

    /// <summary>The paths of the layers that an adapter is on, as checkpoints name them.</summary>
    /// <exception cref="AdapterException">There is none of that name.</exception>
    public IReadOnlyList<string> PathsOf(string name) => [.. EntryOf(name).Layers.Select(layer => layer.Site.Path)];

    /// <summary>Takes an adapter off the model and releases it.</summary>
    /// <exception cref="AdapterException">There is none of that name.</exception>
    /// <exception cref="InvalidOperationException">The adapters are merged.</exception>
    public void Remove(string name)
    {
        var entry = EntryOf(name);
        RefuseWhileMerged("removed");
        active.Remove(name);
        entries.Remove(name);
        Connect();
        foreach (var layer in entry.Layers)
        {
            layer.Site.Owner.Detach(layer);
            layer.Dispose();
        }

        foreach (var saved in entry.Saved)
        {
            saved.Dispose();
        }
    }

    /// <summary>Chooses which adapters take part; the others wait.</summary>
    /// <exception cref="AdapterException">There is none of that name, or two of them store the same part of the model whole.</exception>
    /// <exception cref="InvalidOperationException">The adapters are merged.</exception>
    public void Activate(params IReadOnlyList<string> names)
    {
        RefuseWhileMerged("switched");
        string[] chosen = [.. names.Distinct()];
        CheckSaved([.. chosen.Select(EntryOf)]);
        active.Clear();
        active.AddRange(chosen);
        Connect();
    }

    /// <summary>Leaves the model as it is without adapters until the returned value is disposed, as a reference model for instance. Such stretches may nest.</summary>
    /// <exception cref="InvalidOperationException">The adapters are merged.</exception>
    public IDisposable Disabled()
    {
        RefuseWhileMerged("disabled");
        disabled++;
        Connect();
        return new Region(() =>
        {
            disabled--;
            Connect();
        });
    }

    /// <summary>
    /// Prepares for a stretch of training in which some adapters learn. One that has never learnt (its B is zero) follows the model's weights as
    /// they are now: it is brought to change nothing, and left out where it does not learn.
    /// </summary>
    /// <param name="learns">Which adapters learn.</param>
    internal void Prepare(Func<string, bool> learns)
    {
        RenewUntouched();
        Activate([.. Names.Where(name => learns(name) || entries[name].Layers.Exists(layer => layer.IsTouched))]);
    }

    /// <summary>Gives DoRA's lengths that have never learnt the values that belong to the weights as they are now.</summary>
    internal void RenewUntouched()
    {
        if (IsMerged)
        {
            return;
        }

        foreach (var layers in entries.Values.Select(entry => entry.Layers).Where(layers => !layers.Exists(layer => layer.IsTouched)))
        {
            layers.ForEach(layer => layer.RenewMagnitude());
        }
    }

    /// <summary>
    /// Announces a forward pass: until the returned value is disposed, what dropout leaves out follows from the seed alone. Without it, dropout
    /// draws from libtorch's own generator.
    /// </summary>
    /// <param name="seed">Another number for each pass.</param>
    public IDisposable Pass(ulong seed)
    {
        var before = passSeed;
        passSeed = seed;
        return new Region(() => passSeed = before);
    }

    /// <summary>Puts an adapter on the model as a plan says; nothing fails after the first change.</summary>
    internal void Add(string name, AdapterPlan plan, Generator? generator)
    {
        RefuseWhileMerged("added");
        if (name.Length == 0 || !name.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '_' or '-'))
        {
            throw new AdapterException($"'{name}' is no name for an adapter; take letters, digits, _ and -.");
        }

        if (entries.ContainsKey(name))
        {
            throw new AdapterException($"the model has an adapter '{name}' already; remove it first, or take another name.");
        }

        var made = new Entry(name, plan.Config, entries.Count == 0 ? 0 : entries.Values.Max(entry => entry.Number) + 1, plan.Layers.Count);
        try
        {
            foreach (var (site, rank, alpha) in plan.Layers)
            {
                var dropout = new AdapterDropout(plan.Config.Dropout, AdapterDropout.Hash($"{name}/{site.Path}"), () => passSeed);
                made.Layers.Add(new LowRankAdapter(site, plan.Config, rank, alpha, dropout, generator));
            }

            CheckSaved([.. active.Select(EntryOf), made], plan.Saved);
            made.Saved.AddRange(plan.Saved.Select(SavedParameter.Create));
        }
        catch
        {
            made.Layers.ForEach(layer => layer.Dispose());
            throw;
        }

        Install(made);
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        ReleaseOriginals();
        foreach (var saved in entries.Values.SelectMany(entry => entry.Saved))
        {
            saved.Dispose();
        }

        base.Dispose(disposing);
    }

    private void Install(Entry made)
    {
        var adapters = entries.Values.Append(made).SelectMany(entry => entry.Layers).SelectMany(layer => layer.Parameters())
            .Concat(entries.Values.Append(made).SelectMany(entry => entry.Saved).Select(saved => saved.Parameter)).ToHashSet();
        foreach (var parameter in model.Parameters().Where(parameter => !adapters.Contains(parameter)))
        {
            parameter.RequiresGrad = false;
        }

        foreach (var layer in made.Layers)
        {
            layer.Site.Owner.Attach($"adapters.{made.Name}.{layer.Site.Name}", layer);
        }

        foreach (var saved in made.Saved)
        {
            saved.Parameter.RequiresGrad = true;
        }

        entries.Add(made.Name, made);
        active.Add(made.Name);
        Connect();
    }

    // Layers without an active adapter are left as fast as they were.
    private void Connect()
    {
        var taking = disabled > 0 || IsMerged ? [] : active.Select(EntryOf).ToArray();
        foreach (var owner in entries.Values.SelectMany(entry => entry.Layers).Select(layer => layer.Site.Map).Distinct())
        {
            var mine = taking.SelectMany(entry => entry.Layers).Where(layer => ReferenceEquals(layer.Site.Map, owner)).ToArray();
            owner.Change = mine.Length == 0 ? null : new AdaptedMap(owner, mine);
        }

        var shown = disabled > 0 ? [] : active.Select(EntryOf).SelectMany(entry => entry.Saved).ToHashSet();
        foreach (var saved in entries.Values.SelectMany(entry => entry.Saved).OrderBy(shown.Contains))
        {
            saved.Switch(shown.Contains(saved));
        }
    }

    private static void CheckSaved(IReadOnlyList<Entry> together, IReadOnlyList<SavedParameter.Plan>? plans = null)
    {
        var taken = new HashSet<string>(StringComparer.Ordinal);
        var saved = together.SelectMany(entry => entry.Saved).SelectMany(parameter => parameter.Entries).Concat((plans ?? []).SelectMany(plan => plan.Entries));
        if (saved.FirstOrDefault(entry => !taken.Add(entry.Name)) is { } twice)
        {
            throw new AdapterException($"two adapters store {twice.Name} whole, so they cannot be active together; activate one of them.");
        }
    }

    private Entry EntryOf(string name) => entries.TryGetValue(name, out var entry)
        ? entry
        : throw new AdapterException($"the model has no adapter '{name}'; {(entries.Count == 0 ? "it has none" : $"there are {string.Join(", ", Names)}")}.");

    private sealed record Entry(string Name, AdapterConfig Config, int Number, int Count)
    {
        public List<LowRankAdapter> Layers { get; } = new(Count);

        public List<SavedParameter> Saved { get; } = [];
    }

    private sealed class Region(Action end) : IDisposable
    {
        private Action? end = end;

        public void Dispose() => Interlocked.Exchange(ref end, null)?.Invoke();
    }
}
