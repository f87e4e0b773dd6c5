using Collimate.Training;

namespace Collimate.Tests.Training.Watching;

/// <summary>Reports of steps that never were.</summary>
internal static class MadeReports
{
    public static StepReport Step(long step, string stage = "align", double loss = 2.5) => new(
        stage, step, 10, loss, 0.75, 1e-3, Samples: 8, Tokens: 400, TimeSpan.FromSeconds(step * 0.5), TimeSpan.FromSeconds(0.5), TimeSpan.FromSeconds(0.05))
    {
        Measures = new Dictionary<string, double> { ["token_mixer/match_rate"] = 0.25 }, ModelFlops = 1e6, LiveTensors = 123, ResidentBytes = 64 << 20,
    };
}
