using Collimate.Data.Puzzles;
using Collimate.Reports;

namespace Collimate.Evaluation.Puzzles;

/// <summary>The scores of several models on the same puzzles, as they are written to a file.</summary>
/// <param name="Data">What was scored: the folder, or a name for it.</param>
/// <param name="Split">How rows were cut.</param>
/// <param name="Models">Each model with its figures, the one that matters first.</param>
public sealed record PuzzleRecord(string Data, string Split, IReadOnlyList<PuzzleModelRecord> Models)
{
    /// <summary>Writes the record as JSON; the file appears whole or not at all.</summary>
    /// <param name="path">The file to make or replace.</param>
    public void Save(string path) => ReportJson.Save(
        new
        {
            Data,
            Split,
            Models = Models.Select(model => new
            {
                model.Name,
                model.Summary.Count,
                model.Summary.SolutionAccuracy,
                model.Summary.OptionAccuracy,
                model.Summary.WeightedAccuracy,
                model.Summary.Error,
                Skills = model.Summary.Skills.Select(skill => new { Skill = Word(skill.Skill), skill.Puzzles, skill.Solution, skill.Option, skill.Weighted }),
                Puzzles = model.Summary.Puzzles.Select(puzzle => new { puzzle.Id, Skill = Word(puzzle.Skill), puzzle.Count, puzzle.Solution, puzzle.Option, puzzle.Weighted, puzzle.Error }),
            }),
        },
        path);

    private static string Word(PuzzleSkill skill) => skill.ToString().ToLowerInvariant();
}

/// <summary>A model's scores.</summary>
/// <param name="Name">What it is called, such as <c>question only</c>.</param>
/// <param name="Summary">How its puzzles went.</param>
public sealed record PuzzleModelRecord(string Name, PuzzleSummary Summary);
