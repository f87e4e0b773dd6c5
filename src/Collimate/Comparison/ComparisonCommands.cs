using System.Globalization;

namespace Collimate.Comparison;

/// <summary>The commands that repeat a comparison's figures, as they are typed.</summary>
/// <param name="Options">What the runs have in common.</param>
/// <param name="Recipes">The recipes' files, as they were named.</param>
public sealed record ComparisonCommands(ComparisonOptions Options, IReadOnlyList<string> Recipes)
{
    /// <summary>The whole comparison.</summary>
    public string Whole => string.Join(' ', ["./collimate compare", .. Recipes.Select(Quoted), $"--seeds {Options.Seeds}", $"--scenes {Options.Scenes}", .. Common, $"--out {Quoted(Options.Folder)}"]);

    /// <summary>Trains one run alone.</summary>
    /// <param name="recipe">The recipe.</param>
    /// <param name="run">The run.</param>
    public string Training(ComparedRecipe recipe, RunResult run) => string.Join(' ',
    [
        "./collimate train", Quoted(recipe.Path), .. Options.MaxSteps is { } most ? (string[])[$"--max-steps {most}"] : [], .. Options.Changes.Select(Set),
        .. ComparedRun.SeedChanges(recipe.Path, Options.Changes, run.Seed).Select(Set), "--out runs/again",
    ]);

    /// <summary>Measures the alignment of a run's model.</summary>
    /// <param name="recipe">The recipe.</param>
    public string Alignment(ComparedRecipe recipe) => $"./collimate inspect {ModelOf(recipe)} --alignment --scenes {ComparedRun.AlignmentScenes}";

    /// <summary>Shows the words of a run's model.</summary>
    /// <param name="recipe">The recipe.</param>
    public string Words(ComparedRecipe recipe) => $"./collimate inspect {ModelOf(recipe)} --words --scenes {RunLook.Scenes} --out words.html";

    /// <summary>Shows the order of a run's model.</summary>
    /// <param name="recipe">The recipe.</param>
    /// <param name="question">What is asked.</param>
    public string Order(ComparedRecipe recipe, string question) => $"./collimate inspect {ModelOf(recipe)} --order --image scene.png --question {Quoted(question)} --out order.html";

    private IEnumerable<string> Common =>
    [
        .. Options.MaxSteps is { } most ? (string[])[$"--max-steps {most}"] : [],
        .. Options.TimeBudget is { } minutes ? (string[])[string.Create(CultureInfo.InvariantCulture, $"--time-budget {minutes}")] : [],
        .. Options.Changes.Select(Set),
    ];

    private string ModelOf(ComparedRecipe recipe) => Quoted(Path.Combine(Options.Folder, recipe.Folder, FormattableString.Invariant($"seed-{recipe.Runs[0].Seed}")));

    private static string Set(string change) => $"--set {Quoted(change)}";

    // As a POSIX shell reads it.
    private static string Quoted(string word) =>
        word.Length > 0 && word.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '.' or '/' or '-' or '_' or '=' or ':' or ',') ? word : $"'{word.Replace("'", "'\\''", StringComparison.Ordinal)}'";
}
