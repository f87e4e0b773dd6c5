using Collimate.Alignment.Reasoning;
using Collimate.Alignment.Towers;
using Collimate.Data.Conversations;
using Collimate.Data.Puzzles;
using Collimate.Imaging;
using Collimate.Models;
using Collimate.Models.Text;
using Collimate.Models.Text.Bert;
using Collimate.Torch;
using Collimate.Torch.Serialization;

namespace Collimate.Recipes.Schema;

/// <summary>Puts a reasoner together as a recipe says.</summary>
internal static class ReasonerParts
{
    private const string EyesFolder = "eyes";
    private const string QuestionFolder = "question";

    /// <summary>Builds a reasoner.</summary>
    /// <param name="recipe">The recipe.</param>
    /// <param name="folder">Where its relative paths start from.</param>
    /// <param name="puzzles">The puzzles it answers.</param>
    /// <param name="questions">The training questions, which its list of words is made of.</param>
    /// <param name="modelFolder">A trained reasoner's folder, to take the parts' configurations (and no weights) from; null to read the parts' own checkpoints.</param>
    /// <exception cref="RecipeException">Parts do not fit each other.</exception>
    /// <exception cref="CheckpointException">A part's checkpoint is absent or damaged.</exception>
    public static ReasonerModel Build(ReasonerRecipe recipe, string folder, IReadOnlyList<PuzzleKind> puzzles, IEnumerable<string> questions, string? modelFolder = null)
    {
        using var generator = new Generator((ulong)recipe.Seed);
        var eyes = recipe.Reasoner.Image is { } image ? Eyes(image, folder, generator, modelFolder) : null;
        IQuestionReader? reader = null;
        try
        {
            reader = recipe.Reasoner.Question is { } question ? Reader(question, folder, generator, questions, modelFolder) : null;
            CheckGrids(recipe, eyes);
            return new ReasonerModel(eyes, reader, new PuzzleReasoner(recipe.Reasoner.ToShape(puzzles, eyes?.Widths ?? [], reader?.Width), generator));
        }
        catch (Exception wrong)
        {
            eyes?.Dispose();
            (reader as Module)?.Dispose();
            throw wrong is ArgumentException ? new RecipeException("reasoner", 0, wrong.Message, wrong) : wrong;
        }
    }

    /// <summary>Another model of the same shape that shares the parameters of one, for a further worker.</summary>
    /// <param name="model">The model.</param>
    /// <param name="recipe">Its recipe.</param>
    /// <param name="folder">Where the recipe's relative paths start from.</param>
    /// <param name="withEyes">Whether it has to look at pictures itself.</param>
    /// <param name="withReader">Whether it has to read questions itself.</param>
    public static ReasonerModel Replica(ReasonerModel model, ReasonerRecipe recipe, string folder, bool withEyes, bool withReader)
    {
        using var generator = new Generator(0);
        var eyes = withEyes && model.Eyes is not null ? Eyes(recipe.Reasoner.Image!, folder, generator, null) : null;
        var reader = !withReader || model.Reader is null ? null
            : model.Reader is WordQuestions words ? words.Twin()
            : Reader(recipe.Reasoner.Question!, folder, generator, [], null);
        var replica = new ReasonerModel(eyes, reader, new PuzzleReasoner(model.Head.Shape));
        replica.Head.ShareParametersWith(model.Head);
        eyes?.ShareParametersWith(model.Eyes!);
        (reader as Module)?.ShareParametersWith((Module)model.Reader!);
        return replica;
    }

    /// <summary>Keeps what the parts need beside their weights.</summary>
    public static void Save(ReasonerModel model, string folder)
    {
        foreach (var (at, (tower, processor)) in (model.Eyes?.Towers ?? []).Index())
        {
            VisionParts.Save(tower, processor, Path.Combine(folder, EyesFolder, $"{at}"));
        }

        model.Reader?.Save(Path.Combine(folder, QuestionFolder));
    }

    private static ReasonerEyes Eyes(ReasonerImageOptions options, string folder, Generator generator, string? modelFolder)
    {
        var towers = new List<(IVisionTower Tower, ImageProcessor Processor)>();
        try
        {
            foreach (var (at, tower) in options.Towers.Index())
            {
                var context = new SeamContext(folder, generator, 0, 0, modelFolder is null ? null : Path.Combine(modelFolder, EyesFolder, $"{at}"));
                towers.Add((VisionParts.Tower(tower, context), new ImageProcessor(VisionParts.Preprocessing(tower, context))));
            }
        }
        catch
        {
            towers.ForEach(entry => (entry.Tower as Module)?.Dispose());
            throw;
        }

        return new ReasonerEyes(towers);
    }

    private static IQuestionReader Reader(ReasonerQuestionOptions options, string folder, Generator generator, IEnumerable<string> questions, string? modelFolder)
    {
        if (options.Type == QuestionReaderKind.Words)
        {
            return Words(options, folder, generator, questions, modelFolder);
        }

        var place = modelFolder is null ? Path.GetFullPath(options.Path!, folder) : Path.Combine(modelFolder, QuestionFolder);
        var tokenizer = TokenizerFolder.LoadTokenizer(place);
        var config = CheckpointFolder.ConfigFile(place);
        return options.Type == QuestionReaderKind.Bert
            ? new BertQuestions(modelFolder is null ? BertModel.Load(place, withPooler: false) : new BertModel(BertConfig.Load(config) with { HasPooler = false }), tokenizer, options.MostTokens)
            : new TowerQuestions(modelFolder is null ? DualEncoder.Load(place) : new DualEncoder(DualEncoderConfig.Load(config)), tokenizer);
    }

    private static WordQuestions Words(ReasonerQuestionOptions options, string folder, Generator generator, IEnumerable<string> questions, string? modelFolder)
    {
        if (modelFolder is not null)
        {
            return new WordQuestions(WordList.Parse(File.ReadAllText(Path.Combine(modelFolder, QuestionFolder, WordQuestions.WordsFile))), options.Width, options.MostTokens, generator);
        }

        var words = new WordQuestions(WordList.Of(questions, options.LeastCount), options.Width, options.MostTokens, generator);
        if (options.Vectors is { } vectors)
        {
            words.Begin(WordVectors.Load(Path.GetFullPath(vectors, folder), options.Width));
        }

        return words;
    }

    // A Q-Former and a perceiver look at patches that lie on each other.
    private static void CheckGrids(ReasonerRecipe recipe, ReasonerEyes? eyes)
    {
        if (eyes is not null && recipe.Reasoner.Image!.Head is PictureHead.QFormer or PictureHead.Perceiver && eyes.TokenCounts.Distinct().Count() > 1)
        {
            throw new ArgumentException($"image.head: {recipe.Reasoner.Image!.Head} reads the towers' tokens side by side, but they have {string.Join(" and ", eyes.TokenCounts)}; choose image_size so that they agree, or head: per_puzzle");
        }
    }
}
