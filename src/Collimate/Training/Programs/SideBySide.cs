using System.Runtime.ExceptionServices;

namespace Collimate.Training.Programs;

/// <summary>Does independent pieces of work on a few threads.</summary>
internal static class SideBySide
{
    /// <summary>Does all pieces; where some fail, the failure of the first of them is thrown once all are done, so that it is the same one every time.</summary>
    /// <param name="count">How many pieces.</param>
    /// <param name="threads">The most threads.</param>
    /// <param name="work">Does a piece by its number.</param>
    internal static void Run(int count, int threads, Action<int> work)
    {
        if (threads == 1 || count < 2)
        {
            for (var k = 0; k < count; k++)
            {
                work(k);
            }

            return;
        }

        var failures = new Exception?[count];
        Parallel.For(0, count, new ParallelOptions { MaxDegreeOfParallelism = threads }, k =>
        {
            try
            {
                work(k);
            }
            catch (Exception failure)
            {
                failures[k] = failure;
            }
        });
        if (Array.Find(failures, failure => failure is not null) is { } first)
        {
            ExceptionDispatchInfo.Throw(first);
        }
    }
}
