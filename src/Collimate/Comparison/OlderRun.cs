using Collimate.Data;
using Collimate.Recipes.Schema;

namespace Collimate.Comparison;

/// <summary>A run that an older version finished without keeping its answers: its model is asked again.</summary>
internal static class OlderRun
{
    // Another machine rounds differently, which may turn a few answers.
    private const double Tolerance = 0.02;

    /// <summary>Asks the model again and keeps the answers; the result stays as it is.</summary>
    /// <exception cref="DataException">The model is gone, or was asked something else then.</exception>
    public static RunResult Complete(string folder, ComparisonOptions options, CancellationToken cancellation)
    {
        var result = RunResult.Load(Path.Combine(folder, RunResult.FileName));
        var model = Path.Combine(folder, "model");
        if (!Directory.Exists(model))
        {
            throw new DataException(folder, "an older version finished this run without keeping its answers, and its model is not there to be asked again; delete the folder to train it again, or compare in another --out", DataFault.Source);
        }

        using var built = ModelFolder.Load(model);
        var asked = AskedScenes.Ask(built, options.Scenes, cancellation);
        var (then, now) = (result.Mean("compositions"), asked.Accuracy["compositions"].Values.Average());
        if (Math.Abs(then - now) > Tolerance)
        {
            throw new DataException(
                folder, FormattableString.Invariant($"an older version finished this run at {then:P1} of answers right, and its model, asked about {options.Scenes} scenes, now gives {now:P1}; say the same --scenes as then, or compare in another --out"), DataFault.Source);
        }

        asked.Save(built, folder, cancellation);
        return result;
    }
}
