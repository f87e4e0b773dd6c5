using System.Text.Json;
using Collimate.Evaluation.Metrics.Captions;

namespace Collimate.Tests.Evaluation.Metrics;

/// <summary>The scores that Maluuba/nlg-eval publishes of its own examples; words are parted by blanks, without COCO's tokenizer.</summary>
public sealed class NlgEvalTests
{
    private const string Folder = "data/ref_nlg_eval";

    [SharedFact(Folder)]
    public void Score_ExampleFiles_IsWhatIsPublished()
    {
        string[] Lines(string name) => File.ReadAllLines(Path.Combine(SharedFiles.Require(Folder), name));
        var (candidates, first, second) = (Lines("hyp.txt"), Lines("ref1.txt"), Lines("ref2.txt"));

        AssertEqual(Expected().GetProperty("corpus_example"), [.. candidates.Select((candidate, at) => new CaptionPair($"{at}", candidate, [first[at], second[at]]))]);
    }

    [SharedFact(Folder)]
    public void Score_SingleSentences_IsWhatIsPublished()
    {
        foreach (var one in Expected().GetProperty("individual").EnumerateArray())
        {
            AssertEqual(one, [new CaptionPair("1", one.GetProperty("hyp").GetString()!, [.. one.GetProperty("refs").EnumerateArray().Select(text => text.GetString()!)])]);
        }
    }

    private static void AssertEqual(JsonElement expected, CaptionPair[] pairs)
    {
        var scores = Bleu.Score(pairs).Select((bleu, at) => ($"Bleu_{at + 1}", bleu)).Append(("ROUGE_L", RougeL.Score(pairs))).Append(("CIDEr", Cider.ScoreD(pairs)));

        Assert.All(scores, score => Assert.Equal(expected.GetProperty(score.Item1).GetDouble(), score.Item2.Corpus, 5e-6));
    }

    private static JsonElement Expected() => JsonDocument.Parse(File.ReadAllText(Path.Combine(SharedFiles.Require(Folder), "expected.json"))).RootElement;
}
