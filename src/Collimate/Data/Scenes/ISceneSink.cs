namespace Collimate.Data.Scenes;

/// <summary>Where exported scenes go: one form of data set. Without <see cref="Finish"/> its index files leave nothing behind.</summary>
internal interface ISceneSink : IDisposable
{
    /// <summary>Writes what needs no order; called from several threads.</summary>
    void WritePicture(ExportedScene scene);

    /// <summary>Adds the next scene; called in order.</summary>
    void Add(ExportedScene scene);

    /// <summary>Completes the files and gives them their names.</summary>
    void Finish();
}
