using Collimate.Data.Scenes;

namespace Collimate.Tests.Data.Scenes;

/// <summary>The world, opened once for all tests.</summary>
internal static class GymWorld
{
    private static readonly Lazy<SceneWorld> Shared = new(() => SceneWorld.Load());

    internal static SceneWorld World => Shared.Value;

    internal static IEnumerable<Scene> Scenes(SceneSplit split, int count, ulong seed = 3) =>
        Enumerable.Range(0, count).Select(index => World.Draw(split, seed, index));

    /// <summary>A new empty folder that goes away with the object.</summary>
    internal sealed class Folder : IDisposable
    {
        internal string Path { get; } = Directory.CreateTempSubdirectory("collimate-scenes-").FullName;

        public void Dispose() => Directory.Delete(Path, recursive: true);
    }
}
