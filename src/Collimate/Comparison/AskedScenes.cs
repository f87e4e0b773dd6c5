using Collimate.Answering;
using Collimate.Data.Conversations;
using Collimate.Data.Scenes;
using Collimate.Evaluation;
using Collimate.Generation;
using Collimate.Recipes.Schema;

namespace Collimate.Comparison;

/// <summary>What a trained model answered about scenes that it had never met.</summary>
internal sealed class AskedScenes
{
    /// <summary>How many scenes' wrong answers are written out.</summary>
    internal const int WrittenScenes = 24;

    private const int MostTokens = 24;

    private readonly List<RunAnswer> answers = [];
    private readonly SortedDictionary<string, IReadOnlyDictionary<string, double>> accuracy = [];

    private AskedScenes()
    {
    }

    /// <summary>Right answers by split and kind of question, 0 to 1.</summary>
    public IReadOnlyDictionary<string, IReadOnlyDictionary<string, double>> Accuracy => accuracy;

    /// <summary>The share of questions about absent objects that are answered as if they were there; null where none was asked.</summary>
    public double? Hallucination { get; private init; }

    /// <summary>What a model is shown: one without eyes is asked the same questions without pictures.</summary>
    public static Shown ShownTo(BuiltModel built) => built.Processor is null ? Shown.Nothing : Shown.Picture;

    /// <summary>Asks about all splits.</summary>
    public static AskedScenes Ask(BuiltModel built, int scenes, CancellationToken cancellation)
    {
        var shown = ShownTo(built);
        SceneScores Of(SceneSplit split, Shown what) => SceneEvaluation.Run(built, split, scenes, what, ComparedRun.TestSeed, cancellation: cancellation);
        var compositions = Of(SceneSplit.TestCompositions, shown);
        var asked = new AskedScenes { Hallucination = double.IsFinite(compositions.Hallucination) ? compositions.Hallucination : null };
        asked.Add("compositions", compositions);
        asked.Add("unseen", Of(SceneSplit.TestUnseen, shown));
        asked.Add("blank", Of(SceneSplit.TestCompositions, shown == Shown.Nothing ? Shown.Nothing : Shown.BlankPicture));
        return asked;
    }

    /// <summary>Writes every answer, those about the first scenes in words, and what the model sees in them.</summary>
    public void Save(BuiltModel built, string folder, CancellationToken cancellation)
    {
        var scenes = answers.Where(answer => answer.Split == "compositions").Select(answer => answer.Scene).Distinct().Take(RunLook.Scenes).Select(Scene).ToArray();
        RunLook.Of(built, scenes, answers.First(answer => answer.Split == "compositions").Question).Save(folder);
        RunAnswer.Save(folder, InWords(built, cancellation));
    }

    /// <summary>A scene of the held-out compositions.</summary>
    internal static Scene Scene(int number) => SceneSampleSource.World.Draw(SceneSplit.TestCompositions, ComparedRun.TestSeed, number);

    private void Add(string split, SceneScores scores)
    {
        accuracy[split] = scores.Kinds.Keys.ToDictionary(kind => $"{kind}", scores.Of);
        answers.AddRange(RunAnswer.Of(split, scores));
    }

    // A right answer is the true one; a wrong one has to be decoded to be known.
    private IEnumerable<RunAnswer> InWords(BuiltModel built, CancellationToken cancellation)
    {
        var wrong = answers.Where(answer => answer is { Split: "compositions", Right: false, Scene: < WrittenScenes }).ToArray();
        var answerer = new Answerer(built);
        var said = new Dictionary<RunAnswer, string>();
        foreach (var some in wrong.Chunk(16))
        {
            foreach (var (asked, answer) in some.Zip(answerer.AnswerAll([.. some.Select(one => Question(built, one))], new GenerationOptions { MaxNewTokens = MostTokens }, cancellation: cancellation)))
            {
                said[asked] = answer;
            }
        }

        return answers.Select(answer => said.TryGetValue(answer, out var text) ? answer with { Answer = text } : answer);
    }

    private static Sample Question(BuiltModel built, RunAnswer asked)
    {
        var scene = Scene(asked.Scene);
        var sample = built.Processor is null ? SceneSamples.WithPreamble(scene, null, []) : SceneSamples.WithPicture(scene, []);
        return sample with { Conversation = [.. sample.Conversation, new Turn("user", asked.Question)] };
    }
}
