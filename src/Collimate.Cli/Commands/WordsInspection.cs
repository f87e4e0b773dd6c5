using System.CommandLine;
using Collimate.Cli.Display;
using Collimate.Data.Conversations;
using Collimate.Data.Scenes;
using Collimate.Inspection;
using Collimate.Recipes.Schema;
using Collimate.Reports;
using Collimate.Reports.Words;
using Collimate.Semantics;

namespace Collimate.Cli.Commands;

/// <summary><c>collimate inspect --words</c>: which words a model's visual tokens mean, written over the picture.</summary>
internal sealed class WordsInspection
{
    private const int DefaultScenes = 4;
    private const int LineWidth = 120;
    private const ulong Seed = 2026;
    private const string DefaultQuestion = "What is in the picture?";

    private readonly Option<bool> words = new("--words") { Description = "Write over each patch of --image, or of scenes, the words that its visual token is nearest to." };
    private readonly Option<int> top = new("--top") { Description = "How many words of a patch --words keeps.", HelpName = "N", DefaultValueFactory = _ => 5 };
    private readonly Option<string?> image;
    private readonly Option<string?> question;
    private readonly MeasuredScenes measured;

    internal WordsInspection(Command command, Option<string?> image, Option<string?> question, MeasuredScenes measured)
    {
        (this.image, this.question, this.measured) = (image, question, measured);
        command.Add(words);
        command.Add(top);
    }

    internal bool IsAsked(ParseResult parse) => parse.GetValue(words);

    internal int Run(ParseResult parse, string? target, string[] changes, string? output, bool asJson, CommandIo io)
    {
        MeasuredScenes.CheckEnding(output, WordsPage.Endings);
        var kept = parse.GetValue(top) is var wanted and >= 1 and <= 1000 ? wanted : throw new UsageException($"--top is {parse.GetValue(top)}; expected 1 to 1000 words of a patch");
        var (scenes, list) = (measured.Count(parse, DefaultScenes), measured.Words(parse) ?? WordList.Scenes);
        // The picture first: it is the likelier mistake, and a model takes longer to load.
        var picture = parse.GetValue(image) is { } path ? Picture(parse, path) : null;
        using var built = InspectedModel.Load(MeasuredScenes.Target(target, "--words"), changes);
        var candidates = CandidateWord.Of(list, built.Tokenizer);
        AlignmentPicture[] shown = picture is not null
            ? [AlignmentPicture.From(RecalledWords.OfPicture(built, candidates, picture, parse.GetValue(question) ?? DefaultQuestion, kept) with { Id = Path.GetFileName(parse.GetValue(image)!) })]
            : [.. OfScenes(built, candidates, scenes, kept).Select(AlignmentPicture.From)];
        if (asJson)
        {
            io.WriteJson(WordsPage.Figures(shown, list.Count));
        }
        else
        {
            Write(shown, io);
        }

        if (output is not null)
        {
            WordsPage.Save(output, shown, InspectedModel.NameOf(target!), list.Count);
            io.Error.WriteLine($"The words are in {output}");
        }

        return ExitCode.Success;
    }

    private ImageSource Picture(ParseResult parse, string path) => measured.IsCounted(parse)
        ? throw new UsageException("--image names one picture and --scenes asks for scenes; say one of them")
        : ImageSource.FromImage(ImageSource.FromFile(path).Load());

    private static IReadOnlyList<RecalledPicture> OfScenes(BuiltModel built, IReadOnlyList<CandidateWord> candidates, int count, int kept) =>
        RecalledWords.OfScenes(built, candidates, [.. Enumerable.Range(0, count).Select(index => SceneSampleSource.World.Draw(SceneSplit.TestCompositions, Seed, index))], kept);

    private static void Write(AlignmentPicture[] shown, CommandIo io)
    {
        foreach (var picture in shown)
        {
            var objects = picture.Patches.Where(patch => patch.IsJudged && patch.Truth is not null).ToArray();
            io.Output.WriteLine(objects.Length == 0 ? $"{picture.Id}: {picture.Patches.DistinctBy(patch => patch.Word).Count()} words over {picture.Patches.Count} visual tokens" : $"{picture.Id}: {picture.Description} {objects.Count(patch => patch.IsRight)} of {objects.Length} object patches right (+ right, - wrong)");
            foreach (var line in WordsText.Lines(picture, LineWidth))
            {
                io.Output.WriteLine("  " + line);
            }
        }
    }
}
