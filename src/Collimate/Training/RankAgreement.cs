using System.Runtime.InteropServices;
using System.Text;
using Collimate.Recipes;
using Collimate.Torch;

namespace Collimate.Training;

/// <summary>What processes that train one model compare before they begin: one that was started otherwise than the rest would spoil the run without a word.</summary>
internal static class RankAgreement
{
    /// <summary>Every rank waits here for the others.</summary>
    internal static void Meet(IRankGroup? ranks) => ranks?.Sum([0.0]);

    /// <summary>Checks that all ranks were given the same recipe and the same words.</summary>
    internal static void OnRun(IRankGroup ranks, RecipeDocument document, RunOptions options)
    {
        var recipe = RecipeSnapshot.ToYaml(document).Split('\n').Where(line => !line.StartsWith('#'));
        Check(ranks, "was given another recipe, or other --set values, than rank 0; start every rank with the same command.", Hash(Encoding.UTF8.GetBytes(string.Join('\n', recipe))));
        Check(
            ranks, "was given other --max-steps, --save-every or --resume than rank 0; start every rank with the same command.",
            (ulong)(options.MaxSteps ?? -1), (ulong)options.SaveEvery, options.Resume ? 1UL : 0);
    }

    /// <summary>Checks that all ranks go on from the same point.</summary>
    internal static void OnPlace(IRankGroup ranks, StageState? state, string folder)
    {
        var place = state is null ? [] : (ulong[])[1, (ulong)state.Stage, (ulong)state.Step, (ulong)(state.Within?.Pieces ?? 0)];
        Check(
            ranks, $"goes on from another checkpoint than rank 0, or found none; {Path.GetFullPath(folder)} must be the same folder for every rank, on a disk that all of them see.",
            [.. place, .. new ulong[4 - place.Length]]);
    }

    /// <summary>Checks that all ranks hold the same parameters, bit by bit.</summary>
    internal static void OnParameters(IRankGroup ranks, IReadOnlyList<(string Name, Tensor Value)> parameters)
    {
        var mine = parameters.Select(parameter => Hash(parameter.Value)).ToArray();
        var all = Gather(ranks, [Hash(MemoryMarshal.AsBytes<ulong>(mine))]);
        if (all.All(each => each[0] == all[0][0]))
        {
            return;
        }

        var details = Gather(ranks, mine);
        var rank = Enumerable.Range(1, ranks.Count - 1).First(each => all[each][0] != all[0][0]);
        var first = Enumerable.Range(0, mine.Length).First(k => details[rank][k] != details[0][k]);
        var count = Enumerable.Range(0, mine.Length).Count(k => details[rank][k] != details[0][k]);
        throw new RunException(
            $"Rank {rank} begins with other weights than rank 0: {count} of {mine.Length} parameters differ, the first is {parameters[first].Name}. " +
            "Every rank must read the same model files; where they do, the ranks run different versions of the program or of libtorch.");
    }

    /// <summary>This rank's part of a step that another number of ranks has begun: what is summed up already counts once, on rank 0.</summary>
    internal static PartialStep? ShareOf(PartialStep? begun, int rank, int ranks)
    {
        if (begun is null || ranks == 1)
        {
            return begun;
        }

        // Of the pieces done, every so many-th was this rank's.
        var mine = Enumerable.Range(0, begun.Pieces).Count(piece => piece % ranks == rank);
        if (rank == 0)
        {
            return begun with { Pieces = mine };
        }

        begun.Dispose();
        return new PartialStep(mine, new Tensor?[begun.Gradients.Length], 0, 0, 0);
    }

    private static void Check(IRankGroup ranks, string complaint, params ulong[] mine)
    {
        var all = Gather(ranks, mine);
        if (Enumerable.Range(1, ranks.Count - 1).Where(rank => !all[rank].SequenceEqual(all[0])).ToArray() is { Length: > 0 } others)
        {
            throw new RunException($"Rank {string.Join(", ", others)} {complaint}");
        }
    }

    // Numbers of 32 bits go through a sum of doubles unharmed, each rank's in a place of its own.
    private static ulong[][] Gather(IRankGroup ranks, ulong[] mine)
    {
        var table = new double[ranks.Count * mine.Length * 2];
        for (var k = 0; k < mine.Length; k++)
        {
            var at = ((ranks.Rank * mine.Length) + k) * 2;
            (table[at], table[at + 1]) = (mine[k] >> 32, mine[k] & uint.MaxValue);
        }

        ranks.Sum(table);
        return [.. Enumerable.Range(0, ranks.Count).Select(rank =>
            Enumerable.Range(rank * mine.Length, mine.Length).Select(k => ((ulong)table[2 * k] << 32) | (ulong)table[(2 * k) + 1]).ToArray())];
    }

    private static unsafe ulong Hash(Tensor tensor)
    {
        using var scope = new TensorScope();
        using var noGradient = GradMode.Disable();
        var plain = tensor.Detach().To(Device.Cpu).Contiguous();
        var bytes = plain.ElementCount * plain.Type.Size();
        var hash = (ulong)bytes;
        for (var start = 0L; start < bytes; start += int.MaxValue / 8 * 8)
        {
            hash = (hash * 31) ^ Hash(new ReadOnlySpan<byte>((byte*)plain.DataPointer + start, (int)Math.Min(int.MaxValue / 8 * 8, bytes - start)));
        }

        GC.KeepAlive(plain);
        return hash;
    }

    // Four sums side by side, so that one need not wait for the other. Finds accidents; no defence against intent.
    private static ulong Hash(ReadOnlySpan<byte> bytes)
    {
        const ulong Prime = 0x9E3779B185EBCA87;
        var words = MemoryMarshal.Cast<byte, ulong>(bytes);
        var (a, b, c, d) = (1UL, 2UL, 3UL, 4UL);
        var k = 0;
        for (; k + 4 <= words.Length; k += 4)
        {
            a = System.Numerics.BitOperations.RotateLeft(a ^ words[k], 29) * Prime;
            b = System.Numerics.BitOperations.RotateLeft(b ^ words[k + 1], 29) * Prime;
            c = System.Numerics.BitOperations.RotateLeft(c ^ words[k + 2], 29) * Prime;
            d = System.Numerics.BitOperations.RotateLeft(d ^ words[k + 3], 29) * Prime;
        }

        foreach (var left in bytes[(k * 8)..])
        {
            a = (a ^ left) * Prime;
        }

        return (((((a * 31) ^ b) * 31) ^ c) * 31) ^ d;
    }
}
