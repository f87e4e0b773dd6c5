using System.Text.Json;
using Collimate.Training;
using Collimate.Training.Watching;

namespace Collimate.Tests.Training.Watching;

public sealed class StepLogTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void OnStep_Figures_StandOnALine()
    {
        var line = Assert.Single(Lines(log => log.OnStep(MadeReports.Step(3))));

        Assert.Equal(("align", 3L, 2.5), (line.GetProperty("stage").GetString(), line.GetProperty("step").GetInt64(), line.GetProperty("loss").GetDouble()));
        Assert.Equal((0.5, 0.05), (line.GetProperty("seconds").GetDouble(), line.GetProperty("dataWait").GetDouble()));
        Assert.Equal((800.0, 1e6), (line.GetProperty("tokensPerSecond").GetDouble(), line.GetProperty("modelFlops").GetDouble()));
        Assert.Equal((123L, 64L << 20), (line.GetProperty("liveTensors").GetInt64(), line.GetProperty("residentBytes").GetInt64()));
        Assert.Equal(0.25, line.GetProperty("measures").GetProperty("token_mixer/match_rate").GetDouble());
        Assert.Equal(JsonValueKind.Null, line.GetProperty("utilization").ValueKind);
    }

    [Fact]
    public void OnStep_LossThatIsNoNumber_IsNull()
    {
        var line = Assert.Single(Lines(log => log.OnStep(MadeReports.Step(1, loss: double.NaN))));

        Assert.Equal(JsonValueKind.Null, line.GetProperty("loss").ValueKind);
    }

    [Fact]
    public void Open_FileOfAnEarlierRun_AddsToIt()
    {
        Lines(log => log.OnStep(MadeReports.Step(1)));
        var lines = Lines(log => log.OnValidation(new ValidationReport("align", 1, 0.5, 0.25, true)));

        Assert.Equal(2, lines.Length);
        Assert.Equal((0.5, 0.25, true), (lines[1].GetProperty("validationLoss").GetDouble(), lines[1].GetProperty("validationExact").GetDouble(), lines[1].GetProperty("best").GetBoolean()));
    }

    private JsonElement[] Lines(Action<StepLog> happens)
    {
        var path = Path.Combine(folder.Path, StepLog.FileName);
        using (var log = new StepLog(path))
        {
            happens(log);
        }

        return [.. File.ReadLines(path).Select(line => JsonDocument.Parse(line).RootElement)];
    }
}
