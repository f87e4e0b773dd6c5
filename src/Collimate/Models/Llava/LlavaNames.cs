namespace Collimate.Models.Llava;

/// <summary>
/// Brings the tensor names of every layout in which LLaVA checkpoints are published to the first one, which is ours:
/// <c>vision_tower.vision_model.…</c>, <c>multi_modal_projector.…</c>, <c>language_model.model.…</c>, <c>language_model.lm_head.weight</c>.
/// </summary>
/// <remarks>Since version 4.52 Transformers writes <c>model.vision_tower.…</c>, <c>model.language_model.…</c> (without the inner <c>model.</c>) and <c>lm_head.weight</c>.</remarks>
internal static class LlavaNames
{
    private const string Vision = "vision_tower.";
    private const string VisionInner = "vision_model.";
    private const string Language = "language_model.";
    private const string Projector = "multi_modal_projector.";
    private const string Outer = "model.";
    private const string Head = "lm_head.";

    /// <summary>The name in the first layout; a name of no layout stays as it is, so that it is reported as it stands in the file.</summary>
    public static string Published(string name)
    {
        if (name.StartsWith(Head, StringComparison.Ordinal))
        {
            return Language + name;
        }

        var bare = name.StartsWith(Outer, StringComparison.Ordinal) ? name[Outer.Length..] : name;
        if (bare.StartsWith(Projector, StringComparison.Ordinal))
        {
            return bare;
        }

        if (bare.StartsWith(Vision, StringComparison.Ordinal))
        {
            return bare[Vision.Length..].StartsWith(VisionInner, StringComparison.Ordinal) ? bare : Vision + VisionInner + bare[Vision.Length..];
        }

        if (bare.StartsWith(Language, StringComparison.Ordinal))
        {
            var rest = bare[Language.Length..];
            return rest.StartsWith(Outer, StringComparison.Ordinal) || rest.StartsWith(Head, StringComparison.Ordinal) ? bare : Language + Outer + rest;
        }

        return name;
    }
}
