using Collimate.Data;
using Collimate.Data.Conversations;
using Collimate.Training.Programs;
using FsCheck;
using FsCheck.Fluent;

namespace Collimate.Tests.Training;

public sealed class LengthGroupedSourceTests
{
    private static readonly Arbitrary<(int Count, int Batch, int Window, int Seed)> Cases = (
        from count in Gen.Choose(1, 90)
        from batch in Gen.Choose(1, 9)
        from window in Gen.OneOf(Gen.Choose(1, 6), Gen.Constant(1000))
        from seed in Gen.Choose(0, 1000)
        select (count, batch, window, seed)).ToArbitrary();

    [Fact]
    public void At_AnyWindow_GivesEverySampleOncePerPass() => Prop.ForAll(Cases, it =>
    {
        var source = Grouped(new Source(it.Count, it.Seed), it);
        for (var pass = 0; pass < 3; pass++)
        {
            var places = Enumerable.Range(pass * it.Count, it.Count);
            Assert.Equal(places.Select(place => (long)place), places.Select(place => source.OriginOf(place)).Order());
        }
    }).Check(Properties.Hold);

    [Fact]
    public void Draw_FromAnyStep_EqualsTheUninterruptedRun() => Prop.ForAll(Cases, it =>
    {
        var steps = (3 * it.Count / it.Batch) + 2;
        var whole = Grouped(new Source(it.Count, it.Seed), it);
        var expected = Enumerable.Range(0, steps).Select(step => Ids(whole, step)).ToArray();
        var random = new Random(it.Seed);
        for (var resumed = 0; resumed < 4; resumed++)
        {
            var (source, first) = (Grouped(new Source(it.Count, it.Seed), it), random.Next(steps));
            for (var step = first; step < Math.Min(steps, first + 5); step++)
            {
                Assert.Equal(expected[step], Ids(source, step));
            }
        }

        string Ids(LengthGroupedSource source, int step) => string.Join(' ', source.Draw(step, it.Batch).Select(sample => sample.Id));
    }).Check(Properties.Hold);

    [Fact]
    public void Draw_WholeBatches_NeverNeedMorePadding() => Prop.ForAll(Cases, it =>
    {
        var (batches, plain) = ((it.Count / it.Batch) + 1, new Source(((it.Count / it.Batch) + 1) * it.Batch, it.Seed));
        var grouped = Grouped(plain, it);
        // Sorting makes the sum of the batches' longest the least there is.
        Assert.True(Padded(grouped, batches, it.Batch) <= Padded(plain, batches, it.Batch));
    }).Check(Properties.Hold);

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Draw_MixedLengths_LeavesLittlePaddingAndShufflesBatches(bool endless)
    {
        const int Batch = 8, Batches = 40;
        var plain = new Source(endless ? null : Batch * Batches, 3);
        var grouped = new LengthGroupedSource(plain, Source.LengthOf, Batch, 20, seed: 1);
        var sum = Enumerable.Range(0, Batch * Batches).Sum(place => (double)Source.LengthOf(plain.At(place)));

        var (before, after) = ((Padded(plain, Batches, Batch) / sum) - 1, (Padded(grouped, Batches, Batch) / sum) - 1);

        Assert.True(after < before / 4, $"{before:P1} of padding became {after:P1}");
        var lengths = Enumerable.Range(0, 20).Select(step => Source.LengthOf(grouped.Draw(step, Batch)[0])).ToArray();
        Assert.NotEqual(lengths.Order(), lengths);
        Assert.NotEqual(lengths.OrderDescending(), lengths);
        var other = new LengthGroupedSource(plain, Source.LengthOf, Batch, 20, seed: 2);
        Assert.NotEqual(grouped.Draw(0, Batch).Select(sample => sample.Id), other.Draw(0, Batch).Select(sample => sample.Id));
    }

    [Fact]
    public void Draw_SecondPass_ComesInAnotherOrder()
    {
        var grouped = new LengthGroupedSource(new Source(64, 5), Source.LengthOf, 8, 1000, seed: 1);
        var passes = Enumerable.Range(0, 2).Select(pass => Enumerable.Range(pass * 8, 8).Select(step => Source.LengthOf(grouped.Draw(step, 8)[0])).ToArray()).ToArray();
        Assert.NotEqual(passes[0], passes[1]);
    }

    [Fact]
    public void Draw_SampleThatCannotBeMeasured_FailsWhereItIsDrawnOnly()
    {
        var source = new LengthGroupedSource(
            new Source(12, 1), sample => sample.Id == "7" ? throw new DataException("7", "cannot be rendered") : Source.LengthOf(sample), 4, 10, seed: 1);
        Assert.Equal(Enumerable.Range(0, 12).Select(id => $"{id}").Order(), Enumerable.Range(0, 3).SelectMany(step => source.Draw(step, 4)).Select(sample => sample.Id).Order());
    }

    [Fact]
    public void At_StepAfterStep_MeasuresEachSampleOnceAndLittleAtATime()
    {
        var measured = 0;
        var source = new LengthGroupedSource(new Source(null, 1), sample => ++measured + Source.LengthOf(sample), 4, 5, seed: 1);
        source.Draw(0, 4);
        Assert.Equal(20 + 4, measured);
        for (var step = 1; step < 15; step++)
        {
            source.Draw(step, 4);
            Assert.Equal(20 + ((step + 1) * 4), measured);
        }
    }

    private static LengthGroupedSource Grouped(Source source, (int Count, int Batch, int Window, int Seed) it) =>
        new(source, Source.LengthOf, it.Batch, it.Window, (ulong)it.Seed);

    private static double Padded(ISampleSource source, int batches, int batch) =>
        Enumerable.Range(0, batches).Sum(step => (double)batch * source.Draw(step, batch).Max(Source.LengthOf));

    /// <summary>Numbered samples whose lengths follow from their numbers, in an order of its own for every pass.</summary>
    private sealed class Source(int? count, int seed) : ISampleSource
    {
        public long? Count => count;

        public static int LengthOf(Sample sample) => sample.Conversation[0].Text.Length;

        public IReadOnlyList<Sample> Draw(long step, int number) => [.. Enumerable.Range(0, number).Select(k => At((step * number) + k))];

        public Sample At(long place)
        {
            var number = count is { } all ? (((place % all) * 7919) + seed + (place / all)) % all : place;
            number = count is { } size && size % 7919 == 0 ? place % size : number;
            var length = 1 + (int)((((ulong)number + 1) * 2654435761UL % 1000) * (((ulong)number + 1) * 40503UL % 1000) / 5000);
            return new Sample($"{number}", [], [new Turn("user", new string('a', length))]);
        }
    }
}
