using Collimate.Data;
using Collimate.Data.Captions;
using Collimate.Data.Conversations;
using Collimate.Data.Interleaved;
using Collimate.Data.LlavaJson;
using Collimate.Data.PathVqa;
using Collimate.Data.Records;
using Collimate.Data.Vsft;
using Collimate.Data.WebDataset;
using FsCheck;
using FsCheck.Fluent;

namespace Collimate.Tests.Data;

/// <summary>What every source of samples promises, whatever it reads.</summary>
public sealed class EverySourceTests : IDisposable
{
    private const int Records = 11;

    private readonly TemporaryFolder folder = new();

    public static TheoryData<string> Kinds => ["llava_json", "llava_json train", "vsft", "vsft validation", "karpathy", "karpathy all", "coco_captions", "coco_captions all", "path_vqa", "interleaved", "webdataset", "webdataset index"];

    public void Dispose() => folder.Dispose();

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Draw_AnyStepAndCount_GivesTheSameWhateverWasDrawnBefore(string kind)
    {
        Write(kind);
        var (used, fresh) = (Open(kind, 3), Open(kind, 3));
        Check.One(Properties.Hold.WithMaxTest(200), Prop.ForAll(
            Gen.Choose(0, 40).ToArbitrary(), Gen.Choose(1, 9).ToArbitrary(), Gen.Choose(0, 400).ToArbitrary(), (step, count, before) =>
            {
                used.Draw(before, count); // draws something else first
                var drawn = used.Draw(step, count).Select(Shown).ToArray();
                Assert.Equal(Enumerable.Range(0, count).Select(k => Shown(fresh.At(((long)step * count) + k))), drawn);
            }));
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Draw_AfterAResumption_GoesOnWhereItWas(string kind)
    {
        Write(kind);
        var whole = Open(kind, 3);
        var uninterrupted = Enumerable.Range(0, 12).SelectMany(step => whole.Draw(step, 4)).Select(Shown).ToArray();

        var first = Open(kind, 3);
        var resumed = Enumerable.Range(0, 5).SelectMany(step => first.Draw(step, 4)).Select(Shown).ToList();
        var second = Open(kind, 3); // the step's number is all that it is told
        resumed.AddRange(Enumerable.Range(5, 7).SelectMany(step => second.Draw(step, 4)).Select(Shown));

        Assert.Equal(uninterrupted, resumed);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Draw_SeveralPasses_EachHasEverySampleOnceInAnOrderOfItsOwn(string kind)
    {
        Write(kind);
        var source = Open(kind, 3);
        var count = (int)source.Count!.Value;
        Check.One(Properties.Hold.WithMaxTest(20), Prop.ForAll(Gen.Choose(0, 50).ToArbitrary(), pass =>
            Assert.Equal(Ids(0), Ids(pass).Order(StringComparer.Ordinal), StringComparer.Ordinal)));

        IEnumerable<string> Ids(int pass)
        {
            var ids = Enumerable.Range(0, count).Select(k => Picture(source.At(((long)pass * count) + k)));
            return pass == 0 ? ids.Order(StringComparer.Ordinal) : ids;
        }

        var passes = Enumerable.Range(0, 3).Select(pass => string.Join(' ', Enumerable.Range(0, count).Select(k => source.At((pass * count) + k).Id))).ToArray();
        Assert.Equal(3, passes.Distinct().Count());
        var other = Open(kind, 4);
        Assert.NotEqual(passes[0], string.Join(' ', Enumerable.Range(0, count).Select(k => other.At(k).Id)));
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Draw_FromSeveralThreads_GivesTheSame(string kind)
    {
        Write(kind);
        var (source, alone) = (Open(kind, 3), Open(kind, 3));
        var expected = Enumerable.Range(0, 200).Select(k => Shown(alone.At(k))).ToArray();
        var drawn = new string[200];
        Parallel.For(0, 200, k => drawn[(k * 67) % 200] = Shown(source.At((k * 67) % 200)));

        Assert.Equal(expected, drawn);
    }

    // Which caption a pass shows may differ; the samples of a pass are its pictures or its captions.
    private static string Picture(Sample sample) => sample.Id;

    private static string Shown(Sample sample) =>
        $"{sample.Id}: {string.Join(" | ", sample.Conversation.Select(turn => $"{turn.Role} {turn.Text}"))} {string.Join(' ', sample.Images.Select(image => string.Join(',', image.Load().Pixels.Take(3))))}";

    private void Write(string kind)
    {
        _ = kind.Split(' ')[0] switch
        {
            "llava_json" => HandMadeData.Llava(folder.Path, Records),
            "vsft" => HandMadeData.Messages(folder.Path, Records),
            "karpathy" => HandMadeData.Karpathy(folder.Path, Records),
            "coco_captions" => HandMadeData.Coco(folder.Path, Records),
            "path_vqa" => HandMadeData.Questions(folder.Path, Records),
            "interleaved" => HandMadeData.Documents(folder.Path, Records),
            _ => HandMadeData.Shards(folder.Path, 4, 0, 1, 6),
        };
    }

    private ISampleSource Open(string kind, long seed) => kind switch
    {
        "llava_json" => new LlavaJsonSource(new() { Path = folder["llava.json"], Seed = seed }),
        "llava_json train" => new LlavaJsonSource(new() { Path = folder["llava.json"], Seed = seed, Split = DataSplit.Train, Splits = new SplitSizes { Validation = 2, Test = 0.1 } }),
        "vsft" => new VsftSource(new() { Path = folder["messages.jsonl"], Seed = seed }),
        "vsft validation" => new VsftSource(new() { Path = folder["messages.jsonl"], Seed = seed, Split = DataSplit.Validation, Splits = new SplitSizes { Validation = 0.6 } }),
        "karpathy" => new PicturesOnly(new KarpathySource(new() { Path = folder["dataset_coco.json"], Seed = seed })),
        "karpathy all" => new KarpathySource(new() { Path = folder["dataset_coco.json"], Seed = seed, Captions = CaptionUse.All }),
        "coco_captions" => new PicturesOnly(new CocoCaptionsSource(new() { Path = folder["captions.json"], Seed = seed })),
        "coco_captions all" => new CocoCaptionsSource(new() { Path = folder["captions.json"], Seed = seed, Captions = CaptionUse.All }),
        "path_vqa" => new PathVqaSource(new() { Path = folder.Path, Seed = seed }),
        "interleaved" => new InterleavedSource(new() { Path = folder["documents.jsonl"], Seed = seed }),
        _ => new WebDatasetSource(new() { Shards = folder["shard-{000..003}.tar"], Seed = seed, MixedShards = 2, KeepIndex = kind.EndsWith("index", StringComparison.Ordinal) }),
    };

    // Which of its captions a picture shows is for the tests of captions.
    private sealed class PicturesOnly(ISampleSource source) : ISampleSource
    {
        public long? Count => source.Count;

        public IReadOnlyList<Sample> Draw(long step, int count) => [.. source.Draw(step, count).Select(sample => sample with { Id = sample.Id.Split('#')[0] })];
    }
}
