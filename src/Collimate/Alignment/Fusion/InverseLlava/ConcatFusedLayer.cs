using Collimate.Models;
using Collimate.Torch;
using Collimate.Torch.Layers;

namespace Collimate.Alignment.Fusion.InverseLlava;

/// <summary>The paper's form. For each of query, key and value: α · W_c [W_t2v x ; v], computed as α · W_ct W_t2v x at text and, with α · W_cv v more, at a picture's places.</summary>
/// <remarks>Source: Inverse-LLaVA, equations 3 to 5; W_c = [W_ct | W_cv]. State names: <c>text_to_vision</c> is W_t2v, <c>text_query</c> … <c>vision_value</c> the halves of W_c.</remarks>
internal sealed class ConcatFusedLayer : FusedLayer
{
    private readonly FusedShape shape;
    private readonly Linear[] toVision; // one, or one each for query, key and value
    private readonly PackedLinear? text;
    private readonly Linear[] texts;
    private readonly PackedLinear vision;
    private bool isMerged;

    public ConcatFusedLayer(FusedShape shape, InverseLlavaOptions options, Generator? generator)
        : base(shape, options)
    {
        this.shape = shape;
        var (deviation, narrow) = (options.LeadingDeviation, 1 / Math.Sqrt(shape.Vision));
        string[] names = options.SharedText ? ["text_to_vision"] : [.. shape.Parts.Select(part => $"text_to_vision_{part.Name}")];
        toVision = [.. names.Select(name => AddModule(name, new Linear(shape.Hidden, shape.Vision, bias: false, generator, narrow)))];
        text = options.SharedText ? AddModule("text", new PackedLinear(shape.Vision, shape.PartsOf("text"), hasBias: false, generator, deviation)) : null;
        texts = options.SharedText ? [] : [.. shape.PartsOf("text").Select(part => AddModule(part.Name, new Linear(shape.Vision, part.Width, bias: false, generator, deviation)))];
        vision = AddModule("vision", new PackedLinear(shape.Vision, shape.PartsOf("vision"), hasBias: false, generator, deviation));
    }

    public override Tensor? AtText(Tensor normed, Tensor settled) => isMerged ? null : Times(FromText(normed), settled);

    public override Tensor AtPictures(Tensor? normed, Tensor patches, Tensor settled)
    {
        var seen = vision.Forward(Seen(patches));
        return Times(normed is null || isMerged ? seen : seen + FromText(normed).To(seen.Type), settled);
    }

    public override void MergeInto(PackedLinear own)
    {
        using var _ = GradMode.Disable();
        using var scope = new TensorScope();
        var start = 0;
        var changes = new List<Tensor>();
        foreach (var (k, (name, width)) in shape.PartsOf("text").Index())
        {
            var leading = text is null ? texts[k].Weight : text.Weight.Narrow(0, start, width);
            changes.Add(leading.MatMul(toVision[k % toVision.Length].Weight) * Alpha.Select(0, k)); // [width, hidden]
            start += width;
        }

        own.Weight.ReplaceData(own.Weight.Detach() + Tensor.Cat(changes).To(own.Weight.Type));
        isMerged = true;
    }

    private Tensor FromText(Tensor normed) => text is not null
        ? text.Forward(toVision[0].Forward(normed))
        : Tensor.Cat([.. texts.Select((map, k) => map.Forward(toVision[k].Forward(normed)))], -1);
}
