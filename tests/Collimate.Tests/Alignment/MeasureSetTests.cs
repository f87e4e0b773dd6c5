using Collimate.Alignment;

namespace Collimate.Tests.Alignment;

/// <summary>Numbers that seams report add up over pieces and processes.</summary>
public class MeasureSetTests
{
    [Fact]
    public void Add_Pieces_MeansWeighEveryCount()
    {
        var (whole, piece) = (new MeasureSet(), new MeasureSet());
        whole.Add("rate", 1, 4);
        piece.Add("rate", 5, 6);
        piece.Add("moved", 3, 2);
        piece.Add("empty", 0, 0);

        whole.Add(piece);

        Assert.Equal(["moved", "rate"], whole.Means.Keys);
        Assert.Equal((1.5, 0.6), (whole.Means["moved"], whole.Means["rate"]));
    }

    [Fact]
    public void Take_SumsOfTwoProcesses_AreTheirMeans()
    {
        var (mine, other) = (new MeasureSet(), new MeasureSet());
        mine.Add("b", 1, 2);
        mine.Add("a", 10, 1);
        other.Add("a", 20, 3);
        other.Add("b", 5, 2);

        mine.Take([.. mine.ToArray().Zip(other.ToArray(), (left, right) => left + right)]);

        Assert.Equal((7.5, 1.5), (mine.Means["a"], mine.Means["b"]));
        Assert.Throws<ArgumentException>(() => mine.Take([1, 2]));
    }
}
