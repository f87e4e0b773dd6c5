using Collimate.Comparison;
using Collimate.Tests.Training;
using Collimate.Tests.Training.Watching;

namespace Collimate.Tests.Comparison;

public sealed class LossLedgerTests
{
    [Fact]
    public void OnStep_LossThatIsNoNumber_IsKeptOverAnInterruption()
    {
        using var folder = new TemporaryFolder();
        var ledger = LossLedger.Open(folder.Path, new Recorder());
        ledger.OnStep(MadeReports.Step(1, loss: 2));
        ledger.OnStep(MadeReports.Step(2, loss: double.NaN));

        Assert.Equal([2, double.NaN], LossLedger.Open(folder.Path, new Recorder()).Losses["align"]);
    }
}
