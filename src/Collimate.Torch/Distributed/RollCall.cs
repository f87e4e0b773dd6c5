using System.Diagnostics;

namespace Collimate.Torch.Distributed;

/// <summary>Finds out, through the meeting point, which ranks are there; gloo itself never says which one it misses.</summary>
internal static class RollCall
{
    private const int PollMilliseconds = 10;
    private const int MostReason = 400;
    private const string Plainly = "1";

    private static readonly TimeSpan AnswerLimit = TimeSpan.FromSeconds(2);

    // The keeper of the meeting point stays a little longer than the others ask.
    private static readonly TimeSpan KeeperLimit = TimeSpan.FromSeconds(3);

    /// <summary>Notes this rank and waits until all others are noted too.</summary>
    internal static void Assemble(Rendezvous rendezvous, int rank, int worldSize, TimeSpan timeout, CancellationToken cancellationToken)
    {
        string Key(int each) => $"collimate/{worldSize}/here/{each}";
        var missing = Enumerable.Range(0, worldSize).ToList();
        try
        {
            AbandonableCall.Run(
                () =>
                {
                    if (rendezvous.IsMarked(Key(rank)))
                    {
                        throw new ProcessGroupException($"Two processes came to {rendezvous.Description} as rank {rank}, or the meeting point is left over from another run. Give every process its own rank and every run its own meeting point.");
                    }

                    rendezvous.Mark(Key(rank));
                    Await(missing, each => rendezvous.IsMarked(Key(each)), timeout, cancellationToken);
                    return true;
                },
                _ => { }, timeout + AnswerLimit, cancellationToken);
        }
        catch (Exception failure) when (failure is TorchException or TimeoutException)
        {
            throw new ProcessGroupException(
                $"Rank {rank} lost the meeting point {rendezvous.Description} while it waited for the others ({Rendezvous.FirstLine(failure.Message)}). Look at the output of rank 0.", failure);
        }

        cancellationToken.ThrowIfCancellationRequested();
        lock (missing)
        {
            if (missing.Count > 0)
            {
                throw new ProcessGroupException(
                    $"{Named(missing)} of {worldSize} did not come to {rendezvous.Description} within {timeout.TotalSeconds:0.#} s. " +
                    "Start every rank with the same world size and the same meeting point; look at the missing ranks' own output.");
            }
        }
    }

    /// <summary>Notes that this rank leaves on purpose, and why.</summary>
    internal static void SayGoodbye(Rendezvous rendezvous, int rank, string? reason)
    {
        try
        {
            AbandonableCall.Run(
                () =>
                {
                    rendezvous.Mark(LeftKey(rank), reason is null ? Plainly : Shortened(reason));
                    return true;
                },
                _ => { }, AnswerLimit);
        }
        catch (Exception failure) when (failure is TorchException or TimeoutException)
        {
            // The keeper of the meeting point has gone before: nobody is left to read it.
        }
    }

    /// <summary>After a collective has failed: which ranks do not answer, as a sentence.</summary>
    internal static string AfterFailure(Rendezvous rendezvous, int rank, int worldSize)
    {
        var silent = Enumerable.Range(0, worldSize).ToList();
        var left = new List<(int Rank, string Reason)>();
        var limit = rendezvous.IsKeeper ? KeeperLimit : AnswerLimit;
        try
        {
            AbandonableCall.Run(
                () =>
                {
                    rendezvous.Mark(FailedKey(rank));
                    Await(silent, each => HasAnswered(rendezvous, each, left), limit, CancellationToken.None);
                    return true;
                },
                _ => { }, AnswerLimit * 2);
        }
        catch (Exception failure) when (failure is TorchException or TimeoutException)
        {
            return "Rank 0, which keeps the meeting point, is gone or does not answer.";
        }

        lock (silent)
        {
            var sentences = new List<string>();
            if (left.Where(each => each.Reason == Plainly).Select(each => each.Rank).ToList() is { Count: > 0 } quiet)
            {
                sentences.Add($"{Named(quiet)} left the group.");
            }

            sentences.AddRange(left.Where(each => each.Reason != Plainly).Select(each => $"Rank {each.Rank} ended with: {each.Reason}"));

            if (silent.Count > 0)
            {
                sentences.Add($"{Named(silent)} did not answer within {limit.TotalSeconds:0.#} s: killed, or hanging.");
            }

            return sentences.Count > 0 ? string.Join(' ', sentences) : "Every rank is alive and has seen the failure.";
        }
    }

    private static string FailedKey(int rank) => $"collimate/failed/{rank}";

    private static string LeftKey(int rank) => $"collimate/left/{rank}";

    private static string Named(List<int> ranks) => $"{(ranks.Count == 1 ? "Rank" : "Ranks")} {string.Join(", ", ranks)}";

    // One line, and short enough for a note.
    private static string Shortened(string reason)
    {
        var line = string.Join(' ', reason.Split((char[])['\r', '\n'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries));
        return line.Length <= MostReason ? line : $"{line[..MostReason]}…";
    }

    private static bool HasAnswered(Rendezvous rendezvous, int rank, List<(int Rank, string Reason)> left)
    {
        if (rendezvous.Note(LeftKey(rank)) is { } reason)
        {
            left.Add((rank, reason));
            return true;
        }

        return rendezvous.IsMarked(FailedKey(rank));
    }

    // Takes the ranks out of the list as they answer.
    private static void Await(List<int> ranks, Func<int, bool> hasAnswered, TimeSpan limit, CancellationToken cancellationToken)
    {
        var clock = Stopwatch.StartNew();
        while (true)
        {
            int[] asked;
            lock (ranks)
            {
                asked = [.. ranks];
            }

            var answered = asked.Where(hasAnswered).ToHashSet();
            lock (ranks)
            {
                ranks.RemoveAll(answered.Contains);
                if (ranks.Count == 0)
                {
                    return;
                }
            }

            if (clock.Elapsed > limit || cancellationToken.IsCancellationRequested)
            {
                return;
            }

            Thread.Sleep(PollMilliseconds);
        }
    }
}
