using Collimate.Data.Conversations;

namespace Collimate.Data.Records;

/// <summary>The folder that the pictures of a file of records lie in.</summary>
internal sealed class PictureFiles
{
    private static readonly string[] Endings = [".jpg", ".png", ".jpeg", ".webp", ".gif"];

    private readonly string folder;

    /// <param name="folder">The folder; null for that of the records' file.</param>
    /// <param name="records">The records' file.</param>
    /// <exception cref="DataException">There is no such folder.</exception>
    internal PictureFiles(string? folder, string records)
    {
        this.folder = folder is null ? Path.GetDirectoryName(records)! : Path.GetFullPath(folder);
        if (!Directory.Exists(this.folder))
        {
            throw new DataException(this.folder, $"there is no such folder, where the pictures of {records} should be; set image_folder", DataFault.Source);
        }
    }

    /// <summary>A picture by the path that a record gives it.</summary>
    /// <param name="name">The path, relative to the folder; its ending may be left out.</param>
    /// <param name="where">The file and the record, for messages.</param>
    /// <exception cref="DataException">There is no such picture.</exception>
    internal ImageSource Find(string name, string where)
    {
        var path = Path.Combine(folder, name);
        if (File.Exists(path))
        {
            return ImageSource.FromFile(path);
        }

        var whole = Path.HasExtension(name) ? null : Endings.Select(ending => path + ending).FirstOrDefault(File.Exists);
        return whole is not null ? ImageSource.FromFile(whole) : throw new DataException(
            where, $"there is no picture {path}; put it there, or say with image_folder where the pictures are (now {folder})", DataFault.Pictures);
    }
}
