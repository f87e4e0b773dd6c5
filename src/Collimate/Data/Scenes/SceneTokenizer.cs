using Collimate.Tokenization;

namespace Collimate.Data.Scenes;

/// <summary>Learns a tokenizer for the gym's language, in which every name, place, category and colour is one token.</summary>
public static class SceneTokenizer
{
    private const int CorpusScenes = 4000;
    private const int LargestNumber = 27;

    private static readonly string[] SpecialTokens = ["<|pad|>", "<|user|>", "<|assistant|>", "<|end|>", "<image>"];

    /// <summary>Learns a tokenizer. The same world and size give the same tokenizer.</summary>
    /// <param name="world">The gym.</param>
    /// <param name="vocabularySize">Ids in all.</param>
    public static BytePairTokenizer Train(SceneWorld world, int vocabularySize)
    {
        var whole = world.Items.Select(item => item.Name)
            .Concat(world.Categories).Concat(world.Colours).Concat(ScenePositions.Names).Append(SceneCaptions.EmptyWord)
            .Concat(["yes", "no"]).Concat(Enumerable.Range(0, LargestNumber + 1).Select(n => n.ToString())).Distinct().ToArray();
        var (vocabulary, merges, added) = BytePairTrainer.Train(Corpus(world), vocabularySize, SpecialTokens, whole);
        return new BytePairTokenizer(new BytePairModel
        {
            Vocabulary = vocabulary, Merges = merges, AddedTokens = added, PadToken = "<|pad|>", EosToken = "<|end|>", ImageToken = "<image>",
        });
    }

    private static IEnumerable<string> Corpus(SceneWorld world)
    {
        for (var index = 0; index < CorpusScenes; index++)
        {
            var scene = world.Draw(SceneSplit.Pretrain, seed: 0, index);
            var random = new SceneRandom(0, "tokenizer", index);
            yield return " " + SceneCaptions.Describe(scene, CaptionStyle.Detailed, ref random);
            foreach (var question in SceneQuestions.Ask(scene, 6, ref random))
            {
                yield return " " + question.Text;
                yield return " " + question.Answer;
            }
        }
    }
}
