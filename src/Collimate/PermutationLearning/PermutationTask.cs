using Collimate.Adapters;
using Collimate.Torch;

namespace Collimate.PermutationLearning;

/// <summary>Sets of tokens, and the right order of each.</summary>
/// <param name="Tokens"><c>[tokens, width]</c> of each set.</param>
/// <param name="Targets">Per set, the number of the token that belongs in each place.</param>
/// <param name="Index">Which piece of its step this is.</param>
public sealed record TokenSets(IReadOnlyList<float[]> Tokens, IReadOnlyList<long[]> Targets, int Index);

/// <summary>Where sets of tokens and their right orders come from.</summary>
public abstract class PermutationTask
{
    /// <param name="settings">Sizes and seed.</param>
    protected PermutationTask(PermutationSettings settings) => Settings = settings;

    /// <summary>Sizes and seed.</summary>
    protected PermutationSettings Settings { get; }

    /// <summary>Makes the task that the settings name.</summary>
    public static PermutationTask Create(PermutationSettings settings) => settings.Task == PermutationTaskKind.Sort ? new SortByProjection(settings) : new RandomPermutations(settings);

    /// <summary>The sets of a step, a piece each.</summary>
    /// <param name="step">The step's number, from 0.</param>
    public abstract IReadOnlyList<TokenSets> Draw(long step);

    /// <summary>Sets that no step has, or none where the right order of an unseen set is anybody's guess.</summary>
    public abstract IReadOnlyList<TokenSets> HeldOut { get; }

    /// <summary>A generator for one purpose.</summary>
    /// <param name="stream">The purpose.</param>
    /// <param name="index">Which item of it.</param>
    protected Generator Stream(string stream, long index) => new(AdapterDropout.Mix(Settings.Seed ^ AdapterDropout.Hash(stream), (ulong)index));
}
