using Collimate.Models.Attention;
using Collimate.Torch;
using Collimate.Torch.Fused;
using FsCheck;
using FsCheck.Fluent;

namespace Collimate.Tests.Models.Attention;

public sealed class AttentionSpecTests
{
    [Fact]
    public void ToMask_EveryDescriptionOfThreePositions_FollowsTheRule()
    {
        using var scope = new TensorScope();
        var kinds = Enumerable.Range(0, 24).Select(n => new Place(Document: n % 3, Group: n / 3 % 2, Open: n / 6 % 2, Valid: n / 12)).ToArray();
        foreach (var a in kinds)
        {
            foreach (var b in kinds)
            {
                // One batch holds every choice of the third position.
                var rows = kinds.Select(c => new[] { a, b, c }).ToArray();
                var flat = rows.SelectMany(row => row).ToArray();
                var spec = new AttentionSpec(rows.Length, 3, [.. flat.Select(p => p.Document)], [.. flat.Select(p => p.Group)], [.. flat.Select(p => p.Open)], [.. flat.Select(p => p.Valid)]);
                var mask = spec.ToMask().ToArray<bool>();
                for (var row = 0; row < rows.Length; row++)
                {
                    for (var pair = 0; pair < 9; pair++)
                    {
                        Assert.Equal(Slow(rows[row], pair / 3, pair % 3), mask[(row * 9) + pair]);
                    }
                }
            }
        }
    }

    [Fact]
    public void ToMask_Prefix_ImageSeesItselfAndTextIsCausal()
    {
        using var scope = new TensorScope();
        var spec = new AttentionSpec(1, 4, new int[4], [1, 1, 0, 0], new int[4], [1, 1, 1, 1]);
        Assert.Equal([true, true, false, false, true, true, false, false, true, true, true, false, true, true, true, true], spec.ToMask().ToArray<bool>());
    }

    [Fact]
    public void ToMask_SharedPrefix_IsSeenByEveryDocumentAndSeesNone()
    {
        using var scope = new TensorScope();
        var spec = new AttentionSpec(1, 3, [0, 1, 2], new int[3], new int[3], [1, 1, 1]);
        Assert.Equal([true, false, false, true, true, false, true, false, true], spec.ToMask().ToArray<bool>());
    }

    [Fact]
    public void ToMask_TwoSamples_ShareNothing()
    {
        using var scope = new TensorScope();
        const int Second = AttentionRule.DocumentsPerSample;
        var spec = new AttentionSpec(1, 5, [0, 1, Second, Second + 1, Second + 2], new int[5], new int[5], [1, 1, 1, 1, 1]);
        Assert.Equal("10000 11000 00100 00110 00101", string.Join(' ', spec.ToMask().ToArray<bool>().Chunk(5).Select(row => string.Concat(row.Select(seen => seen ? 1 : 0)))));
    }

    [Fact]
    public void ToMask_FromLaterQuery_IsTheLowerPartOfTheWhole()
    {
        using var scope = new TensorScope();
        var spec = RandomSpecs.Any(new Random(3), 2, 6);
        Assert.Equal(spec.ToMask().Slice(2, 4).Contiguous().ToArray<bool>(), spec.ToMask(firstQuery: 4).ToArray<bool>());
    }

    [Fact]
    public void Shortcuts_AnyDescription_AgreeWithTheMatrix()
    {
        using var scope = new TensorScope();
        Prop.ForAll<int>(seed =>
        {
            var random = new Random(seed);
            var length = random.Next(1, 4);
            // Few values, so that full and plain causal descriptions come up often.
            int[] Draw(int values) => [.. Enumerable.Range(0, length).Select(_ => random.Next(values))];
            int[] valid = random.Next(2) == 0 ? Draw(2) : [.. Enumerable.Repeat(1, length)];
            var spec = new AttentionSpec(1, length, Draw(random.Next(1, 3)), Draw(random.Next(1, 3)), Draw(random.Next(1, 3)), valid);
            var first = random.Next(length);
            var mask = spec.ToMask(first).ToArray<bool>();
            var causal = Enumerable.Range(0, length * length).Select(pair => pair % length <= pair / length);
            return (!spec.IsFull(first) || mask.All(seen => seen)) && (!spec.IsPlainCausal || spec.ToMask().ToArray<bool>().SequenceEqual(causal));
        }).Check(Properties.Hold);
    }

    [Fact]
    public void On_PlainCausal_NeedsNoTensors() =>
        Assert.Equal(AttentionRule.Causal, AttentionSpec.Causal(2, 3).On(Device.Cpu));

    [Fact]
    public void Shortcuts_PlainCases_AreRecognised()
    {
        Assert.True(AttentionSpec.Causal(2, 5).IsPlainCausal);
        Assert.False(AttentionSpec.Causal(2, 5).IsFull());
        Assert.True(AttentionSpec.Causal(2, 5).IsFull(firstQuery: 4));
        Assert.True(AttentionSpec.Bidirectional(2, 5).IsFull());
        Assert.False(AttentionSpec.Causal(1, 2, [0, 1]).IsPlainCausal);
    }

    [Fact]
    public void Append_PaddedRows_ContinuesTheLastValidDocument()
    {
        var spec = new AttentionSpec(2, 3, [1, 2, 0, 4, 5, 5], new int[6], new int[6], [1, 1, 0, 0, 1, 1]).Append();
        Assert.Equal([1, 2, 0, 2, 4, 5, 5, 5], spec.Document);
        Assert.Equal([1, 1, 0, 1, 0, 1, 1, 1], spec.Valid);
        Assert.True(spec.Sees(0, 3, 1));
        Assert.False(spec.Sees(0, 3, 0));
        Assert.False(spec.Sees(0, 3, 2));
    }

    [Fact]
    public void SelectRowsAndTrim_RandomDescription_KeepTheRule()
    {
        var spec = RandomSpecs.Any(new Random(5), 3, 4);
        var changed = spec.SelectRows([2, 0]).Trim(3);
        Assert.Equal((2, 3), (changed.Batch, changed.Length));
        for (var pair = 0; pair < 9; pair++)
        {
            Assert.Equal(spec.Sees(2, pair / 3, pair % 3), changed.Sees(0, pair / 3, pair % 3));
            Assert.Equal(spec.Sees(0, pair / 3, pair % 3), changed.Sees(1, pair / 3, pair % 3));
        }
    }

    [Fact]
    public void Constructor_ArrayOfWrongLength_NamesIt()
    {
        var error = Assert.Throws<ArgumentException>(() => new AttentionSpec(2, 3, new int[6], new int[5], new int[6], new int[6]));
        Assert.Contains("group holds 5 numbers", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void LastValid_RowOfPadding_IsRefused() =>
        Assert.Throws<ArgumentException>(() => AttentionSpec.Causal(1, 2, [0, 0]).LastValid(0));

    private static bool Slow(Place[] row, int query, int key)
    {
        if (row[key].Valid == 0)
        {
            return false;
        }

        var reachable = row[key].Document == 0 || row[key].Document == row[query].Document;
        var allowed = key <= query;
        allowed |= row[query].Group != 0 && row[query].Group == row[key].Group;
        allowed |= row[key].Open == 1;
        return reachable && allowed;
    }

    private readonly record struct Place(int Document, int Group, int Open, int Valid);
}
