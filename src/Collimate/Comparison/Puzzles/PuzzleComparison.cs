using System.Text.Json.Serialization;
using Collimate.Alignment.Reasoning;
using Collimate.Data;
using Collimate.Data.Puzzles;
using Collimate.Evaluation.Puzzles;
using Collimate.Evaluation.Reasoning;
using Collimate.Evaluation.Statistics;
using Collimate.Recipes.Schema;
using Collimate.Training.Reasoning;

namespace Collimate.Comparison.Puzzles;

/// <summary>Reasoners on the same puzzles, runs of one recipe gathered as its seeds, beside what needs no looking.</summary>
/// <param name="Part">Which part of the puzzles: train, validation or test.</param>
/// <param name="Instances">How many puzzles were asked.</param>
/// <param name="Rows">The recipes in the order they were named, then the commonest answer and guessing.</param>
public sealed record PuzzleComparison(string Part, int Instances, IReadOnlyList<ComparedReasoner> Rows)
{
    /// <summary>Asks trained reasoners.</summary>
    /// <param name="runs">Their folders.</param>
    /// <param name="data">The folder of puzzles.</param>
    /// <param name="part">Which part of them: train, validation or test, by each run's own cut.</param>
    /// <param name="workers">How many cores look at pictures.</param>
    /// <param name="note">Is told what was done.</param>
    /// <param name="cancellation">Ends it between two batches.</param>
    /// <exception cref="DataException">The puzzles cannot be used, or the runs are not about the same ones.</exception>
    public static PuzzleComparison Run(IReadOnlyList<string> runs, string data, string part, int workers, Action<string>? note = null, CancellationToken cancellation = default)
    {
        PuzzleSet? all = null;
        IReadOnlyList<PuzzleInstance> asked = [];
        var results = new List<(string Name, PuzzleSummary Score)>();
        foreach (var folder in runs)
        {
            var (model, trained) = ReasonerFolder.Load(folder);
            using var owned = model;
            // What a run keeps on disk is its training's business.
            var recipe = trained with { Data = trained.Data with { Path = Path.GetFullPath(data), FeatureCache = null } };
            var read = PuzzleSelection.Read(recipe.Data, Environment.CurrentDirectory);
            var mine = PartOf(read, part);
            if (all is not null && !Keys(mine).SequenceEqual(Keys(asked)))
            {
                throw new DataException(folder, $"its {part} part has {mine.Count} puzzles that are not those of {runs[0]} ({asked.Count}); give runs that were trained with the same data.splits and data.skills");
            }

            CheckHeads(model, read, folder);
            (all, asked) = (read, mine);
            results.Add((recipe.Name, Ask(model, recipe, mine, workers, note, cancellation)));
        }

        IReadOnlyList<ComparedReasoner> baselines =
        [
            ComparedReasoner.Of("majority", [PuzzleBaselines.ScoreMajority(all!.Kinds, all.Train, asked)]),
            ComparedReasoner.Of("uniform", [PuzzleBaselines.Uniform(all.Kinds, asked)]),
        ];
        return new PuzzleComparison(part, asked.Count, [.. results.GroupBy(result => result.Name).Select(alike => ComparedReasoner.Of(alike.Key, [.. alike.Select(result => result.Score)])), .. baselines]);
    }

    private static PuzzleSummary Ask(ReasonerModel model, ReasonerRecipe recipe, IReadOnlyList<PuzzleInstance> asked, int workers, Action<string>? note, CancellationToken cancellation)
    {
        using var senses = new PuzzleSenses(model, recipe, Environment.CurrentDirectory);
        senses.Remember(asked, workers, note, cancellation);
        var sheet = PuzzleAnswering.Answer(model, senses, asked, cancellation);
        var score = new PuzzleScore(model.Head.Shape.Puzzles);
        foreach (var (instance, answer) in sheet.Instances.Zip(sheet.Answers))
        {
            score.Add(instance, answer);
        }

        return score.Summary;
    }

    private static IReadOnlyList<PuzzleInstance> PartOf(PuzzleSet all, string part)
    {
        var rows = part switch { "train" => all.Train, "validation" => all.Validation, _ => all.Test };
        return rows.Count > 0 ? rows : throw new DataException(part, "this part has no puzzle in the cut that the run was trained with; choose another with --split");
    }

    private static IEnumerable<(int Puzzle, int Row)> Keys(IReadOnlyList<PuzzleInstance> rows) => rows.Select(row => (row.Puzzle, row.Row));

    // Classes follow from the whole file, so other data of the same puzzles may need other heads.
    private static void CheckHeads(ReasonerModel model, PuzzleSet read, string folder)
    {
        foreach (var kind in read.Kinds)
        {
            var head = model.Numbers.TryGetValue(kind.Id, out var number) ? model.Head.Shape.Puzzles[number] : null;
            if (head is null || head.Steps != kind.Steps)
            {
                throw new DataException($"puzzle {kind.Id}", $"the data have it with {kind.Steps} step(s), but the reasoner in {folder} {(head is null ? "has no head for it" : $"answers it in {head.Steps}")}; give the puzzles it was trained on");
            }
        }
    }
}

/// <summary>One recipe's reasoners, or a baseline.</summary>
/// <param name="Name">The recipe's name.</param>
/// <param name="Runs">How many runs.</param>
/// <param name="Solution">S_acc over all instances.</param>
/// <param name="Option">O_acc over all instances.</param>
/// <param name="Weighted">The accuracy in which near misses count in part.</param>
/// <param name="Skills">By class.</param>
/// <param name="Puzzles">S_acc of each puzzle, mean over the runs, by its number.</param>
public sealed record ComparedReasoner(
    string Name, int Runs, Spread Solution, Spread Option, Spread Weighted, IReadOnlyList<ComparedSkill> Skills, IReadOnlyDictionary<int, double> Puzzles)
{
    /// <summary>Every figure's mean over the runs.</summary>
    [JsonIgnore]
    public PuzzleSummary Mean { get; init; } = new([]);

    /// <summary>Gathers the runs of one recipe.</summary>
    /// <param name="name">The recipe's name.</param>
    /// <param name="runs">How each went, on the same puzzles.</param>
    public static ComparedReasoner Of(string name, IReadOnlyList<PuzzleSummary> runs)
    {
        Spread Over(Func<PuzzleSummary, double> figure) => Spread.Of([.. runs.Select(figure)]);
        return new ComparedReasoner(
            name, runs.Count, Over(run => run.SolutionAccuracy), Over(run => run.OptionAccuracy), Over(run => run.WeightedAccuracy),
            [.. runs[0].Skills.Select((skill, at) => new ComparedSkill(skill.Skill, skill.Puzzles, Over(run => run.Skills[at].Solution), Over(run => run.Skills[at].Option)))],
            runs[0].Puzzles.Select((puzzle, at) => (puzzle.Id, Mean: runs.Average(run => run.Puzzles[at].Solution))).ToDictionary(entry => entry.Id, entry => entry.Mean))
        {
            Mean = new PuzzleSummary([.. runs[0].Puzzles.Select((puzzle, at) =>
            {
                double Average(Func<PuzzleResult, double> figure) => runs.Average(run => figure(run.Puzzles[at]));
                return puzzle with { Solution = Average(one => one.Solution), Option = Average(one => one.Option), Weighted = Average(one => one.Weighted), Error = Average(one => one.Error) };
            })]),
        };
    }
}

/// <summary>One class of puzzles over a recipe's runs.</summary>
/// <param name="Skill">The class.</param>
/// <param name="Puzzles">How many puzzles it has.</param>
/// <param name="Solution">The mean S_acc of its puzzles.</param>
/// <param name="Option">The mean O_acc of its puzzles.</param>
public sealed record ComparedSkill(PuzzleSkill Skill, int Puzzles, Spread Solution, Spread Option);
