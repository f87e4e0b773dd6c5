using Collimate.Data.Conversations;
using Collimate.Torch;
using Collimate.Torch.Serialization;
using Collimate.Training;
using Collimate.Training.Features;

namespace Collimate.Tests.Training.Features;

/// <summary>Features on disk: what comes back is what went in, damage is noticed, and the bound is kept.</summary>
public sealed class FeatureCacheTests : IDisposable
{
    private const int Tokens = 3;
    private const int Width = 5;

    private static readonly byte[] Space = [.. Enumerable.Range(0, 32).Select(k => (byte)k)];

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData(ScalarType.Float32)]
    [InlineData(ScalarType.BFloat16)]
    [InlineData(ScalarType.Float16)]
    public void Find_AfterReopening_GivesTheVeryBits(ScalarType type)
    {
        using var scope = new TensorScope();
        var features = Features(7, 4).To(type);
        using (var cache = Open())
        {
            cache.Add([Key(1), Key(2), Key(3), Key(4)], features);
            Assert.Equal(StoredFeatures.Split(features).SelectMany(part => part), cache.Find([Key(1), Key(2), Key(3), Key(4)])!.Bytes); // before it is written
        }

        using var again = Open();
        Assert.Equal(4, again.Count);
        var found = again.Find([Key(3), Key(1)])!;
        Assert.Equal((type, 2, Tokens, Width), (found.Type, found.Images, found.Tokens, found.Width));
        var parts = StoredFeatures.Split(features).ToArray();
        Assert.Equal(parts[2].Concat(parts[0]), found.Bytes);
        Assert.Equal(found.Bytes, StoredFeatures.Split(found.ToTensor(Device.Cpu)).SelectMany(part => part));
        Assert.Null(again.Find([Key(1), Key(5)])); // all or nothing
        Assert.Empty(again.TakeNotes());
    }

    [Fact]
    public void Find_OtherSpace_KnowsNothing()
    {
        Fill([Key(1)]);
        using var other = FeatureCache.Open(folder.Path, [.. Space.Reverse()], 1 << 20);
        Assert.Equal(0, other.Count);
    }

    [Fact]
    public void Find_DamagedFeatures_AreTakenForUnknownAndStoredAnew()
    {
        Fill([Key(1), Key(2)]);
        var damaged = Assert.Single(Shards());
        Change(damaged, bytes => bytes[^1] ^= 1);
        using (var cache = Open())
        {
            Assert.NotNull(cache.Find([Key(1)]));
            Assert.Null(cache.Find([Key(1), Key(2)]));
            Assert.Contains("not what was written", Assert.Single(cache.TakeNotes()), StringComparison.Ordinal);
            using var scope = new TensorScope();
            cache.Add([Key(1), Key(2)], Features(1, 2));
        }

        File.SetLastWriteTimeUtc(damaged, DateTime.UtcNow.AddMinutes(-1)); // clocks of file systems are coarse
        using var again = Open();
        Assert.NotNull(again.Find([Key(1), Key(2)]));
        Assert.Empty(again.TakeNotes());
    }

    [Theory]
    [InlineData("list")]
    [InlineData("cut")]
    [InlineData("mark")]
    [InlineData("empty")]
    public void Open_DamagedShard_IsPassedOverWithANote(string damage)
    {
        Fill([Key(1), Key(2)]);
        var shard = Assert.Single(Shards());
        switch (damage)
        {
            case "list": Change(shard, bytes => bytes[70] ^= 1); break;
            case "mark": Change(shard, bytes => bytes[0] ^= 1); break;
            case "cut": File.WriteAllBytes(shard, File.ReadAllBytes(shard)[..^4]); break;
            default: File.WriteAllBytes(shard, []); break;
        }

        using var cache = Open();
        Assert.Equal(0, cache.Count);
        Assert.Contains(shard, Assert.Single(cache.TakeNotes()), StringComparison.Ordinal);
    }

    [Fact]
    public void Add_PastTheLimit_StopsWithOneNoteAndKeepsWhatIsThere()
    {
        using (var cache = Open(limit: 700, shardBytes: 60))
        {
            for (var k = 1; k <= 20; k++)
            {
                using var scope = new TensorScope();
                cache.Add([Key(k)], Features(k, 1));
            }

            Assert.Contains("of at most 700 B", Assert.Single(cache.TakeNotes()), StringComparison.Ordinal);
        }

        Assert.InRange(Shards().Sum(path => new FileInfo(path).Length), 1, 700);
        using var again = Open();
        Assert.NotNull(again.Find([Key(1)]));
        Assert.Null(again.Find([Key(20)]));
    }

    [Fact]
    public void Add_TwoCachesOfOneFolder_FindEachOthersFeatures()
    {
        using var first = Open();
        using var second = Open();
        using var scope = new TensorScope();
        first.Add([Key(1)], Features(1, 1));
        second.Add([Key(1), Key(2)], Features(1, 2));
        first.Flush();
        second.Flush();
        Assert.NotNull(second.Find([Key(1), Key(2)]));
        using var third = Open();
        Assert.Equal(2, third.Count);
    }

    [Fact]
    public void KeyOf_FeaturesThatDependOnCompany_AreKeptApartByIt()
    {
        byte[] hash = new byte[32];
        using var apart = Open();
        using var alike = FeatureCache.Open(folder["alike"], Space, 1 << 20);
        Assert.NotEqual(apart.KeyOf(hash, 2), apart.KeyOf(hash, 3));
        Assert.Equal(alike.KeyOf(hash, 2), alike.KeyOf(hash, 3));
    }

    [Fact]
    public void Add_FromManyThreads_KeepsEverything()
    {
        using (var cache = Open(shardBytes: 1000))
        {
            Parallel.For(0, 64, k =>
            {
                using var scope = new TensorScope();
                cache.Add([Key(k), Key(k + 1000)], Features(k, 2));
                Assert.NotNull(cache.Find([Key(k + 1000), Key(k)]));
            });
        }

        using var again = Open();
        Assert.Equal(128, again.Count);
        for (var k = 0; k < 64; k++)
        {
            using var scope = new TensorScope();
            Assert.Equal(StoredFeatures.Split(Features(k, 2)).SelectMany(part => part), again.Find([Key(k), Key(k + 1000)])!.Bytes);
        }
    }

    [Fact]
    public void Open_FolderThatCannotBe_IsAnErrorThatNamesIt()
    {
        File.WriteAllText(folder["file"], "");
        Assert.Contains("feature_cache: " + folder["file"], Assert.Throws<RunException>(() => FeatureCache.Open(folder["file"], Space, 1 << 20)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void ContentHash_SamePixelsOrFile_IsTheSameAndOtherwiseNot()
    {
        static byte[] Of(int width, params byte[] pixels) => ImageSource.FromImage(new Collimate.Imaging.Image(width, pixels.Length / 3 / width, 3, pixels)).ContentHash();
        Assert.Equal(Of(1, 1, 2, 3, 4, 5, 6), Of(1, 1, 2, 3, 4, 5, 6));
        Assert.NotEqual(Of(1, 1, 2, 3, 4, 5, 6), Of(2, 1, 2, 3, 4, 5, 6));
        Assert.NotEqual(ImageSource.FromBytes([1, 2], "a").ContentHash(), ImageSource.FromBytes([1, 3], "a").ContentHash());
        Assert.Equal(ImageSource.FromBytes([1, 2], "a").ContentHash(), ImageSource.FromBytes([1, 2], "b").ContentHash());
    }

    private FeatureCache Open(long limit = 1 << 20, long shardBytes = 1 << 20) => FeatureCache.Open(folder.Path, Space, limit, dependsOnCompany: true, shardBytes);

    private void Fill(FeatureKey[] keys)
    {
        using var scope = new TensorScope();
        using var cache = Open();
        cache.Add(keys, Features(1, keys.Length));
    }

    private string[] Shards() => Directory.GetFiles(folder.Path, "features-*.bin", SearchOption.AllDirectories);

    private static FeatureKey Key(int number) => new((UInt128)number << 100, (UInt128)number, 2);

    private static Tensor Features(int seed, int images)
    {
        using var generator = new Generator((ulong)seed);
        return Tensor.RandomNormal([images, Tokens, Width], generator);
    }

    private static void Change(string path, Action<byte[]> change)
    {
        var bytes = File.ReadAllBytes(path);
        change(bytes);
        File.WriteAllBytes(path, bytes);
    }
}
