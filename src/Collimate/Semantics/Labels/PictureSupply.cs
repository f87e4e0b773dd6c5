using Collimate.Data;
using Collimate.Data.Conversations;
using Collimate.Imaging;
using Collimate.Recipes;
using Collimate.Recipes.Schema;
using Collimate.Torch;
using Collimate.Training;
using Collimate.Training.Programs;

namespace Collimate.Semantics.Labels;

/// <summary>Where pictures to be labelled come from: a stage of a recipe, a data source, or a folder.</summary>
/// <param name="Name">What messages call it.</param>
/// <param name="Count">How many samples or files there are.</param>
/// <param name="Samples">The samples in an order that is always the same; those of a folder have a picture and nothing said of it.</param>
/// <param name="LeavesBad">Whether samples that cannot be used are left out rather than end the work.</param>
public sealed record PictureSupply(string Name, long Count, IEnumerable<Sample> Samples, bool LeavesBad)
{
    private static readonly string[] Endings = [".jpg", ".jpeg", ".png", ".webp", ".gif"];

    /// <summary>The pictures of all samples.</summary>
    public IEnumerable<ImageSource> Pictures => Samples.SelectMany(sample => sample.Images);

    /// <summary>The pictures of a folder and of the folders in it.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="most">The most pictures; all where null.</param>
    /// <exception cref="DataException">There is none.</exception>
    public static PictureSupply OfFolder(string folder, long? most = null)
    {
        string[] files = [.. Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories)
            .Where(file => Endings.Contains(Path.GetExtension(file).ToLowerInvariant())).Order(StringComparer.Ordinal).Take((int)Math.Min(int.MaxValue, most ?? int.MaxValue))];
        return files.Length > 0
            ? new PictureSupply(folder, files.Length, files.Select(file => new Sample(file, [ImageSource.FromFile(file)], [])), LeavesBad: false)
            : throw new DataException(folder, $"there is no picture in this folder; those end in {string.Join(", ", Endings)}");
    }

    /// <summary>The samples that stages of a recipe draw: a pass over data that end, and what the stage's steps draw of those that do not.</summary>
    /// <param name="document">The recipe.</param>
    /// <param name="folder">Where its relative paths start from.</param>
    /// <param name="stage">The stage; all of them where null.</param>
    /// <param name="most">The most samples of each stage; all where null.</param>
    /// <exception cref="RecipeException">There is no such stage.</exception>
    public static PictureSupply OfRecipe(RecipeDocument document, string folder, string? stage = null, long? most = null)
    {
        var recipe = document.Bind<Recipe>();
        StageRecipe[] stages = [.. recipe.Stages.Where(one => stage is null || one.Name == stage)];
        if (stages.Length == 0)
        {
            throw new RecipeException(document.Root.Location, $"there is no stage '{stage}'; the recipe has {string.Join(", ", recipe.Stages.Select(one => one.Name))}.");
        }

        var parts = stages.Select(one => (Stage: one, Source: SourceOf(one.Data, folder, recipe.Seed, one.BadSamples > 0))).Select(part => (part.Stage, part.Source, Count: Math.Min(Drawn(part.Stage, part.Source), most ?? long.MaxValue))).ToArray();
        return new PictureSupply(
            stage is null ? recipe.Name : $"{recipe.Name}, {stage}", parts.Sum(part => part.Count),
            parts.SelectMany(part => Walk(part.Source, part.Count, part.Stage.BadSamples > 0)), stages.Any(one => one.BadSamples > 0));
    }

    /// <summary>The samples of a data source that is written as in a recipe.</summary>
    /// <param name="data">The value of <c>data:</c>.</param>
    /// <param name="folder">Where relative paths start from.</param>
    /// <param name="most">The most samples; all where null, which data that never end do not allow.</param>
    /// <exception cref="RecipeException">The source never ends and no number is given.</exception>
    public static PictureSupply OfData(RecipeNode data, string folder, long? most = null)
    {
        var source = SourceOf(data, folder, seed: 1, leavesBad: false);
        var count = Math.Min(source.Count ?? long.MaxValue, most ?? long.MaxValue);
        return count < long.MaxValue
            ? new PictureSupply("data", count, Walk(source, count, leavesBad: false), LeavesBad: false)
            : throw new RecipeException(data.Location, "these data never end; say with --count how many samples are labelled.");
    }

    // A window of length groups is drawn from as a whole, so its last samples may come before its first.
    private static long Drawn(StageRecipe stage, ISampleSource source)
    {
        if (source.Count is { } count)
        {
            return count;
        }

        var window = stage.GroupByLength is { IsOn: true, Count: var batches } ? batches ?? LengthGroupedSource.UsualWindow : 1;
        return (StageRunner.StepsOf(stage, source) + window - 1) / window * window * stage.BatchSize;
    }

    private static ISampleSource SourceOf(RecipeNode data, string folder, long seed, bool leavesBad)
    {
        using var generator = new Generator((ulong)seed);
        return Seams.Data.Create(data, new SeamContext(folder, generator, 0, 0) { LeavesBadRecords = leavesBad });
    }

    private static IEnumerable<Sample> Walk(ISampleSource source, long count, bool leavesBad)
    {
        for (var place = 0L; place < count; place++)
        {
            if (At(source, place, leavesBad) is { } sample)
            {
                yield return sample;
            }
        }
    }

    private static Sample? At(ISampleSource source, long place, bool leavesBad)
    {
        try
        {
            return source.At(place);
        }
        catch (Exception fault) when (leavesBad && fault is (ImageException or DataException { Fault: not DataFault.Source }))
        {
            return null;
        }
    }
}
