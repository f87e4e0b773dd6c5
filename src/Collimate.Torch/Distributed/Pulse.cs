namespace Collimate.Torch.Distributed;

/// <summary>
/// Tells the other ranks every few seconds that this one is alive, and notices which have fallen silent: a machine that loses its power or its
/// network closes no connection, so gloo alone would wait for it to the end of its time limit.
/// </summary>
/// <remarks>Silence is counted in this rank's own rounds, not by the clock, so that a machine that was asleep does not take the others for dead.</remarks>
internal sealed class Pulse : IDisposable
{
    private const int SilentRounds = 10;

    // A round of this rank's own that takes so long is stuck at the meeting point. Complaint() is asked some forty times a second.
    private const int MostAsked = 40 * 45;

    private static readonly TimeSpan Round = TimeSpan.FromSeconds(3);

    private readonly Rendezvous rendezvous;
    private readonly int rank;
    private readonly ManualResetEventSlim stop = new();
    private readonly (string Seen, int Silent)[] peers;
    private volatile string? complaint;
    private volatile int rounds;
    private int roundsAsked;
    private int asked;

    internal Pulse(Rendezvous rendezvous, int rank, int worldSize)
    {
        (this.rendezvous, this.rank) = (rendezvous, rank);
        peers = new (string, int)[worldSize];
        Array.Fill(peers, ("", 0));
        new Thread(Beat) { IsBackground = true, Name = "rank pulse" }.Start();
    }

    /// <summary>What is wrong, or null; asked again and again by whoever waits for the other ranks.</summary>
    internal string? Complaint()
    {
        if (complaint is { } known)
        {
            return known;
        }

        if (roundsAsked != rounds)
        {
            (roundsAsked, asked) = (rounds, 0);
        }

        return ++asked > MostAsked ? $"{rendezvous.Description}, where the ranks meet, does not answer any more" : null;
    }

    /// <inheritdoc/>
    public void Dispose() => stop.Set();

    private static string Key(int each) => $"collimate/pulse/{each}";

    private void Beat()
    {
        try
        {
            do
            {
                rendezvous.Mark(Key(rank), $"{rounds + 1}");
                for (var each = 0; each < peers.Length && !stop.IsSet; each++)
                {
                    Listen(each);
                }

                rounds++;
            }
            while (complaint is null && !stop.Wait(Round));
        }
        catch (Exception failure) when (failure is TorchException or ObjectDisposedException)
        {
            if (!stop.IsSet)
            {
                complaint = $"{rendezvous.Description}, where the ranks meet, is gone";
            }
        }
    }

    private void Listen(int each)
    {
        if (each == rank)
        {
            return;
        }

        // A rank that has not begun to beat has only just met the others.
        var now = rendezvous.Note(Key(each)) ?? "";
        peers[each] = now == peers[each].Seen ? (now, peers[each].Silent + 1) : (now, 0);
        if (peers[each].Silent > SilentRounds)
        {
            complaint = $"rank {each} has given no sign of life for {SilentRounds * Round.TotalSeconds:0} s";
        }
    }
}
