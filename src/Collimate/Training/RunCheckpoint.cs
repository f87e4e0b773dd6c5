using System.Text.Json;
using Collimate.Recipes;
using Collimate.Recipes.Schema;
using Collimate.Torch;
using Collimate.Torch.Serialization;

namespace Collimate.Training;

/// <summary>A point that a run can go on from: the model, the optimizer's state, and where the run stood.</summary>
/// <remarks>A checkpoint is written to a temporary folder and renamed when it is complete, so that every folder below <c>checkpoints/</c> is whole.</remarks>
public static class RunCheckpoint
{
    private const string FolderName = "checkpoints";
    private const string OptimizerFile = "optimizer.safetensors";
    private const string PlaceFile = "state.json";
    private const int Kept = 2;

    /// <summary>Writes a checkpoint of a run and lets go of older ones, always keeping the last two.</summary>
    /// <returns>Its folder.</returns>
    public static string Save(string run, BuiltModel built, RecipeDocument document, StageState state)
    {
        var all = Directory.CreateDirectory(Path.Combine(run, FolderName)).FullName;
        var target = Path.Combine(all, $"stage-{state.Stage:D2}-step-{state.Step:D7}");
        var temporary = Path.Combine(all, $".writing-{Environment.ProcessId}");
        try
        {
            ModelFolder.Save(temporary, built, document);
            using (new TensorScope())
            {
                SafetensorsWriter.Write(Path.Combine(temporary, OptimizerFile), state.OptimizerState);
            }

            File.WriteAllText(Path.Combine(temporary, PlaceFile), JsonSerializer.Serialize(new Place(state.Stage, state.Step)));
            if (Directory.Exists(target))
            {
                Directory.Delete(target, recursive: true);
            }

            Directory.Move(temporary, target);
        }
        finally
        {
            if (Directory.Exists(temporary))
            {
                Directory.Delete(temporary, recursive: true);
            }
        }

        foreach (var old in FoldersOf(run).SkipLast(Kept))
        {
            Directory.Delete(old, recursive: true);
        }

        return target;
    }

    /// <summary>A run's checkpoints, the oldest first.</summary>
    public static IReadOnlyList<string> FoldersOf(string run)
    {
        var all = Path.Combine(run, FolderName);
        return Directory.Exists(all) ? [.. Directory.GetDirectories(all, "stage-*").Order(StringComparer.Ordinal)] : [];
    }

    /// <summary>Goes back to a run's newest checkpoint.</summary>
    /// <param name="run">The run's folder.</param>
    /// <param name="built">The model; takes over the checkpoint's weights.</param>
    /// <param name="saveEvery">Steps between two checkpoints from now on.</param>
    /// <returns>Where the run stood, or null where it has no checkpoint.</returns>
    /// <exception cref="CheckpointException">The checkpoint is damaged or belongs to another recipe.</exception>
    public static StageState? Restore(string run, BuiltModel built, long saveEvery)
    {
        if (FoldersOf(run) is not [.., var newest])
        {
            return null;
        }

        ModelFolder.LoadWeights(built, Path.Combine(newest, ModelFolder.WeightsFile));
        var place = JsonSerializer.Deserialize<Place>(File.ReadAllText(Path.Combine(newest, PlaceFile)))
            ?? throw new CheckpointException($"{Path.Combine(newest, PlaceFile)} is empty; delete that checkpoint folder to go on from the one before it.");
        using var reader = SafetensorsReader.Open(Path.Combine(newest, OptimizerFile));
        var optimizer = reader.ReadAll();
        foreach (var tensor in optimizer.Values)
        {
            tensor.Keep();
        }

        return new StageState(place.Stage, place.Step, optimizer) { SaveEvery = saveEvery };
    }

    private sealed record Place(int Stage, long Step);
}
