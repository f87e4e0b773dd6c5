using System.CommandLine;
using Collimate.Recipes;
using Collimate.Semantics;
using Collimate.Semantics.Labels;

namespace Collimate.Cli.Commands;

/// <summary>What <c>collimate label</c> was asked for.</summary>
internal sealed record LabelRequest(PictureSupply Supply, string Encoder, WordList Words, LabelChoices Choices)
{
    /// <summary>The file of labels; null where similarities are calibrated.</summary>
    public string? Out { get; init; }

    /// <summary>Whether similarities are calibrated.</summary>
    public bool Calibrates { get; init; }

    /// <summary>Pictures looked at together.</summary>
    public int ChunkSize { get; init; }

    /// <summary>Threads.</summary>
    public int Workers { get; init; }

    /// <summary>Whether pictures that cannot be read are left out.</summary>
    public bool SkipsBad { get; init; }

    /// <summary>A page of figures, or null.</summary>
    public string? Report { get; init; }

    /// <summary>Whether the report is JSON.</summary>
    public bool AsJson { get; init; }
}

/// <summary>The options of <c>collimate label</c>, and how they are read.</summary>
internal sealed class LabelOptionSet
{
    private const int MostWordsOfAPatch = 64;
    private const int CalibrationPictures = 200;

    private static readonly Dictionary<string, SimilarityMode> Modes = Enum.GetValues<SimilarityMode>().ToDictionary(mode => mode.ToString().ToLowerInvariant());

    private readonly Argument<string> target = new("target") { Description = "A recipe, a folder of pictures, or data as a recipe writes them: '{ type: llava_json, path: train.json }'.", HelpName = "RECIPE-or-DATA" };
    private readonly Option<string> encoder = new("--encoder") { Description = "The folder of the CLIP or SigLIP model that finds the words.", Required = true, HelpName = "FOLDER" };
    private readonly Option<string?> words = new("--words") { Description = "A file of words, one a line, such as 12dicts' 2of12.txt; the gym's own names where silent.", HelpName = "FILE" };
    private readonly Option<string?> output = new("--out") { Description = "The file of labels. One that was not finished is gone on with, a finished one gets what it lacks.", HelpName = "FILE" };
    private readonly Option<string> similarity = new("--similarity") { Description = "How patches and words are compared; 'negated' is the paper's.", HelpName = string.Join('|', Modes.Keys), DefaultValueFactory = _ => "negated" };
    private readonly Option<string[]> template = new("--template") { Description = "A text in which {} stands for the word, such as 'a photo of a {}.'; of several the mean. The bare word where silent.", HelpName = "TEXT" };
    private readonly Option<int> top = new("--top") { Description = "The most words of a patch.", HelpName = "N", DefaultValueFactory = _ => 10 };
    private readonly Option<string?> stage = new("--stage") { Description = "The stage of the recipe whose data are labelled; those of all stages where silent.", HelpName = "NAME" };
    private readonly Option<long?> count = new("--count") { Description = $"The most samples (of each stage); all where silent, and {CalibrationPictures} to calibrate.", HelpName = "N" };
    private readonly Option<bool> calibrate = new("--calibrate") { Description = "Write nothing: on captioned pictures, rank every similarity by where it puts the captions' words." };
    private readonly Option<bool> skipBad = new("--skip-bad") { Description = "Leave out pictures that cannot be read; each is named." };
    private readonly Option<int> batch = new("--batch") { Description = "Pictures looked at together.", HelpName = "N", DefaultValueFactory = _ => 8 };
    private readonly Option<string?> report = new("--report") { Description = "A page with histograms of the labels: an .html file.", HelpName = "FILE" };
    private readonly Option<string[]> set = new("--set") { Description = "Change the recipe: path=value. May be given several times.", HelpName = "PATH=VALUE" };
    private readonly Option<int> workers = CommandActions.WorkersOption();
    private readonly Option<bool> json = CommandActions.JsonOption();

    /// <summary>Gives a command these options.</summary>
    public void AddTo(Command command)
    {
        similarity.AcceptOnlyFromAmong([.. Modes.Keys]);
        workers.Description = "Threads, each looking at pictures on one core.";
        command.Add(target);
        foreach (var option in (Option[])[encoder, words, output, similarity, template, top, stage, count, calibrate, skipBad, batch, report, set, workers, json])
        {
            command.Add(option);
        }
    }

    /// <summary>Reads them.</summary>
    /// <exception cref="UsageException">Something is missing or out of range.</exception>
    public LabelRequest Read(ParseResult parse)
    {
        var calibrates = parse.GetValue(calibrate);
        if (parse.GetValue(output) is null && !calibrates)
        {
            throw new UsageException("say where the labels are to be written with --out FILE, or measure similarities with --calibrate");
        }

        Require(parse.GetValue(top) is >= 1 and <= MostWordsOfAPatch, "--top", parse.GetValue(top), $"from 1 to {MostWordsOfAPatch}");
        Require(parse.GetValue(count) is null or >= 1, "--count", parse.GetValue(count) ?? 0, "at least 1");
        Require(parse.GetValue(batch) >= 1, "--batch", parse.GetValue(batch), "at least 1");
        Require(parse.GetValue(workers) >= 1, "--workers", parse.GetValue(workers), "at least 1");
        var templates = parse.GetValue(template) is { Length: > 0 } given ? given : [WordDirections.Plain];
        var list = parse.GetValue(words) is { } file ? WordList.Load(file) : WordList.Scenes;
        return new LabelRequest(
            Supply(parse, parse.GetValue(count) ?? (calibrates ? CalibrationPictures : null)), parse.GetRequiredValue(encoder), list,
            new LabelChoices(Modes[parse.GetValue(similarity)!], parse.GetValue(top), templates))
        {
            Out = parse.GetValue(output), Calibrates = calibrates, ChunkSize = parse.GetValue(batch), Workers = parse.GetValue(workers), SkipsBad = parse.GetValue(skipBad),
            Report = parse.GetValue(report), AsJson = parse.GetValue(json),
        };
    }

    private PictureSupply Supply(ParseResult parse, long? most)
    {
        var (from, changes) = (parse.GetRequiredValue(target), parse.GetValue(set) ?? []);
        if (from.TrimStart().StartsWith('{'))
        {
            return PictureSupply.OfData(RecipeDocument.Parse($"data: {from}", "the command line").Root.Find("data")!.Value, Environment.CurrentDirectory, most);
        }

        return Directory.Exists(from)
            ? PictureSupply.OfFolder(from, most)
            : PictureSupply.OfRecipe(RecipeDocument.Load(from, changes), Path.GetDirectoryName(Path.GetFullPath(from))!, parse.GetValue(stage), most);
    }

    private static void Require(bool holds, string option, long found, string expected)
    {
        if (!holds)
        {
            throw new UsageException($"{option} is {found}; expected {expected}");
        }
    }
}
