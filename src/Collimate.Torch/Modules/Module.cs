namespace Collimate.Torch;

/// <summary>A part of a network: named parameters, buffers and smaller parts, whose names make up the state dict. PyTorch: <c>torch.nn.Module</c>.</summary>
/// <remarks>Registration is explicit and in order; names may hold dots, so that a module can carry exactly the names that Hugging Face gives it.</remarks>
public abstract class Module : IDisposable
{
    private readonly List<(string Name, Tensor Value)> parameters = [];
    private readonly List<(string Name, Tensor Value)> buffers = [];
    private readonly List<(string Name, Module Child)> children = [];
    private readonly List<(string Name, Module Part)> attachments = [];
    private readonly List<(Tensor Parameter, Func<Tensor> Draw)> undrawn = [];

    /// <summary>Whether dropout and the like behave as in training.</summary>
    public bool IsTraining { get; private set; }

    /// <summary>How many numbers the parameters hold.</summary>
    public long ParameterCount => Parameters().Sum(p => p.ElementCount);

    /// <summary>Every parameter with its full name, in the order of registration.</summary>
    /// <param name="prefix">What the names begin with.</param>
    public IEnumerable<(string Name, Tensor Value)> NamedParameters(string prefix = "") => Walk(prefix, module => module.parameters);

    /// <summary>Every buffer (kept in checkpoints, never trained) with its full name.</summary>
    /// <param name="prefix">What the names begin with.</param>
    public IEnumerable<(string Name, Tensor Value)> NamedBuffers(string prefix = "") => Walk(prefix, module => module.buffers);

    /// <summary>Every parameter.</summary>
    public IEnumerable<Tensor> Parameters() => NamedParameters().Select(p => p.Value);

    /// <summary>What checkpoints hold: parameters and buffers under the names that checkpoints use, as views that share memory with the module's own.</summary>
    /// <remarks>Override where a module stores as one what checkpoints hold apart.</remarks>
    /// <param name="prefix">What the names begin with: empty, or the module's own name with a dot at its end.</param>
    public virtual IEnumerable<(string Name, Tensor Value)> NamedState(string prefix = "")
    {
        foreach (var (name, value) in parameters.Concat(buffers))
        {
            yield return (prefix + name, value.Detach());
        }

        foreach (var (name, child) in children)
        {
            foreach (var entry in child.NamedState($"{prefix}{name}."))
            {
                yield return entry;
            }
        }
    }

    /// <summary>This module and all its parts with their full names, each before its own parts. PyTorch: <c>named_modules</c>.</summary>
    /// <param name="name">This module's own name.</param>
    public IEnumerable<(string Name, Module Module)> NamedModules(string name = "")
    {
        yield return (name, this);
        foreach (var (own, child) in children.Concat(attachments))
        {
            foreach (var entry in child.NamedModules(name.Length == 0 ? own : $"{name}.{own}"))
            {
                yield return entry;
            }
        }
    }

    /// <summary>What a checkpoint holds, by name in ordinal order.</summary>
    public IReadOnlyDictionary<string, Tensor> StateDict() =>
        new SortedDictionary<string, Tensor>(NamedState().ToDictionary(entry => entry.Name, entry => entry.Value), StringComparer.Ordinal);

    /// <summary>Takes over a checkpoint's values, converted to this module's types and devices.</summary>
    /// <param name="state">The values by name.</param>
    /// <param name="strict">Whether names on one side only are an error; shapes always must agree.</param>
    /// <param name="origin">Where the values come from, for messages.</param>
    /// <exception cref="Serialization.CheckpointException">Names or shapes differ; the message is a table of all differences. Nothing has been changed then.</exception>
    public void LoadStateDict(IReadOnlyDictionary<string, Tensor> state, bool strict = true, string origin = "the checkpoint") =>
        StateDictLoader.Load(this, state, strict, origin);

    /// <summary>
    /// Takes over a checkpoint's tensors themselves: parameters and buffers lie in the memory of <paramref name="state"/> from then on, mapped
    /// files included, and are copied only where the type differs or where parts that this module stores as one lie apart.
    /// </summary>
    /// <param name="state">The values by name, on the CPU; not to be changed by anybody else afterwards.</param>
    /// <param name="type">The type of floating-point parameters and buffers; as each comes where null.</param>
    /// <param name="strict">Whether names on one side only are an error; shapes always must agree.</param>
    /// <param name="origin">Where the values come from, for messages.</param>
    /// <exception cref="Serialization.CheckpointException">Names or shapes differ; the message is a table of all differences. Nothing has been changed then.</exception>
    public void AdoptStateDict(IReadOnlyDictionary<string, Tensor> state, ScalarType? type = ScalarType.Float32, bool strict = true, string origin = "the checkpoint") =>
        StateDictLoader.Adopt(this, state, type, strict, origin);

    /// <summary>Chooses between training and evaluation for this module and its parts.</summary>
    public void SetTraining(bool training)
    {
        IsTraining = training;
        foreach (var (_, child) in children.Concat(attachments))
        {
            child.SetTraining(training);
        }
    }

    /// <summary>Freezes or unfreezes every parameter.</summary>
    public void SetRequiresGrad(bool requiresGrad)
    {
        foreach (var parameter in Parameters())
        {
            parameter.RequiresGrad = requiresGrad;
        }
    }

    /// <summary>Moves parameters and buffers to a device, in place.</summary>
    public void To(Device device) => Convert(tensor => tensor.To(device));

    /// <summary>Converts floating-point parameters and buffers to a type, in place.</summary>
    public void To(ScalarType type) => Convert(tensor => tensor.Type.IsFloatingPoint() ? tensor.To(type) : tensor);

    /// <summary>Makes this module's parameters share memory with another's of the same shape, each keeping a gradient of its own.</summary>
    /// <remarks>For worker threads of one process: each runs its own replica, one optimizer changes the shared values.</remarks>
    /// <exception cref="ArgumentException">Names, shapes, types or devices differ. Nothing has been changed then.</exception>
    public void ShareParametersWith(Module other)
    {
        var mine = NamedParameters().Concat(NamedBuffers()).ToArray();
        var theirs = other.NamedParameters().Concat(other.NamedBuffers()).ToArray();
        if (mine.Length != theirs.Length)
        {
            throw new ArgumentException($"A module of {mine.Length} parameters and buffers cannot share memory with one of {theirs.Length}.", nameof(other));
        }

        foreach (var (own, shared) in mine.Zip(theirs))
        {
            if (own.Name != shared.Name || own.Value.Type != shared.Value.Type || own.Value.Device != shared.Value.Device || !own.Value.Shape.SequenceEqual(shared.Value.Shape))
            {
                throw new ArgumentException($"{own.Name} {own.Value} on {own.Value.Device} cannot share memory with {shared.Name} {shared.Value} on {shared.Value.Device}.", nameof(other));
            }
        }

        foreach (var (own, shared) in mine.Zip(theirs))
        {
            own.Value.ShareMemory_(shared.Value);
        }
    }

    /// <summary>
    /// Adds a part that belongs to this module in all respects (parameters, training mode, device, lifetime) except its checkpoints:
    /// <see cref="NamedState"/> does not show it, so that the files of a model with adapters stay those of the model.
    /// </summary>
    /// <param name="name">Its name, which no other part has.</param>
    /// <param name="part">The part; it is disposed with this module.</param>
    public void Attach(string name, Module part)
    {
        CheckFree(name);
        attachments.Add((name, part));
        part.SetTraining(IsTraining);
    }

    /// <summary>Takes back what <see cref="Attach"/> added; it is the caller's to dispose.</summary>
    /// <returns>Whether it was there.</returns>
    public bool Detach(Module part) => attachments.RemoveAll(entry => ReferenceEquals(entry.Part, part)) > 0;

    /// <inheritdoc/>
    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Adds a parameter: a leaf that requires gradients and lives as long as the module.</summary>
    /// <returns>The parameter, which takes the place of <paramref name="value"/>.</returns>
    protected Tensor AddParameter(string name, Tensor value)
    {
        CheckFree(name);
        var parameter = value.Detach().Keep();
        parameter.RequiresGrad = true;
        parameters.Add((name, parameter));
        return parameter;
    }

    /// <summary>Adds a parameter by its shape and how its first values are drawn, which happens only where no checkpoint is about to bring others.</summary>
    /// <param name="name">The parameter's name.</param>
    /// <param name="shape">Its shape.</param>
    /// <param name="draw">Makes its first values.</param>
    /// <returns>The parameter.</returns>
    protected Tensor AddParameter(string name, ReadOnlySpan<long> shape, Func<Tensor> draw)
    {
        if (!Layers.Initialization.IsDeferred)
        {
            return AddParameter(name, draw());
        }

        // Addresses only: the system gives memory to what is touched, and nothing touches this until the checkpoint's takes its place.
        using var scope = new TensorScope();
        var parameter = AddParameter(name, Tensor.Empty(shape));
        undrawn.Add((parameter, draw));
        return parameter;
    }

    /// <summary>Draws the parameters that were left to a checkpoint and are not among those it brought.</summary>
    internal void DrawDeferred(IReadOnlySet<Tensor> brought)
    {
        using var scope = new TensorScope();
        foreach (var (parameter, draw) in undrawn)
        {
            if (!brought.Contains(parameter))
            {
                parameter.ReplaceData(draw());
            }
        }

        undrawn.Clear();
        foreach (var (_, child) in children.Concat(attachments))
        {
            child.DrawDeferred(brought);
        }
    }

    /// <summary>Adds a tensor that checkpoints hold but training does not change.</summary>
    protected Tensor AddBuffer(string name, Tensor value)
    {
        CheckFree(name);
        var buffer = value.Detach().Keep();
        buffers.Add((name, buffer));
        return buffer;
    }

    /// <summary>Adds a part; it is disposed with this module.</summary>
    protected T AddModule<T>(string name, T child) where T : Module
    {
        CheckFree(name);
        children.Add((name, child));
        return child;
    }

    /// <summary>Releases parameters, buffers and parts.</summary>
    protected virtual void Dispose(bool disposing)
    {
        foreach (var (_, tensor) in parameters.Concat(buffers))
        {
            tensor.Dispose();
        }

        foreach (var (_, child) in children.Concat(attachments))
        {
            child.Dispose();
        }
    }

    private void CheckFree(string name)
    {
        if (parameters.Concat(buffers).Any(entry => entry.Name == name) || children.Concat(attachments).Any(entry => entry.Name == name))
        {
            throw new ArgumentException($"{GetType().Name} has a parameter, buffer or part '{name}' already; names in a state dict are unique.", nameof(name));
        }
    }

    private IEnumerable<(string Name, Tensor Value)> Walk(string prefix, Func<Module, List<(string Name, Tensor Value)>> own)
    {
        foreach (var (name, value) in own(this))
        {
            yield return (prefix + name, value);
        }

        foreach (var (name, child) in children.Concat(attachments))
        {
            foreach (var entry in child.Walk($"{prefix}{name}.", own))
            {
                yield return entry;
            }
        }
    }

    // The native tensor is given new memory, so that every reference to the parameter stays right; a gradient that is there follows.
    private void Convert(Func<Tensor, Tensor> conversion)
    {
        using var scope = new TensorScope();
        using var _ = GradMode.Disable();
        foreach (var (_, tensor) in NamedParameters().Concat(NamedBuffers()))
        {
            var gradient = tensor.Grad;
            tensor.Grad = null;
            tensor.ReplaceData(conversion(tensor.Detach()));
            tensor.Grad = gradient is null ? null : conversion(gradient);
        }
    }
}
