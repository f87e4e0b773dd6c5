using Collimate.Models.Permutation;
using Collimate.Torch;
using Collimate.Torch.Layers;

namespace Collimate.Alignment.Reasoning;

/// <summary>
/// The layer of "On Vision-Language Reasoners" in which the question looks at the picture: s = SelfAttention(tokens), c = CrossAttention(s; picture), v = mean over the
/// tokens, x = LN(v + W₂ GELU(W₁ v)).
/// </summary>
/// <remarks>
/// The published code puts the question's <em>mean</em> into every row and repeats the picture's one vector as keys, so that every softmax is uniform and v = Wᵥ · picture + b whatever
/// is asked (<see cref="QfForm.Parity"/>). <see cref="QfForm.Real"/> has the tokens, their mask, and the towers' patches instead. Neither attention has a projection behind it, a residual or a norm.
/// </remarks>
public sealed class QfLayer : Module
{
    private readonly int heads;
    private readonly Linear? query;
    private readonly Linear? key;
    private readonly Linear? value;
    private readonly Linear? crossQuery;
    private readonly Linear[] crossKeys = [];
    private readonly Linear[] crossValues;
    private readonly Linear widen;
    private readonly Linear narrow;
    private readonly LayerNorm norm;

    /// <param name="shape">The reasoner's shape, with pictures and questions.</param>
    /// <param name="generator">Draws the weights.</param>
    public QfLayer(ReasonerShape shape, Generator? generator)
    {
        var width = shape.QuestionWidth!.Value;
        heads = shape.Heads;
        if (shape.Qf == QfForm.Real)
        {
            query = AddModule("mha.query", new Linear(width, width, generator: generator));
            key = AddModule("mha.key", new Linear(width, width, generator: generator));
            value = AddModule("mha.value", new Linear(width, width, generator: generator));
            crossQuery = AddModule("crossattention.query", new Linear(width, width, generator: generator));
            crossKeys = [.. shape.PictureWidths.Select((tower, at) => AddModule($"crossattention.key.{at}", new Linear(tower, width, generator: generator)))];
            crossValues = [.. shape.PictureWidths.Select((tower, at) => AddModule($"crossattention.value.{at}", new Linear(tower, width, generator: generator)))];
        }
        else
        {
            crossValues = [AddModule("crossattention.value", new Linear(shape.Width, width, generator: generator))];
        }

        widen = AddModule("intermediate.dense", new Linear(width, shape.Inner, generator: generator));
        narrow = AddModule("intermediate.dense_final", new Linear(shape.Inner, width, generator: generator));
        norm = AddModule("intermediate.layer_norm", new LayerNorm(width, shape.NormEpsilon));
    }

    /// <summary>Looks.</summary>
    /// <param name="picture">The picture's vector, <c>[rows, width]</c>.</param>
    /// <param name="input">The picture's patches and the question's tokens.</param>
    /// <param name="dropout">Leaves numbers out in training; null for none.</param>
    /// <returns><c>[rows, question width]</c></returns>
    internal Tensor Forward(Tensor picture, ReasonerInput input, PassDropout? dropout)
    {
        var seen = query is null ? crossValues[0].Forward(picture) : Look(input, dropout);
        var inner = narrow.Forward(widen.Forward(seen).Gelu());
        return norm.Forward(seen + (dropout?.Apply(inner) ?? inner));
    }

    private Tensor Look(ReasonerInput input, PassDropout? dropout)
    {
        var (tokens, marks) = (input.Question!.Tokens, input.Question.Marks());
        var said = MaskedAttention.Mix(query!.Forward(tokens), key!.Forward(tokens), value!.Forward(tokens), heads, marks, dropout);   // [rows, tokens, width]
        var keys = Tensor.Cat(input.Pictures.Select((patches, tower) => crossKeys[tower].Forward(patches)), 1);                      // [rows, patches of all towers, width]
        var values = Tensor.Cat(input.Pictures.Select((patches, tower) => crossValues[tower].Forward(patches)), 1);
        return QuestionSummary.Mean(MaskedAttention.Mix(crossQuery!.Forward(said), keys, values, heads, null, dropout), marks);
    }
}
