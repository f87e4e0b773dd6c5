using System.Text;
using System.Text.Json;
using Collimate.Tokenization;

namespace Collimate.Tests.Tokenization;

/// <summary>Qwen2.5's tokenizer against the reference implementation, on texts chosen to be awkward.</summary>
public sealed class BytePairTokenizerGoldenTests
{
    private const string Folder = "golden/tokenizers/qwen2.5";
    private static readonly Lazy<BytePairTokenizer> Qwen = new(() => BytePairTokenizer.Load(SharedFiles.Require($"{Folder}/tokenizer.json")));

    [SharedFact(Folder)]
    public void Encode_GoldenTexts_IdsEqual()
    {
        foreach (var golden in Read("golden.jsonl"))
        {
            var text = golden.GetProperty("text").GetString()!;
            Assert.Equal(Ints(golden, "ids"), Qwen.Value.Encode(text));
            Assert.Equal(Ints(golden, "ids"), Qwen.Value.EncodeWithOffsets(text).Select(t => t.Id));
        }
    }

    [SharedFact(Folder)]
    public void Encode_GoldenPairs_IdsEqual()
    {
        foreach (var golden in Read("golden_pairs.jsonl"))
        {
            var ids = Qwen.Value.Encode(golden.GetProperty("text").GetString()!).Concat(Qwen.Value.Encode(golden.GetProperty("pair").GetString()!));
            Assert.Equal(Ints(golden, "ids"), ids);
        }
    }

    [SharedFact(Folder)]
    public void Decode_GoldenIds_TextsEqual()
    {
        foreach (var golden in Read("golden.jsonl"))
        {
            var ids = Ints(golden, "ids");
            Assert.Equal(golden.GetProperty("decoded").GetString(), Qwen.Value.Decode(ids, skipSpecial: false));
            Assert.Equal(golden.GetProperty("decoded_skip_special").GetString(), Qwen.Value.Decode(ids));
            Assert.Equal(golden.GetProperty("tokens").EnumerateArray().Select(t => t.GetString()!), ids.Select(Qwen.Value.IdToToken));
        }
    }

    [SharedFact(Folder)]
    public void EncodeWithOffsets_GoldenTexts_OffsetsEqual()
    {
        foreach (var golden in Read("golden.jsonl"))
        {
            var text = golden.GetProperty("text").GetString()!;
            if (!text.IsNormalized() || text.Contains('\u0301'))
            {
                continue; // of a composed character the reference names only the first part; here it is all of it
            }

            var places = CodeUnitPlaces(text);
            var expected = golden.GetProperty("offsets").EnumerateArray().Select(o => (places[o[0].GetInt32()], places[o[1].GetInt32()]));
            Assert.Equal(expected, Qwen.Value.EncodeWithOffsets(text).Select(t => (t.Start, t.End)));
        }
    }

    [SharedFact(Folder)]
    public void Save_LoadedTokenizer_ReadsBackEqual()
    {
        using var folder = new TemporaryFolder();
        var path = Path.Combine(folder.Path, "tokenizer.json");
        Qwen.Value.Save(path);
        var again = BytePairTokenizer.Load(path);
        Assert.Equal(Qwen.Value.Model.Vocabulary.Count, again.Model.Vocabulary.Count);
        Assert.Equal(Qwen.Value.Model.AddedTokens, again.Model.AddedTokens);
        Assert.Equal(Qwen.Value.Model.Merges, again.Model.Merges);
        Assert.Equal(Qwen.Value.Model.Pattern, again.Model.Pattern);
        Assert.True(again.Model.NormalizeNfc);
        foreach (var golden in Read("golden.jsonl"))
        {
            Assert.Equal(Ints(golden, "ids"), again.Encode(golden.GetProperty("text").GetString()!));
        }
    }

    [SharedFact("golden/tokenizers/clip")]
    public void Load_OtherKinds_RefusedByKey()
    {
        Assert.Contains("end_of_word_suffix", Refusal("clip"), StringComparison.Ordinal);
        Assert.Contains("byte_fallback", Refusal("llama2"), StringComparison.Ordinal);
        Assert.Contains("decoder.type is 'Metaspace'", Refusal("t5-small"), StringComparison.Ordinal);
        Assert.Contains("model.continuing_subword_prefix is \"##\"", Refusal("bert-base-uncased"), StringComparison.Ordinal);
    }

    private static string Refusal(string name) =>
        Assert.Throws<TokenizerException>(() => BytePairTokenizer.Load(SharedFiles.Require($"golden/tokenizers/{name}/tokenizer.json"))).Message;

    private static IEnumerable<JsonElement> Read(string file) =>
        File.ReadLines(SharedFiles.Require($"{Folder}/{file}")).Where(line => line.Length > 0).Select(line => JsonDocument.Parse(line).RootElement);

    private static int[] Ints(JsonElement golden, string key) => [.. golden.GetProperty(key).EnumerateArray().Select(id => id.GetInt32())];

    // The reference counts characters, .NET counts UTF-16 code units.
    private static int[] CodeUnitPlaces(string text)
    {
        var places = new List<int>();
        var at = 0;
        foreach (var rune in text.EnumerateRunes())
        {
            places.Add(at);
            at += rune.Utf16SequenceLength;
        }

        return [.. places, at];
    }
}
