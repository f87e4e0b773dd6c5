namespace Collimate.Tests.Alignment.Gps;

/// <summary>Every order of a few things, to find the best one by trying all.</summary>
internal static class AllPermutations
{
    public static IEnumerable<int[]> Of(int n) => n == 0
        ? [[]]
        : Of(n - 1).SelectMany(rest => Enumerable.Range(0, n).Select(at => rest.Take(at).Append(n - 1).Concat(rest.Skip(at)).ToArray()));
}
