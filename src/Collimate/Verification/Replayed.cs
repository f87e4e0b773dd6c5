using Collimate.Models;
using Collimate.Torch;

namespace Collimate.Verification;

/// <summary>
/// Where a replay hands in what it computed. Each value is compared with the recorded one of its name at once and let go; names that
/// nobody recorded are passed over, and what was recorded but never handed in is a failure.
/// </summary>
internal sealed class Replayed
{
    private readonly ToleranceRules rules;
    private readonly Action<ValueComparison>? onComparison;
    private readonly CancellationToken cancellation;
    private readonly List<ValueComparison> comparisons = [];
    private readonly List<(ComparisonKind Kind, string Name)> waiting;
    private readonly List<(string Prefix, string Reason)> excuses = [];

    public Replayed(Recording recording, ToleranceRules rules, Action<ValueComparison>? onComparison, CancellationToken cancellation)
    {
        Recording = recording;
        (this.rules, this.onComparison, this.cancellation) = (rules, onComparison, cancellation);
        var expected = recording.Expected;
        waiting =
        [
            .. recording.OutputNames.Select(name => (ComparisonKind.Output, name)),
            .. expected.Losses.Keys.Concat(expected.Scores.Keys).Select(name => (ComparisonKind.Loss, name)),
            .. recording.GradientNames.Select(name => (ComparisonKind.Gradient, name)),
            .. expected.Generations.Keys.Select(name => (ComparisonKind.Generation, name)),
            .. expected.Counts.Keys.Select(name => (ComparisonKind.Count, name)),
        ];
    }

    /// <summary>What was recorded.</summary>
    public Recording Recording { get; }

    /// <summary>How many values were recorded and have not been handed in.</summary>
    public int Remaining => waiting.Count;

    /// <summary>Whether a value whose name begins so was recorded and has not been handed in.</summary>
    public bool Wants(string prefix) => waiting.Exists(entry => entry.Kind != ComparisonKind.Gradient && entry.Name.StartsWith(prefix, StringComparison.Ordinal));

    /// <summary>Whether a loss of that name, or gradients, are to be computed.</summary>
    public bool WantsLoss(string name) => waiting.Contains((ComparisonKind.Loss, name)) || (name == "loss" && WantsGradients);

    /// <summary>Whether gradients were recorded.</summary>
    public bool WantsGradients => Recording.GradientNames.Count > 0;

    /// <summary>What stands before one of these words in recorded names, such as <c>left.</c> before <c>logits</c>; empty where nothing does.</summary>
    public IReadOnlyList<string> VariantsOf(params IReadOnlyList<string> words) =>
    [
        .. waiting.Where(entry => entry.Kind is ComparisonKind.Output or ComparisonKind.Loss)
            .Select(entry => entry.Name.Split('.'))
            .Select(parts => (Parts: parts, At: Array.FindIndex(parts, words.Contains)))
            .Where(found => found.At >= 0)
            .Select(found => string.Concat(found.Parts[..found.At].Select(part => part + ".")))
            .Distinct().Order(StringComparer.Ordinal),
    ];

    /// <summary>Runs one part of a replay; where an input that it needs was not recorded, that is the reason why values beginning so are not computed.</summary>
    public void Part(string prefix, Action replay)
    {
        cancellation.ThrowIfCancellationRequested();
        try
        {
            using var scope = new TensorScope();
            replay();
        }
        catch (MissingInputException missing)
        {
            Excuse(prefix, $"the input '{missing.InputName}' is not recorded");
        }
    }

    /// <summary>Says why values whose names begin so are not computed.</summary>
    public void Excuse(string prefix, string reason) => excuses.Add((prefix, reason));

    /// <summary>Hands in an output.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="value">Its value.</param>
    /// <param name="mask">Which positions count; all where null.</param>
    /// <param name="tokenDimension">The dimension that the mask's positions lie along.</param>
    public void Output(string name, Tensor value, TokenMask? mask = null, int tokenDimension = 1)
    {
        if (!Take(ComparisonKind.Output, name))
        {
            return;
        }

        var hidden = mask is null ? 0 : mask.Valid.Length - mask.Count;
        using var scope = new TensorScope();
        var recorded = Recording.Output(name);
        var found = TensorComparer.Measure(recorded, value, hidden > 0 ? mask : null, tokenDimension);
        var tolerance = recorded.Type.IsFloatingPoint() ? rules.Output(found.Largest, found.RootMeanSquare, Recording.Expected.SpreadOf(name)) : 0;
        Add(Judged(ComparisonKind.Output, name, found, tolerance)
            with { Note = hidden > 0 ? $"{mask!.Count} of {mask.Valid.Length} positions; the rest is padding" : null });
    }

    /// <summary>Hands in hidden states and attention probabilities.</summary>
    public void Trace(string prefix, ForwardTrace trace, TokenMask? mask = null)
    {
        for (var layer = 0; layer < Math.Max(trace.HiddenStates.Count, trace.Attentions.Count); layer++)
        {
            if (layer < trace.HiddenStates.Count)
            {
                Output($"{prefix}hidden_states.{layer}", trace.HiddenStates[layer], mask);
            }

            if (layer < trace.Attentions.Count)
            {
                Output($"{prefix}attentions.{layer}", trace.Attentions[layer], mask, tokenDimension: 2);
            }
        }
    }

    /// <summary>Hands in a loss.</summary>
    public void Loss(string name, double value)
    {
        if (Take(ComparisonKind.Loss, name))
        {
            var recorded = Recording.Expected.Losses[name];
            var exact = Recording.Expected.SpreadOf(name + "_float64_run");
            Add(JudgedNumbers(ComparisonKind.Loss, name, [recorded], [value], rules.Loss(recorded, exact)));
        }
    }

    /// <summary>Hands in the scores of generated sequences.</summary>
    public void Scores(string name, double[] values)
    {
        if (Take(ComparisonKind.Loss, name))
        {
            var recorded = Recording.Expected.Scores[name];
            Add(JudgedNumbers(ComparisonKind.Loss, name, recorded, values, rules.Loss(recorded.Select(Math.Abs).DefaultIfEmpty().Max(), null)));
        }
    }

    /// <summary>Hands in a number that must be exactly the recorded one.</summary>
    public void Count(string name, double value)
    {
        if (Take(ComparisonKind.Count, name))
        {
            Add(JudgedNumbers(ComparisonKind.Count, name, [Recording.Expected.Counts[name]], [value], 0));
        }
    }

    /// <summary>Hands in generated rows, prompts included.</summary>
    public void Generation(string name, int[][] rows)
    {
        if (Take(ComparisonKind.Generation, name))
        {
            Add(new ValueComparison { Kind = ComparisonKind.Generation, Name = name, Problem = GenerationComparer.Problem(Recording.Expected.Generations[name], rows) });
        }
    }

    /// <summary>Hands in the gradients of a model's parameters, which a backward pass has left there.</summary>
    /// <param name="model">The model.</param>
    /// <param name="prefixes">What recorded names may begin with although the model's own do not, as where it is a part of what was recorded.</param>
    public void Gradients(Module model, params string[] prefixes)
    {
        var gradients = new ParameterGradients(model, prefixes);
        var largestOfAll = Recording.GradientNames.Select(name => Recording.Gradient(name).Abs().Max().Item()).DefaultIfEmpty().Max();
        foreach (var name in Recording.GradientNames)
        {
            if (gradients.Of(name) is not { } gradient)
            {
                Excuse(name, "the model has no parameter of that name, or the loss does not reach it");
            }
            else if (Take(ComparisonKind.Gradient, name))
            {
                var found = TensorComparer.Measure(Recording.Gradient(name), gradient, mask: null, tokenDimension: 1);
                Add(Judged(ComparisonKind.Gradient, name, found, rules.Gradient(found.Largest, largestOfAll)));
            }
        }
    }

    /// <summary>All comparisons; what was never handed in stands last, as not computed.</summary>
    public IReadOnlyList<ValueComparison> Finish()
    {
        foreach (var (kind, name) in waiting.ToArray())
        {
            var reason = excuses.FindLast(excuse => name.StartsWith(excuse.Prefix, StringComparison.Ordinal)).Reason;
            Add(new ValueComparison { Kind = kind, Name = name, Problem = $"not computed: {reason ?? "nothing of that name is known for this family"}" });
        }

        waiting.Clear();
        return comparisons;
    }

    private bool Take(ComparisonKind kind, string name)
    {
        cancellation.ThrowIfCancellationRequested();
        return waiting.Remove((kind, name));
    }

    private void Add(ValueComparison comparison)
    {
        comparisons.Add(comparison);
        onComparison?.Invoke(comparison);
    }

    private static ValueComparison Judged(ComparisonKind kind, string name, Differences found, double tolerance) => new()
    {
        Kind = kind,
        Name = name,
        AbsoluteError = found.Worst,
        RelativeError = found.Worst is { } worst ? worst == 0 ? 0 : worst / Math.Max(found.Largest, double.Epsilon) : null,
        Tolerance = tolerance,
        Problem = found.Problem ?? (found.Worst <= tolerance ? null : $"differs by {found.Worst:g3} at {found.Place}; at most {tolerance:g3} is allowed"),
    };

    private static ValueComparison JudgedNumbers(ComparisonKind kind, string name, double[] recorded, double[] computed, double tolerance)
    {
        if (recorded.Length != computed.Length)
        {
            return new ValueComparison { Kind = kind, Name = name, Tolerance = tolerance, Problem = $"{computed.Length} numbers, recorded {recorded.Length}" };
        }

        var worst = recorded.Zip(computed, (wanted, found) => Math.Abs(wanted - found)).DefaultIfEmpty().Max();
        worst = computed.All(double.IsFinite) ? worst : double.PositiveInfinity;
        var largest = recorded.Select(Math.Abs).DefaultIfEmpty().Max();
        return new ValueComparison
        {
            Kind = kind,
            Name = name,
            AbsoluteError = double.IsFinite(worst) ? worst : null,
            RelativeError = double.IsFinite(worst) ? worst == 0 ? 0 : worst / Math.Max(largest, double.Epsilon) : null,
            Tolerance = tolerance,
            Problem = worst <= tolerance ? null : $"is {string.Join(", ", computed.Select(value => $"{value:g8}"))}, recorded {string.Join(", ", recorded.Select(value => $"{value:g8}"))}",
        };
    }
}
