using System.Globalization;
using System.Reflection;
using System.Text.RegularExpressions;

namespace Collimate.Recipes;

/// <summary>Reads single words of a recipe as numbers, truth values, durations and enum members, and says what was expected where they are not.</summary>
internal static partial class RecipeScalars
{
    private static readonly Dictionary<Type, Func<RecipeScalar, object>> Readers = new()
    {
        [typeof(string)] = scalar => scalar.Text,
        [typeof(bool)] = scalar => ReadBool(scalar),
        [typeof(int)] = scalar => (int)ReadInteger(scalar, int.MinValue, int.MaxValue),
        [typeof(long)] = scalar => ReadInteger(scalar, long.MinValue, long.MaxValue),
        [typeof(ulong)] = scalar => (ulong)ReadInteger(scalar, 0, long.MaxValue),
        [typeof(double)] = scalar => ReadDouble(scalar),
        [typeof(float)] = scalar => ReadFloat(scalar),
        [typeof(TimeSpan)] = scalar => ReadDuration(scalar),
        [typeof(SwitchOrCount)] = scalar => ReadSwitchOrCount(scalar),
        [typeof(CountOrAuto)] = scalar => ReadCountOrAuto(scalar),
        [typeof(StepsOrEpoch)] = scalar => ReadStepsOrEpoch(scalar),
    };

    /// <summary>Whether a type is written as a single word.</summary>
    public static bool CanRead(Type type) => type.IsEnum || Readers.ContainsKey(type);

    /// <summary>Reads a word as <paramref name="type"/>.</summary>
    /// <exception cref="RecipeException">The word is not one.</exception>
    public static object Read(RecipeScalar scalar, Type type) =>
        type.IsEnum ? ReadEnum(scalar, type) : Readers[type](scalar);

    /// <summary>What a type is called in an error message.</summary>
    public static string Name(Type type) => type switch
    {
        _ when type == typeof(string) => "text",
        _ when type == typeof(bool) => "true or false",
        _ when type == typeof(int) || type == typeof(long) || type == typeof(ulong) => "a whole number",
        _ when type == typeof(double) || type == typeof(float) => "a number",
        _ when type == typeof(TimeSpan) => "a duration such as 90s, 5m or 1h30m",
        _ when type == typeof(SwitchOrCount) => "true, false or a whole number above 0",
        _ when type == typeof(CountOrAuto) => "a whole number from 1, or auto",
        _ when type == typeof(StepsOrEpoch) => "a number of steps from 1, or epoch",
        _ when type.IsEnum => $"one of: {string.Join(", ", WordsOf(type))}",
        _ => "a map",
    };

    /// <summary>The error for a value of the wrong kind.</summary>
    public static RecipeException Mismatch(RecipeNode node, Type type)
    {
        var quoted = node is RecipeScalar { IsQuoted: true } ? " in quotes; write it without them" : "";
        return node.Error($"expected {Name(type)}, found {node.Description}{quoted}.");
    }

    private static bool ReadBool(RecipeScalar scalar) => (scalar.IsQuoted, scalar.Text) switch
    {
        (false, "true" or "True" or "TRUE") => true,
        (false, "false" or "False" or "FALSE") => false,
        _ => throw Mismatch(scalar, typeof(bool)),
    };

    private static SwitchOrCount ReadSwitchOrCount(RecipeScalar scalar) => (scalar.IsQuoted, scalar.Text) switch
    {
        (false, "true" or "True" or "TRUE") => new SwitchOrCount(true),
        (false, "false" or "False" or "FALSE") => default,
        _ when IsInteger(scalar, out var number) && number is >= 1 and <= int.MaxValue => new SwitchOrCount(true, (int)number),
        _ => throw Mismatch(scalar, typeof(SwitchOrCount)),
    };

    // 2e5 and 200_000 are how people write large step counts; both are exact.
    private static bool IsInteger(RecipeScalar scalar, out decimal number)
    {
        number = 0;
        return !scalar.IsQuoted && decimal.TryParse(Digits(scalar), NumberStyles.Float, CultureInfo.InvariantCulture, out number) && number == decimal.Truncate(number);
    }

    private static long ReadInteger(RecipeScalar scalar, long least, long most)
    {
        if (!IsInteger(scalar, out var number))
        {
            throw Mismatch(scalar, typeof(long));
        }

        return number >= least && number <= most
            ? (long)number
            : throw scalar.Error($"{scalar.Text} does not fit; it must lie between {least} and {most}.");
    }

    private static CountOrAuto ReadCountOrAuto(RecipeScalar scalar) => scalar switch
    {
        { IsQuoted: false, Text: CountOrAuto.AutoWord } => CountOrAuto.Auto,
        _ when !scalar.IsQuoted && int.TryParse(Digits(scalar), NumberStyles.None, CultureInfo.InvariantCulture, out var count) && count > 0 => count,
        _ => throw Mismatch(scalar, typeof(CountOrAuto)),
    };

    private static StepsOrEpoch ReadStepsOrEpoch(RecipeScalar scalar) => scalar switch
    {
        { IsQuoted: false, Text: StepsOrEpoch.EpochWord } => StepsOrEpoch.Epoch,
        _ when IsInteger(scalar, out var steps) && steps is >= 1 and <= long.MaxValue => (long)steps,
        _ => throw Mismatch(scalar, typeof(StepsOrEpoch)),
    };

    private static double ReadDouble(RecipeScalar scalar)
    {
        if (scalar.IsQuoted || !double.TryParse(Digits(scalar), NumberStyles.Float, CultureInfo.InvariantCulture, out var number))
        {
            throw Mismatch(scalar, typeof(double));
        }

        return double.IsFinite(number) ? number : throw scalar.Error($"expected a finite number, found {scalar.Description}.");
    }

    private static float ReadFloat(RecipeScalar scalar)
    {
        var number = (float)ReadDouble(scalar);
        return float.IsFinite(number) ? number : throw scalar.Error($"{scalar.Text} does not fit into 32-bit floating point.");
    }

    // An underscore may stand between two digits, as in 200_000.
    private static string Digits(RecipeScalar scalar) =>
        scalar.Text.Contains('_') ? BetweenDigits().Replace(scalar.Text, "") : scalar.Text;

    private static TimeSpan ReadDuration(RecipeScalar scalar)
    {
        var match = scalar.IsQuoted ? Match.Empty : Duration().Match(scalar.Text);
        if (!match.Success || scalar.Text.Length == 0)
        {
            throw Mismatch(scalar, typeof(TimeSpan));
        }

        double seconds = 0;
        foreach (var (unit, scale) in (ReadOnlySpan<(string, double)>)[("d", 86400), ("h", 3600), ("m", 60), ("s", 1), ("ms", 0.001)])
        {
            seconds += match.Groups[unit] is { Success: true } group ? scale * double.Parse(group.Value, CultureInfo.InvariantCulture) : 0;
        }

        return seconds <= TimeSpan.FromDays(36500).TotalSeconds
            ? TimeSpan.FromSeconds(seconds)
            : throw scalar.Error($"{scalar.Text} is longer than a hundred years.");
    }

    private static object ReadEnum(RecipeScalar scalar, Type type)
    {
        var words = WordsOf(type);
        var place = Array.IndexOf(words, scalar.Text);
        if (place >= 0)
        {
            return Enum.Parse(type, Enum.GetNames(type)[place]);
        }

        var nearest = Spelling.Nearest(scalar.Text, words);
        throw scalar.Error($"expected {Name(type)}; found {scalar.Description}{(nearest is null ? "." : $"; did you mean '{nearest}'?")}");
    }

    // In the order of Enum.GetNames.
    private static string[] WordsOf(Type type) =>
        [.. Enum.GetNames(type).Select(name => type.GetField(name)!.GetCustomAttribute<RecipeWordAttribute>()?.Word ?? SnakeCase.From(name))];

    [GeneratedRegex("(?<=[0-9])_(?=[0-9])")]
    private static partial Regex BetweenDigits();

    [GeneratedRegex(@"^(?:(?<d>\d+(?:\.\d+)?)d)?(?:(?<h>\d+(?:\.\d+)?)h)?(?:(?<m>\d+(?:\.\d+)?)m)?(?:(?<s>\d+(?:\.\d+)?)s)?(?:(?<ms>\d+(?:\.\d+)?)ms)?$", RegexOptions.ECMAScript | RegexOptions.ExplicitCapture)]
    private static partial Regex Duration();
}
