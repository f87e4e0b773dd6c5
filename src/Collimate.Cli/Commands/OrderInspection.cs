using System.CommandLine;
using Collimate.Cli.Display;
using Collimate.Data.Conversations;
using Collimate.Inspection.Orders;
using Collimate.Recipes;
using Collimate.Recipes.Schema;
using Collimate.Reports.Orders;
using Collimate.Torch;

namespace Collimate.Cli.Commands;

/// <summary><c>collimate inspect --order</c>: in what order a model's composition lets the tokens of a prompt enter.</summary>
internal sealed class OrderInspection
{
    private readonly Option<bool> order = new("--order") { Description = "Show in what order the tokens of a prompt enter: of a recipe, or of a trained model's folder." };
    private readonly Option<string?> image;
    private readonly Option<string?> question;
    private readonly Option<int> number = new("--sample") { Description = "Which sample of the recipe's last stage --order is shown for.", HelpName = "N" };

    internal OrderInspection(Command command, Option<string?> image, Option<string?> question)
    {
        (this.image, this.question) = (image, question);
        foreach (var option in (Option[])[order, number])
        {
            command.Add(option);
        }
    }

    internal bool IsAsked(ParseResult parse) => parse.GetValue(order);

    internal int Run(ParseResult parse, string target, string[] changes, string? output, bool asJson, CommandIo io)
    {
        if (output is not null && !OrderPage.Endings.Contains(Path.GetExtension(output).ToLowerInvariant()))
        {
            throw new UsageException($"--out is {output}; expected a file that ends in {string.Join(", ", OrderPage.Endings)}");
        }

        var trained = Directory.Exists(target);
        using var built = InspectedModel.Load(target, changes);
        built.Model.SetTraining(false);
        var view = TokenOrderView.Of(built, Asked(parse, target, changes, trained, built));
        if (asJson)
        {
            io.WriteJson(new
            {
                sample = view.Sample, positions = view.Length, isPermutation = view.IsPermutation, measures = view.Measures,
                runs = view.Runs.Select(run => new { kind = SnakeCaseOf(run.Kind), text = run.Image < 0 ? run.Text : null, image = run.Image < 0 ? (int?)null : run.Image, patches = run.Image < 0 ? null : run.Patches, moved = run.HasMoved }),
            });
        }
        else
        {
            Write(view, io);
        }

        if (output is not null)
        {
            OrderPage.Save(output, view, InspectedModel.NameOf(target));
            io.Error.WriteLine($"The picture is in {output}");
        }

        return view.IsPermutation ? ExitCode.Success : ExitCode.Failed;
    }

    private Sample Asked(ParseResult parse, string target, string[] changes, bool trained, BuiltModel built)
    {
        var (picture, asked) = (parse.GetValue(image), parse.GetValue(question));
        if (asked is not null)
        {
            return new Sample(
                "the question", picture is null ? [] : [ImageSource.FromFile(picture)], [new Turn("user", (picture is null ? "" : ConversationRenderer.ImageMarker + "\n") + asked)]);
        }

        if (picture is not null)
        {
            throw new UsageException("--image needs --question: a picture is ordered by what is asked about it");
        }

        var file = trained ? Path.Combine(ModelFolder.Find(target), ModelFolder.RecipeFile) : target;
        var recipe = RecipeDocument.Load(file, changes).Bind<Recipe>();
        using var generator = new Generator((ulong)recipe.Seed);
        var context = new SeamContext(Path.GetDirectoryName(Path.GetFullPath(file))!, generator, built.Model.Vision.Width, built.Model.Language.Config.HiddenSize);
        var at = parse.GetValue(number);
        return at >= 0 ? Seams.Data.Create(recipe.Stages[^1].Data, context).At(at) : throw new UsageException($"--sample is {at}; samples are numbered from 0");
    }

    private static void Write(TokenOrderView view, CommandIo io)
    {
        io.Output.WriteLine(view.Pictures.Count == 0 ? $"{view.Sample}: {view.Length} tokens, no picture" : $"{view.Sample}: {view.Length} positions; patches in brackets, a star marks those that moved");
        foreach (var line in OrderSentence.Lines(view, 100))
        {
            io.Output.WriteLine("  " + line);
        }

        foreach (var (name, value) in view.Measures)
        {
            io.Output.WriteLine(FormattableString.Invariant($"{name} {value:0.####}"));
        }

        if (!view.IsPermutation)
        {
            io.Output.WriteLine("This order is NO permutation: some token is lost or stands twice.");
        }
    }

    private static string SnakeCaseOf(TokenKind kind) => kind.ToString().ToLowerInvariant();
}
