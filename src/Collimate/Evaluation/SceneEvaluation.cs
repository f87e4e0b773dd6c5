using Collimate.Data.Conversations;
using Collimate.Data.Scenes;
using Collimate.Imaging;
using Collimate.Recipes.Schema;
using Collimate.Training.Programs;

namespace Collimate.Evaluation;

/// <summary>What a model is shown when it is asked.</summary>
public enum Shown
{
    /// <summary>The scene's picture.</summary>
    Picture,
    /// <summary>An empty canvas in its place: what is left when the same model cannot look.</summary>
    BlankPicture,
    /// <summary>No picture at all, as a model trained blind is asked.</summary>
    Nothing,
    /// <summary>The scene's map in words: what the decoder could do if alignment were perfect.</summary>
    MapInWords,
    /// <summary>The scene's list in words.</summary>
    ListInWords,
}

/// <summary>Exact-match accuracy on the gym's questions, per kind.</summary>
/// <param name="Kinds">How many answers were right and how many questions were asked, by kind.</param>
public sealed record SceneScores(IReadOnlyDictionary<QuestionKind, (int Right, int Asked)> Kinds)
{
    /// <summary>The mean over the kinds, each weighing the same, 0 to 1.</summary>
    public double Mean => Kinds.Values.Average(k => (double)k.Right / k.Asked);

    /// <summary>How many questions whether an absent object is there were answered yes, and how many were asked.</summary>
    public (int Affirmed, int Asked) Absent { get; init; }

    /// <summary>Every question, in the order in which they were asked.</summary>
    public IReadOnlyList<SceneVerdict> Verdicts { get; init; } = [];

    /// <summary>The share of questions about absent objects that are answered as if they were there, 0 to 1; NaN where none was asked.</summary>
    public double Hallucination => (double)Absent.Affirmed / Absent.Asked;

    /// <summary>The accuracy of a kind, 0 to 1.</summary>
    public double Of(QuestionKind kind) => (double)Kinds[kind].Right / Kinds[kind].Asked;
}

/// <summary>Asks a model about scenes of a split and counts exact answers.</summary>
public static class SceneEvaluation
{
    private const byte Blank = 237;

    /// <summary>Evaluates a model.</summary>
    /// <param name="built">The model.</param>
    /// <param name="split">Which part of the world.</param>
    /// <param name="scenes">How many scenes.</param>
    /// <param name="shown">What the model is shown.</param>
    /// <param name="seed">Which scenes; the same seed asks the same questions.</param>
    /// <param name="questionsPerScene">Questions a scene.</param>
    /// <param name="progress">Is told how many scenes are done.</param>
    /// <param name="cancellation">Ends the evaluation early.</param>
    public static SceneScores Run(
        BuiltModel built, SceneSplit split, int scenes, Shown shown = Shown.Picture, ulong seed = 1, int questionsPerScene = 8,
        IProgress<int>? progress = null, CancellationToken cancellation = default)
    {
        var world = SceneSampleSource.World;
        var side = Math.Max(1, built.Model.Vision.Grid.Columns == 0 ? 8 : built.Model.Vision.Grid.Columns);
        var model = built.Model;
        model.SetTraining(false);
        var batcher = new ConversationBatcher(
            built.Tokenizer, built.Template, built.Processor, model.Language.Config.MaxPositions, model.TokensPerImage, Packed: true);
        var counts = new SortedDictionary<QuestionKind, (int Right, int Asked)>();
        var absent = (Affirmed: 0, Asked: 0);
        var verdicts = new List<SceneVerdict>();
        const int batchSize = 32;
        for (var first = 0; first < scenes; first += batchSize)
        {
            var asked = Enumerable.Range(first, Math.Min(batchSize, scenes - first)).Select(k => Questions(world, split, seed, k, questionsPerScene)).ToArray();
            var results = ExactAnswers.Check(model, [.. asked.Select(a => Sample(a.Scene, a.Questions, shown, side))], batcher, batchSize, cancellation);
            for (var k = 0; k < asked.Length; k++)
            {
                for (var q = 0; q < asked[k].Questions.Count; q++)
                {
                    var kind = asked[k].Questions[q].Kind;
                    counts.TryGetValue(kind, out var before);
                    counts[kind] = (before.Right + (results[k][q] ? 1 : 0), before.Asked + 1);
                    verdicts.Add(new SceneVerdict(first + k, q, asked[k].Questions[q], results[k][q]));
                }

                // Behind the questions themselves stand those about absent objects once more, with the false answer.
                var affirmed = results[k].AsSpan(asked[k].Questions.Count);
                absent = (absent.Affirmed + affirmed.Count(true), absent.Asked + affirmed.Length);
            }

            progress?.Report(first + asked.Length);
        }

        return new SceneScores(counts) { Absent = absent, Verdicts = verdicts };
    }

    /// <summary>The scene of a number and what is asked about it.</summary>
    internal static (Scene Scene, IReadOnlyList<SceneQuestion> Questions) Questions(SceneWorld world, SceneSplit split, ulong seed, long index, int count)
    {
        var scene = world.Draw(split, seed, index);
        var random = new SceneRandom(seed, "evaluation", index);
        return (scene, SceneQuestions.Ask(scene, count, ref random));
    }

    private static Sample Sample(Scene scene, IReadOnlyList<SceneQuestion> questions, Shown shown, int side)
    {
        (string, string)[] exchanges =
        [
            .. questions.Select(q => (q.Text, q.Answer)),
            .. questions.Where(q => q is { Kind: QuestionKind.Existence, Answer: "no" }).Select(q => (q.Text, "yes")),
        ];
        var random = new SceneRandom(scene.Seed, "list", scene.Index);
        return shown switch
        {
            Shown.Picture => SceneSamples.WithPicture(scene, exchanges),
            Shown.BlankPicture => SceneSamples.WithPicture(scene, exchanges, Image.Filled(ScenePositions.CanvasSize, ScenePositions.CanvasSize, Blank, Blank, Blank)),
            Shown.MapInWords => SceneSamples.WithPreamble(scene, SceneCaptions.Map(scene, side, side), exchanges),
            Shown.ListInWords => SceneSamples.WithPreamble(scene, SceneCaptions.Describe(scene, CaptionStyle.Detailed, ref random), exchanges),
            _ => SceneSamples.WithPreamble(scene, null, exchanges),
        };
    }
}
