using Collimate.Torch.Serialization;

namespace Collimate.Data.Scenes;

/// <summary>The folder of PNG pictures beside an index file.</summary>
internal sealed class PictureFolder
{
    private const string Name = "images";
    private readonly string path;

    internal PictureFolder(string folder)
    {
        path = Path.Combine(folder, Name);
        Directory.CreateDirectory(path);
    }

    internal static string RelativePath(ExportedScene scene) => $"{Name}/{scene.ImageName}";

    internal void Write(ExportedScene scene) => WholeFile.Write(Path.Combine(path, scene.ImageName), scene.Png);
}
