using Collimate.Inspection;
using Collimate.Torch;
using FsCheck;
using FsCheck.Fluent;

namespace Collimate.Tests.Inspection;

public sealed class ModalityGapTests
{
    [Fact]
    public void Measure_TwiceTheSameCloud_HasNoGapAndCannotBeToldApart()
    {
        using var scope = new TensorScope();
        using var generator = new Generator(7);
        var cloud = Tensor.RandomNormal([40, 8], generator);

        var gap = ModalityGap.Measure(cloud, cloud * 4.0);

        Assert.Equal(0, gap.Distance, 1e-12);
        Assert.Equal(gap.WithinVisual, gap.WithinText, 1e-12);
        Assert.Equal(0.5, gap.Separability, 0.05);
        // Each vector's nearest is its twin; of the nine after it four pairs and half of a fifth: 5.5 of 10 are of the other cloud.
        Assert.Equal((0.55, 0.55), (Math.Round(gap.TextNearVisual, 9), Math.Round(gap.VisualNearText, 9)));
        Assert.Equal(0.55 / (40 / 79.0), gap.Mixing, 1e-9);
    }

    [Fact]
    public void Measure_OppositeClouds_LieAsFarApartAsCanBe()
    {
        using var visual = Tensor.From<float>([1, 0, 2, 0, 3, 0], [3, 2]);
        using var text = Tensor.From<float>([-1, 0, -4, 0, -9, 0], [3, 2]);

        var gap = ModalityGap.Measure(visual, text, neighbours: 2);

        Assert.Equal((2.0, 1.0, 1.0, -1.0), (gap.Distance, gap.WithinVisual, gap.WithinText, gap.Across));
        Assert.Equal((0.0, 0.0, 0.0, 1.0), (gap.TextNearVisual, gap.VisualNearText, gap.Mixing, gap.Separability));
        Assert.Equal((3, 3), (gap.VisualCount, gap.TextCount));
    }

    [Fact]
    public void Measure_AxesAtRightAngles_HasTheClosedForm()
    {
        // Pictures are the first two axes, text the next two: centres (½,½,0,0) and (0,0,½,½), all cosines of different vectors 0.
        using var visual = Tensor.From<float>([1, 0, 0, 0, 0, 1, 0, 0], [2, 4]);
        using var text = Tensor.From<float>([0, 0, 1, 0, 0, 0, 0, 1], [2, 4]);

        var gap = ModalityGap.Measure(visual, text, neighbours: 1);

        Assert.Equal(1, gap.Distance, 1e-12);
        Assert.Equal((0.0, 0.0, 0.0), (gap.WithinVisual, gap.WithinText, gap.Across));
        // Three others stand alike, two of them of the other cloud; at random it would be 2 of 3 as well.
        Assert.Equal(2 / 3.0, gap.TextNearVisual, 1e-12);
        Assert.Equal(1, gap.Mixing, 1e-12);
    }

    [Fact]
    public void Measure_AnyClouds_EqualsADirectVersion()
    {
        Prop.ForAll(Gen.Choose(1, 100_000).ToArbitrary(), seed =>
        {
            using var scope = new TensorScope();
            var random = new Random(seed);
            var (n, m, neighbours) = (random.Next(2, 9), random.Next(2, 9), random.Next(1, 6));
            var visual = Cloud(random, n, 0.5);
            var text = Cloud(random, m, -0.2);

            var gap = ModalityGap.Measure(From(visual), From(text), neighbours);

            var (v, t) = (visual.Select(Unit).ToArray(), text.Select(Unit).ToArray());
            Assert.Equal(Math.Sqrt(Centre(v).Zip(Centre(t), (a, b) => (a - b) * (a - b)).Sum()), gap.Distance, 1e-6);
            Assert.Equal(Pairs(v).Average(), gap.WithinVisual, 1e-6);
            Assert.Equal(Pairs(t).Average(), gap.WithinText, 1e-6);
            Assert.Equal(v.SelectMany(a => t.Select(b => Dot(a, b))).Average(), gap.Across, 1e-6);

            var few = Math.Min(n, m);
            var (fewV, fewT) = (Spread(v, few), Spread(t, few));
            Assert.Equal(ShareOfOther(fewV, fewT, neighbours), gap.TextNearVisual, 1e-9);
            Assert.Equal(ShareOfOther(fewT, fewV, neighbours), gap.VisualNearText, 1e-9);
            Assert.Equal((gap.TextNearVisual + gap.VisualNearText) / 2 * ((2 * few) - 1) / few, gap.Mixing, 1e-9);
            Assert.Equal(Separability(fewV, fewT), gap.Separability, 1e-9);
            var turned = ModalityGap.Measure(From(text), From(visual), neighbours);
            Assert.Equal((gap.WithinVisual, gap.TextNearVisual), (turned.WithinText, turned.VisualNearText));
            Assert.Equal(gap.Distance, turned.Distance, 1e-12);
        }).Check(Properties.Hold.WithMaxTest(60));
    }

    [Fact]
    public void Measure_CloudsThatDoNotFit_SayWhat()
    {
        using var cloud = Tensor.From<float>([1, 0], [1, 2]);
        using var wide = Tensor.From<float>([1, 0, 0], [1, 3]);
        using var none = Tensor.Zeros([0, 2]);

        Assert.Contains("[1, 3]", Assert.Throws<ArgumentException>(() => ModalityGap.Measure(cloud, wide)).Message, StringComparison.Ordinal);
        Assert.Contains("[0, 2]", Assert.Throws<ArgumentException>(() => ModalityGap.Measure(none, cloud)).Message, StringComparison.Ordinal);
        var alone = ModalityGap.Measure(cloud, cloud);
        Assert.True(double.IsNaN(alone.WithinVisual) && double.IsNaN(alone.Separability));
        Assert.Equal(1, alone.TextNearVisual);
    }

    private static float[][] Cloud(Random random, int count, double shift) =>
        [.. Enumerable.Range(0, count).Select(_ => Enumerable.Range(0, 5).Select(_ => (float)(random.NextDouble() - 0.5 + shift)).ToArray())];

    private static Tensor From(float[][] cloud) => Tensor.From([.. cloud.SelectMany(row => row)], [cloud.Length, cloud[0].Length]);

    private static double[] Unit(float[] row) => [.. row.Select(x => x / Math.Sqrt(row.Sum(y => (double)y * y)))];

    private static double[] Centre(double[][] rows) => [.. Enumerable.Range(0, rows[0].Length).Select(column => rows.Average(row => row[column]))];

    private static IEnumerable<double> Pairs(double[][] rows) =>
        from i in Enumerable.Range(0, rows.Length) from j in Enumerable.Range(0, rows.Length) where i != j select Dot(rows[i], rows[j]);

    private static double Dot(double[] a, double[] b) => a.Zip(b, (x, y) => x * y).Sum();

    private static double[][] Spread(double[][] rows, int count) => [.. Enumerable.Range(0, count).Select(k => rows[k * rows.Length / count])];

    private static double ShareOfOther(double[][] mine, double[][] others, int neighbours) => mine.Average(x => mine.Where(y => y != x).Select(y => (Cosine: Dot(x, y), Other: 0.0))
        .Concat(others.Select(y => (Cosine: Dot(x, y), Other: 1.0))).OrderByDescending(y => y.Cosine).Take(neighbours).Average(y => y.Other));

    private static double Separability(double[][] v, double[][] t)
    {
        var right = 0;
        for (var half = 0; half < 2; half++)
        {
            var (ofV, ofT) = (Centre([.. v.Where((_, k) => k % 2 != half)]), Centre([.. t.Where((_, k) => k % 2 != half)]));
            right += v.Where((_, k) => k % 2 == half).Count(x => Far(x, ofV) < Far(x, ofT)) + t.Where((_, k) => k % 2 == half).Count(x => Far(x, ofT) < Far(x, ofV));
        }

        return right / (2.0 * v.Length);

        static double Far(double[] x, double[] centre) => x.Zip(centre, (a, b) => (a - b) * (a - b)).Sum();
    }
}
