using Collimate.Tokenization;

namespace Collimate.Tests.Tokenization;

/// <summary>The trainer against the definition of byte-pair encoding, and what it promises.</summary>
public sealed class BytePairTrainerTests
{
    private static readonly string[] Corpus = ["a banana and a bandana", "banana bandana ananas", "the dog, the cat, the dogs; catalogue", "12 112 1212", "été", "aaaa aaaaa"];

    [Fact]
    public void Train_SmallCorpus_EqualsCountingAnewEveryTime()
    {
        foreach (var (size, whole) in new (int, string[])[] { (290, []), (330, []), (300, ["northwest", "catalogue"]), (279, ["northwest", "catalogue"]), (1000, ["northwest"]) })
        {
            var learnt = BytePairTrainer.Train(Corpus, size, ["<|end|>"], whole);
            Assert.Equal(LearnSlowly(Corpus, size - 1, whole), learnt.Merges);
        }
    }

    [Fact]
    public void Train_WordsInAnotherOrder_GivesTheSame()
    {
        var words = Corpus.SelectMany(text => text.Split(' ')).Select((word, k) => (" " + word, (long)(k % 3) + 1)).ToArray();
        var first = BytePairTrainer.Train(words, 300, []);
        var second = BytePairTrainer.Train(words.Reverse(), 300, []);
        Assert.Equal(first.Merges, second.Merges);
        Assert.Equal(first.Vocabulary, second.Vocabulary);
    }

    [Fact]
    public void Train_WholeWords_AreOneTokenWithTheirSpace()
    {
        string[] whole = ["northwest", "broccoli", "42", "naïve", "aaaaaaaa", "abababab"];
        var tokenizer = BytePairTrainer.Train(Corpus, 340, ["<|end|>"], whole).ToTokenizer();
        Assert.All(whole, word => Assert.Single(tokenizer.Encode(" " + word)));
        Assert.All(whole, word => Assert.Single(tokenizer.Encode($"the {word}, {word}.").Where(id => id == tokenizer.Encode(" " + word)[0]).Distinct()));
    }

    [Fact]
    public void Train_EnoughWords_FillsTheVocabularyExactly()
    {
        var learnt = BytePairTrainer.Train(Corpus, 290, ["<|pad|>", "<|end|>"], ["northwest"]);
        Assert.Equal(288, learnt.Vocabulary.Count);
        Assert.Equal([288, 289], learnt.Added.Select(t => t.Id));
        Assert.Equal(Enumerable.Range(0, 288), learnt.Vocabulary.Values.Order());
    }

    [Fact]
    public void Train_NoRoom_SaysWhichWordIsLeft()
    {
        var failure = Assert.Throws<ArgumentException>(() => BytePairTrainer.Train(Corpus, 262, ["<|end|>"], ["northwest"]));
        Assert.Contains("northwest", failure.Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => BytePairTrainer.Train(Corpus, 200, ["<|end|>"]));
    }

    [Theory]
    [InlineData("hot dog")]
    [InlineData("t-shirt")]
    [InlineData("")]
    public void Train_WholeWordThatIsSeveral_IsRefused(string word) =>
        Assert.Contains($"'{word}'", Assert.Throws<ArgumentException>(() => BytePairTrainer.Train(Corpus, 400, [], [word])).Message, StringComparison.Ordinal);

    [Fact]
    public void Train_SpecialTokenTwice_IsRefused() =>
        Assert.Contains("<|end|>", Assert.Throws<ArgumentException>(() => BytePairTrainer.Train(Corpus, 400, ["<|end|>", "<|end|>"])).Message, StringComparison.Ordinal);

    // The definition: count all pairs anew before every merge.
    private static List<(string Left, string Right)> LearnSlowly(string[] corpus, int room, string[] whole)
    {
        var required = whole.Select(w => ByteLevel.Spell(" " + w)).ToHashSet();
        var counts = new Dictionary<string, long>();
        var splitter = WordSplitter.For(WordSplitter.Gpt2);
        foreach (var text in corpus)
        {
            var ends = new List<int>();
            splitter.Split(text, ends);
            foreach (var (start, end) in ends.Prepend(0).Zip(ends))
            {
                var word = ByteLevel.Spell(text.AsSpan(start, end - start));
                counts[word] = counts.GetValueOrDefault(word) + 1;
            }
        }

        var words = required.Union(counts.Keys).Select(w => (Parts: w.Select(c => c.ToString()).ToList(), Weight: counts.GetValueOrDefault(w) + (required.Contains(w) ? 1 : 0), IsRequired: required.Contains(w))).ToList();
        var known = Enumerable.Range(0, 256).Select(b => ByteLevel.Spell((byte)b).ToString()).ToHashSet();
        var merges = new List<(string Left, string Right)>();
        while (known.Count < room)
        {
            var missing = words.Where(w => w.IsRequired).Sum(w => w.Parts.Count - 1);
            var best = words.Where(w => w.IsRequired || room - known.Count > missing)
                .SelectMany(w => w.Parts.Zip(w.Parts.Skip(1)).Select(pair => (Pair: pair, w.Weight)))
                .GroupBy(p => p.Pair).Select(g => (g.Key.First, g.Key.Second, Count: g.Sum(p => p.Weight)))
                .OrderByDescending(p => p.Count).ThenBy(p => p.First, StringComparer.Ordinal).ThenBy(p => p.Second, StringComparer.Ordinal).FirstOrDefault();
            if (best.First is null)
            {
                break;
            }

            merges.Add((best.First, best.Second));
            known.Add(best.First + best.Second);
            foreach (var (parts, _, _) in words)
            {
                for (var k = 0; k + 1 < parts.Count; k++)
                {
                    if (parts[k] == best.First && parts[k + 1] == best.Second)
                    {
                        parts[k] = best.First + best.Second;
                        parts.RemoveAt(k + 1);
                    }
                }
            }
        }

        return merges;
    }
}
