using System.Text.Json;
using Collimate.Recipes;
using Collimate.Recipes.Schema;
using Collimate.Torch;
using Collimate.Torch.Serialization;

namespace Collimate.Training;

/// <summary>A point that a run can go on from: the model, the optimizer's state, what is accumulated of a step, and where the run stood.</summary>
/// <remarks>
/// Every folder below <c>checkpoints/</c> is whole (<see cref="WholeFolder"/>). What a run draws at random follows from its seed and the step's number, so the position in
/// the data and the state of all random streams are the step's number.
/// </remarks>
public static class RunCheckpoint
{
    /// <summary>The checkpoint with the lowest validation loss of the stage in hand.</summary>
    public const string BestName = "best";

    private const string FolderName = "checkpoints";
    private const string OptimizerFile = "optimizer.safetensors";
    private const string WithinFile = "accumulated.safetensors";
    private const string PlaceFile = "state.json";
    private const int Version = 1;

    /// <summary>Writes a checkpoint of a run and lets go of older ones.</summary>
    /// <param name="run">The run's folder.</param>
    /// <param name="built">The model.</param>
    /// <param name="document">The run's recipe.</param>
    /// <param name="state">Where the run stands.</param>
    /// <param name="kept">How many checkpoints stay, the new one among them.</param>
    /// <returns>Its folder.</returns>
    public static string Save(string run, BuiltModel built, RecipeDocument document, StageState state, int kept = 2) =>
        Save(run, folder => ModelFolder.Save(folder, built, document), state, kept);

    /// <summary>The same for a model that something else writes.</summary>
    /// <param name="run">The run's folder.</param>
    /// <param name="saveModel">Writes the model into a folder.</param>
    /// <param name="state">Where the run stands.</param>
    /// <param name="kept">How many checkpoints stay, the new one among them.</param>
    /// <returns>Its folder.</returns>
    internal static string Save(string run, Action<string> saveModel, StageState state, int kept)
    {
        var within = state.Within is { } partial ? $"-{partial.Pieces:D5}" : "";
        var target = Path.Combine(run, FolderName, $"stage-{state.Stage:D2}-step-{state.Step:D7}{within}");
        WholeFolder.Write(target, folder =>
        {
            saveModel(folder);
            using var scope = new TensorScope();
            SafetensorsWriter.Write(Path.Combine(folder, OptimizerFile), state.OptimizerState);
            if (state.Within is { } step)
            {
                var sums = step.Gradients.Select((sum, k) => (Name: state.Names[k], Sum: sum)).Where(entry => entry.Sum is not null);
                SafetensorsWriter.Write(Path.Combine(folder, WithinFile), sums.ToDictionary(entry => entry.Name, entry => entry.Sum!));
            }

            var part = state.Within is { } w ? new Accumulated(w.Pieces, w.Loss, w.Samples, w.Tokens, state.Names) : null;
            File.WriteAllText(Path.Combine(folder, PlaceFile), JsonSerializer.Serialize(new Place(Version, state.Stage, state.Step, state.Validation, part)));
        });
        foreach (var old in FoldersOf(run).SkipLast(Math.Max(1, kept)))
        {
            Directory.Delete(old, recursive: true);
        }

        return target;
    }

    /// <summary>Writes the model as the best of its stage so far.</summary>
    /// <returns>Its folder.</returns>
    public static string SaveBest(string run, BuiltModel built, RecipeDocument document)
    {
        var target = BestOf(run);
        WholeFolder.Write(target, folder => ModelFolder.Save(folder, built, document));
        return target;
    }

    /// <summary>Where the best model of the stage in hand lies.</summary>
    public static string BestOf(string run) => Path.Combine(run, FolderName, BestName);

    /// <summary>Where a run's checkpoints lie.</summary>
    public static string FolderOf(string run) => Path.Combine(run, FolderName);

    /// <summary>A run's checkpoints, the oldest first.</summary>
    public static IReadOnlyList<string> FoldersOf(string run)
    {
        var all = Path.Combine(run, FolderName);
        return Directory.Exists(all) ? [.. Directory.GetDirectories(all, "stage-*").Order(StringComparer.Ordinal)] : [];
    }

    /// <summary>Goes back to a run's newest checkpoint that is sound.</summary>
    /// <param name="run">The run's folder.</param>
    /// <param name="built">The model; takes over the checkpoint's weights.</param>
    /// <param name="warn">Is told of every damaged checkpoint that is passed over.</param>
    /// <returns>Where the run stood, or null where it has no checkpoint.</returns>
    /// <exception cref="CheckpointException">There are checkpoints, but none is sound; or they belong to another recipe.</exception>
    public static StageState? Restore(string run, BuiltModel built, Action<string>? warn = null) =>
        Restore(run, folder => ModelFolder.LoadWeights(built, Path.Combine(folder, ModelFolder.WeightsFile)), warn);

    /// <summary>The same for a model that something else reads.</summary>
    /// <param name="run">The run's folder.</param>
    /// <param name="loadWeights">Takes over the weights of a checkpoint's folder.</param>
    /// <param name="warn">Is told of every damaged checkpoint that is passed over.</param>
    internal static StageState? Restore(string run, Action<string> loadWeights, Action<string>? warn)
    {
        CheckpointException? first = null;
        foreach (var folder in FoldersOf(run).Reverse())
        {
            try
            {
                WholeFolder.Verify(folder);
            }
            catch (CheckpointException damage)
            {
                first ??= damage;
                warn?.Invoke($"{damage.Message} The checkpoint is passed over.");
                continue;
            }

            return Read(folder, loadWeights);
        }

        return first is null ? null : throw new CheckpointException($"{run}: every checkpoint is damaged. {first.Message}", first);
    }

    private static StageState Read(string folder, Action<string> loadWeights)
    {
        var path = Path.Combine(folder, PlaceFile);
        var place = JsonSerializer.Deserialize<Place>(File.ReadAllText(path));
        if (place?.Version != Version)
        {
            throw CheckpointException.At(path, "Version", $"{place?.Version}", $"{Version}", "The run was made by another version of the program: finish it with that one, or start anew.");
        }

        loadWeights(folder);
        var optimizer = Kept(Path.Combine(folder, OptimizerFile));
        return new StageState(place.Stage, place.Step, optimizer.Count > 0 ? optimizer : null) { Validation = place.Validation }
            .At(place.Step, place.Within is { } within ? ReadWithin(Path.Combine(folder, WithinFile), within) : null);
    }

    private static PartialStep ReadWithin(string path, Accumulated within)
    {
        var sums = Kept(path);
        return new PartialStep(within.Pieces, [.. within.Names.Select(name => sums.GetValueOrDefault(name))], within.Loss, within.Samples, within.Tokens);
    }

    private static Dictionary<string, Tensor> Kept(string path)
    {
        using var scope = new TensorScope();
        using var reader = SafetensorsReader.Open(path);
        // Copies: the checkpoint may be deleted while they are still in use.
        return reader.ReadAll().ToDictionary(entry => entry.Key, entry => entry.Value.Clone().Keep());
    }

    private sealed record Place(int Version, int Stage, long Step, ValidationProgress Validation, Accumulated? Within);

    private sealed record Accumulated(int Pieces, double Loss, int Samples, int Tokens, IReadOnlyList<string> Names);
}
