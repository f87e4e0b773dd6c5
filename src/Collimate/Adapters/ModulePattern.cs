using System.Text.RegularExpressions;

namespace Collimate.Adapters;

/// <summary>
/// Names layers of a model by their path, as PEFT's <c>target_modules</c> does: a list of names, each of which matches a path that is it or
/// ends in a dot and it; or one regular expression that must match a whole path. Beyond PEFT, a name with <c>*</c> or <c>?</c> is compared
/// with whole paths, and such a name passes over layers that cannot be adapted.
/// </summary>
public sealed class ModulePattern
{
    /// <summary>PEFT's word for every linear layer but the output head.</summary>
    public const string AllLinearWord = "all-linear";

    // A pattern comes from a file, and a hostile one could otherwise take years.
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(250);

    private readonly Regex? expression;
    private readonly (string Name, Regex? Glob)[] names;

    private ModulePattern(IReadOnlyList<string> names, string? expression)
    {
        (Names, Expression) = (names, expression);
        this.expression = expression is null or AllLinearWord ? null : Whole(expression);
        this.names = [.. names.Select(name => (name, IsGlob(name) ? Glob(name) : null))];
    }

    /// <summary>Every linear layer but the output head.</summary>
    public static ModulePattern AllLinear { get; } = new([], AllLinearWord);

    /// <summary>The names; empty for an expression.</summary>
    public IReadOnlyList<string> Names { get; }

    /// <summary>The regular expression, or <see cref="AllLinearWord"/>; null for names.</summary>
    public string? Expression { get; }

    /// <summary>Whether this is <see cref="AllLinear"/>.</summary>
    public bool IsAllLinear => Expression == AllLinearWord;

    /// <summary>Whether PEFT would read it otherwise.</summary>
    internal bool HasGlobs => names.Any(name => name.Glob is not null);

    /// <summary>Layers by their names.</summary>
    /// <param name="names">Ends of paths such as <c>q_proj</c>, whole paths, or globs such as <c>vision_tower.*</c>.</param>
    public static ModulePattern Of(params IReadOnlyList<string> names) => new([.. names], null);

    /// <summary>Layers whose whole path a regular expression matches; <see cref="AllLinearWord"/> is understood.</summary>
    /// <param name="expression">The expression.</param>
    /// <exception cref="AdapterException">It is not a regular expression.</exception>
    public static ModulePattern Matching(string expression) => expression == AllLinearWord ? AllLinear : new([], expression);

    /// <summary>Whether a path is named, and whether by a name that passes over what cannot be adapted.</summary>
    /// <exception cref="AdapterException">The expression takes too long to compare.</exception>
    internal PatternMatch Match(string path)
    {
        if (IsAllLinear)
        {
            return PatternMatch.Loose;
        }

        if (expression is not null)
        {
            return IsMatch(expression, path) ? PatternMatch.Exact : PatternMatch.None;
        }

        var match = PatternMatch.None;
        foreach (var (name, glob) in names)
        {
            if (glob is null ? IsEndOf(path, name) : IsMatch(glob, path))
            {
                match = glob is null ? PatternMatch.Exact : match == PatternMatch.Exact ? match : PatternMatch.Loose;
            }
        }

        return match;
    }

    /// <summary>The names that match none of these paths.</summary>
    internal IEnumerable<string> Unmatched(IReadOnlyCollection<string> paths) =>
        names.Where(name => !paths.Any(path => name.Glob is null ? IsEndOf(path, name.Name) : IsMatch(name.Glob, path))).Select(name => name.Name);

    /// <inheritdoc/>
    public override string ToString() => Expression ?? string.Join(", ", Names);

    /// <summary>Makes a regular expression of a key of <c>rank_pattern</c> or <c>alpha_pattern</c>, which PEFT compares with the end of a path.</summary>
    internal static Regex EndOfPath(string key) => Whole(key, @"(?:.*\.)?");

    /// <summary>Finds the number of a block in a path: the digits between dots after a name, and something after them.</summary>
    internal static Regex NumberAfter(string name)
    {
        _ = Compile(name, name);
        return Compile($@"\A.*\.{name}\.([0-9]+)\.", name);
    }

    /// <summary>Compares, within the time that a comparison may take.</summary>
    internal static bool IsMatch(Regex regex, string path)
    {
        try
        {
            return regex.IsMatch(path);
        }
        catch (RegexMatchTimeoutException slow)
        {
            throw new AdapterException($"the pattern '{regex}' takes too long to compare with '{path}'; write a simpler one.", slow);
        }
    }

    private static bool IsEndOf(string path, string name) =>
        path.EndsWith(name, StringComparison.Ordinal) && (path.Length == name.Length || path[path.Length - name.Length - 1] == '.');

    private static bool IsGlob(string name) => name.AsSpan().IndexOfAny('*', '?') >= 0;

    private static Regex Glob(string name) =>
        Compile($@"\A{Regex.Escape(name).Replace(@"\*", ".*", StringComparison.Ordinal).Replace(@"\?", ".", StringComparison.Ordinal)}\z", name);

    private static Regex Whole(string written, string before = "")
    {
        _ = Compile(written, written); // "a)|(b" is no expression, though it would be one within brackets
        return Compile($@"\A{before}(?:{written})\z", written);
    }

    private static Regex Compile(string expression, string written)
    {
        try
        {
            return new Regex(expression, RegexOptions.CultureInvariant, Patience);
        }
        catch (ArgumentException error)
        {
            throw new AdapterException($"'{written}' is no regular expression: {error.Message}", error);
        }
    }
}

/// <summary>How a pattern names a path.</summary>
internal enum PatternMatch
{
    /// <summary>Not at all.</summary>
    None,

    /// <summary>Among others: what cannot be adapted is passed over.</summary>
    Loose,

    /// <summary>Itself: it must be adapted.</summary>
    Exact,
}
