namespace Collimate.Data.Scenes;

/// <summary>In which form scenes are written to a folder.</summary>
public enum SceneExportFormat
{
    /// <summary><c>llava.json</c> with conversations, and PNG pictures in <c>images/</c>.</summary>
    Llava,

    /// <summary><c>captions.json</c> in the form of COCO's captions, and PNG pictures in <c>images/</c>.</summary>
    Coco,

    /// <summary>Shards <c>scenes-000000.tar</c> of <c>.png</c> and <c>.json</c> members, in the form of WebDataset.</summary>
    WebDataset,
}
