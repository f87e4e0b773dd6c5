using Collimate.Alignment.Attention;
using Collimate.Alignment.Composition;
using Collimate.Alignment.Conditioning;
using Collimate.Alignment.Connectors;
using Collimate.Alignment.Fusion;
using Collimate.Alignment.Towers;
using Collimate.Data.Conversations;
using Collimate.Models.Language;
using Collimate.Torch;

namespace Collimate.Alignment;

/// <summary>A vision-language model: one choice at each of seven seams, and the way of a tensor through them.</summary>
/// <remarks>State-dict names are those of Hugging Face's LLaVA: <c>vision_tower</c>, <c>multi_modal_projector</c>, <c>language_model</c>.</remarks>
public sealed class VisionLanguageModel : Module
{
    /// <summary>Puts a model together; it owns every seam that is a <see cref="Module"/>.</summary>
    public VisionLanguageModel(
        IConditioning conditioning, IVisionTower vision, IConnector connector, CausalLanguageModel language,
        IComposition composition, IAttentionPolicy attention, IFusion fusion, int padTokenId)
    {
        (Conditioning, Vision, Connector, Language) = (conditioning, vision, connector, language);
        (Composition, Attention, Fusion, PadTokenId) = (composition, attention, fusion, padTokenId);
        Own("conditioning", conditioning);
        Own("vision_tower", vision);
        Own("multi_modal_projector", connector);
        Own("language_model", language);
        Own("composition", composition);
        Own("fusion", fusion);
    }

    /// <summary>Seam 1.</summary>
    public IConditioning Conditioning { get; }

    /// <summary>Seam 2.</summary>
    public IVisionTower Vision { get; }

    /// <summary>Seam 3.</summary>
    public IConnector Connector { get; }

    /// <summary>The decoder.</summary>
    public CausalLanguageModel Language { get; }

    /// <summary>Seam 4.</summary>
    public IComposition Composition { get; }

    /// <summary>Seam 5.</summary>
    public IAttentionPolicy Attention { get; }

    /// <summary>Seam 6.</summary>
    public IFusion Fusion { get; }

    /// <summary>Whether a picture's tokens, or their places, depend on the question, so that several questions cannot share one picture.</summary>
    public bool LooksByQuestion => Composition.OrdersByQuestion || Conditioning.ReadsQuestion || Connector.ReadsQuestion;

    /// <summary>Which place the rotary embedding is told for a token that a composition has moved.</summary>
    public PositionRule Positions { get; init; }

    /// <summary>Whether training runs the layers of decoder and tower again for their gradients instead of keeping what they computed: less memory, a third more time.</summary>
    public bool RecomputesLayers
    {
        get => Language.RecomputesLayers;
        set => Language.RecomputesLayers = Vision.RecomputesLayers = value;
    }

    /// <summary>Where the model lives.</summary>
    public Device Device => Language.EmbeddingWeight.Device;

    /// <summary>Places that a picture takes in the sequence.</summary>
    public int TokensPerImage => Composition.PlacesPictures ? Connector.TokenCount(Vision.TokenCount + Conditioning.KeptTokens) : 0;

    /// <summary>The token that fills up short rows.</summary>
    public int PadTokenId { get; }

    /// <summary>From pictures and text to hidden states.</summary>
    /// <param name="batch">The rows.</param>
    /// <param name="policy">Who sees whom, where a stage of training has another idea of it than the model.</param>
    /// <param name="pass">Whether and how far the pass trains; it answers where null.</param>
    public ForwardPass Forward(Batch batch, IAttentionPolicy? policy = null, PassContext? pass = null)
    {
        pass ??= PassContext.Answering;
        var prompt = Compose(batch, policy, pass);
        var hidden = Language.Run(prompt.Input, hook: prompt.Hook);              // [rows, length, hidden]
        return new ForwardPass(batch, prompt.Patches, prompt.Visual, prompt.Sequence, hidden, this, pass) { Policy = policy }; // 7  objectives read this
    }

    /// <summary>From pictures and text to what the decoder runs on: the same for training, for the prompt of a generation, and for inspection.</summary>
    /// <param name="batch">The rows.</param>
    /// <param name="policy">Who sees whom, where a stage of training has another idea of it than the model.</param>
    /// <param name="pass">Whether and how far the pass trains; it answers where null.</param>
    public ComposedInput Compose(Batch batch, IAttentionPolicy? policy = null, PassContext? pass = null)
    {
        pass ??= PassContext.Answering;
        var asked = new PictureQuestions(batch, Language);                                  //    what is asked about each picture
        var pixels = batch.Pixels?.To(Language.EmbeddingWeight.Type);                       //    in the model's own precision      [images, 3, height, width]
        var condition = pixels is null ? null : Conditioning.Read(asked);                   // 1  what the text says to the eye
        var patches = batch.Features ?? (pixels is null ? null : FrozenSight.Encode(Vision, pixels, condition, pass.Training)); // 2  what the eye sees              [images, patches, visionWidth]
        var visual = patches is null ? null : Connector.Project(patches, asked);            // 3  in the decoder's space         [images, tokens, hidden]
        var text = EmbedText(batch);                                                        //                                   [rows, tokens, hidden]
        var order = Composition.Arrange(visual, text, batch, pass);                         // 4  who stands where
        var sequence = Sequence.Build(visual, text, batch, order, Positions);               //    embeddings, and what each is   [rows, length, hidden]
        var attention = (policy ?? Attention).Describe(sequence.Positions);                 // 5  who sees whom
        var hook = Fusion.Prepare(Entering(patches, visual, batch, order, sequence));       // 6  vision inside the layers
        return new ComposedInput(patches, visual, sequence, new LanguageInput(sequence.Embeddings, PositionIds(sequence), attention), hook) { Order = order };
    }

    // Places that were left empty are zeros, unless a soft order mixes words into them.
    private FusionInput Entering(Tensor? patches, Tensor? visual, Batch batch, Order order, Sequence sequence) =>
        new(patches, visual, batch, order, sequence.Positions) { IsEmptyAtPictures = Connector.LeavesPlacesEmpty && order.Mixture is null or { IsHard: true } };

    private static Tensor PositionIds(Sequence sequence)
    {
        var positions = sequence.Positions;
        return Tensor.From([.. positions.PositionIds.Select(id => (long)id)], [positions.Rows, positions.Length], sequence.Embeddings.Device);
    }

    // Layouts side by side, short rows filled up; a picture's marker is embedded like any token and then not placed.
    private Tensor EmbedText(Batch batch)
    {
        var length = batch.Layouts.Max(layout => layout.TokenIds.Length);
        var ids = new long[batch.Rows * length];
        Array.Fill(ids, PadTokenId);
        float[]? shown = null; // 0 where a vector of zeros stands for the token
        for (var row = 0; row < batch.Rows; row++)
        {
            var tokens = batch.Layouts[row].InputIds ?? batch.Layouts[row].TokenIds;
            for (var k = 0; k < tokens.Length; k++)
            {
                ids[(row * length) + k] = Math.Max(tokens[k], 0);
                if (tokens[k] < 0)
                {
                    shown ??= [.. Enumerable.Repeat(1f, ids.Length)];
                    shown[(row * length) + k] = 0;
                }
            }
        }

        var embedded = Language.Embed(Tensor.From(ids, [batch.Rows, length]).To(Device)); // [rows, tokens, hidden]
        return shown is null ? embedded : embedded * Tensor.From(shown, [batch.Rows, length, 1], Device).To(embedded.Type);
    }

    private void Own(string name, object seam)
    {
        if (seam is Module module)
        {
            AddModule(name, module);
        }
    }
}
