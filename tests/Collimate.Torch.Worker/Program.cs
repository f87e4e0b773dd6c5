using System.Globalization;
using Collimate.Torch.Distributed;

namespace Collimate.Torch.Worker;

/// <summary>One rank of a group: <c>SCENARIO RANK WORLD_SIZE PLACE TIMEOUT_SECONDS</c>, where PLACE is a port (0: rank 0 opens one and prints it) or a file.</summary>
internal static class Program
{
    private static int Main(string[] arguments)
    {
        var (scenario, place) = (arguments[0], arguments[3]);
        var rank = int.Parse(arguments[1], CultureInfo.InvariantCulture);
        var worldSize = int.Parse(arguments[2], CultureInfo.InvariantCulture);
        var timeout = TimeSpan.FromSeconds(double.Parse(arguments[4], CultureInfo.InvariantCulture));
        try
        {
            var rendezvous = Meet(place, rank, worldSize);
            using var group = ProcessGroup.Create(rendezvous, rank, worldSize, new ProcessGroupOptions { Timeout = timeout });
            Scenarios.Run(scenario, group);
            Say("end");
            return 0;
        }
        catch (Exception failure)
        {
            Say(Describe(failure));
            return 3;
        }
    }

    internal static void Say(string line)
    {
        Console.Out.WriteLine(line);
        Console.Out.Flush();
    }

    internal static string Describe(Exception failure) => $"{failure.GetType().Name}: {failure.Message.ReplaceLineEndings(" | ")}";

    private static Rendezvous Meet(string place, int rank, int worldSize)
    {
        if (!int.TryParse(place, out var port))
        {
            return Rendezvous.InFile(place, worldSize);
        }

        if (rank > 0)
        {
            return Rendezvous.Join("127.0.0.1", port);
        }

        var rendezvous = Rendezvous.Host(port);
        Say($"port {rendezvous.Port}");
        return rendezvous;
    }
}
