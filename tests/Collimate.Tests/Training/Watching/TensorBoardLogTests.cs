using System.Text;
using Collimate.Training;
using Collimate.Training.Watching.TensorBoard;

namespace Collimate.Tests.Training.Watching;

public sealed class TensorBoardLogTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Checksum_OfTheReader_IsThatOfTheStandard() =>
        Assert.Equal(0xE3069283u, EventFileReader.Crc32C(Encoding.ASCII.GetBytes("123456789"))); // RFC 3720, appendix B.4's polynomial

    [Fact]
    public void OnStep_FirstOfAStage_OpensAFileWithVersionStartAndRecipe()
    {
        using (var log = new TensorBoardLog(folder.Path, "name: tiny\nseed: 1"))
        {
            log.OnStep(MadeReports.Step(1));
        }

        var path = Assert.Single(Directory.GetFiles(Path.Combine(folder.Path, "align")));
        Assert.StartsWith("events.out.tfevents.", Path.GetFileName(path), StringComparison.Ordinal);
        var events = EventFileReader.Read(path);
        Assert.Equal("brain.Event:2", events[0].Version);
        Assert.Equal((1L, (long?)1), (events[1].Step, events[1].SessionStatus));
        Assert.Equal("```yaml\nname: tiny\nseed: 1\n```", events[2].Texts["recipe/text_summary"]);
        Assert.Equal(4, events.Count);
        Assert.All(events, one => Assert.InRange(one.Time, 1.7e9, 1e10));
    }

    [Fact]
    public void OnStep_Figures_AreWrittenUnderTheirTags()
    {
        using (var log = new TensorBoardLog(folder.Path))
        {
            log.OnStep(MadeReports.Step(300));
            log.OnValidation(new ValidationReport("align", 300, 1.5, 0.25, true));
        }

        var shown = EventFileReader.Shown(Path.Combine(folder.Path, "align"));
        Assert.All(shown, entry => Assert.Equal(300, entry.Step));
        var values = shown.ToDictionary(entry => entry.Tag, entry => entry.Value);
        Assert.Equal(2.5f, values["train/loss"]);
        Assert.Equal(0.75f, values["train/gradient_norm"]);
        Assert.Equal(1e-3f, values["train/learning_rate"]);
        Assert.Equal(2f, values["speed/steps_per_second"]);
        Assert.Equal(16f, values["speed/samples_per_second"]);
        Assert.Equal(800f, values["speed/tokens_per_second"]);
        Assert.Equal(0.1f, values["speed/data_wait_share"]);
        Assert.Equal(123f, values["memory/live_tensors"]);
        Assert.Equal((float)(64 << 20), values["memory/resident_bytes"]);
        Assert.Equal(0.25f, values["token_mixer/match_rate"]);
        Assert.Equal(1.5f, values["validation/loss"]);
        Assert.Equal(0.25f, values["validation/exact"]);
        Assert.DoesNotContain("speed/model_flops_utilization", values.Keys); // nobody said what was computed with
    }

    [Fact]
    public void OnStep_LossThatIsNoNumber_IsWrittenAsSuch()
    {
        using (var log = new TensorBoardLog(folder.Path))
        {
            log.OnStep(MadeReports.Step(1, loss: double.NaN));
        }

        Assert.Contains(EventFileReader.Shown(Path.Combine(folder.Path, "align")), entry => entry.Tag == "train/loss" && float.IsNaN(entry.Value));
    }

    [Fact]
    public void OnStep_NextStage_HasAFolderOfItsOwn()
    {
        using (var log = new TensorBoardLog(folder.Path))
        {
            log.OnStep(MadeReports.Step(1));
            log.OnStep(MadeReports.Step(2));
            log.OnStep(MadeReports.Step(1, "über/all"));
        }

        Assert.Equal(["_ber_all", "align"], Directory.GetDirectories(folder.Path).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        Assert.Equal([1L, 2L], Losses("align").Select(entry => entry.Step));
        Assert.Equal([1L], Losses("_ber_all").Select(entry => entry.Step));
    }

    [Fact]
    public void OnStep_RunGoneOnWithAgainAndAgain_ShowsEveryStepOnceAsItWasDoneLast()
    {
        for (var begun = 1; begun <= 12; begun++) // all within a second
        {
            using var log = new TensorBoardLog(folder.Path);
            for (var step = begun; step <= begun + 2; step++)
            {
                log.OnStep(MadeReports.Step(step, loss: (100 * begun) + step));
            }
        }

        Assert.Equal(12, Directory.GetFiles(Path.Combine(folder.Path, "align")).Length);
        Assert.Equal([.. Enumerable.Range(1, 14).Select(step => ((long)step, (float)((100 * Math.Min(step, 12)) + step)))], Losses("align"));
    }

    [Fact]
    public void OnStep_ProcessKilledRightAfter_HasLeftTheEvent()
    {
        // Not disposed yet: what a killed process leaves is what lies in the file now.
        using var log = new TensorBoardLog(folder.Path, new string('x', 100_000));
        for (var step = 1; step <= 3; step++)
        {
            log.OnStep(MadeReports.Step(step));
            var path = Directory.GetFiles(Path.Combine(folder.Path, "align")).Single();
            Assert.Equal(3 + step, EventFileReader.Read(path).Count); // version, start, text and the steps
        }
    }

    private IEnumerable<(long Step, float Value)> Losses(string stage) =>
        EventFileReader.Shown(Path.Combine(folder.Path, stage)).Where(entry => entry.Tag == "train/loss").Select(entry => (entry.Step, entry.Value));
}
