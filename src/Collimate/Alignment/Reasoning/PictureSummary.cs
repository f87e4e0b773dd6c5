using Collimate.Alignment.Connectors;
using Collimate.Models;
using Collimate.Torch;
using Collimate.Torch.Layers;

namespace Collimate.Alignment.Reasoning;

/// <summary>Makes one vector of what the towers saw: by two linear layers of the puzzle's own or for all, a Q-Former, or a perceiver.</summary>
public sealed class PictureSummary : Module
{
    private const int ConnectorLayers = 2;
    private const int HeadSize = 32;

    private readonly Activation activation;
    private readonly bool endsLinear;
    private readonly PuzzleLinear? ownFirst;
    private readonly PuzzleLinear? ownSecond;
    private readonly Linear? first;
    private readonly Linear? second;
    private readonly IConnector? connector;

    /// <param name="shape">The reasoner's shape, with pictures.</param>
    /// <param name="activation">The non-linearity.</param>
    /// <param name="generator">Draws the weights.</param>
    internal PictureSummary(ReasonerShape shape, Activation activation, Generator? generator)
    {
        this.activation = activation;
        var seen = shape.PictureWidths.Sum();
        switch (shape.Head)
        {
            case PictureHead.PerPuzzle:
                ownFirst = AddModule("0", new PuzzleLinear(shape.Puzzles.Count, seen, shape.Width, generator));
                ownSecond = AddModule("2", new PuzzleLinear(shape.Puzzles.Count, shape.Width, shape.Width, generator));
                break;
            case PictureHead.Shared:
                first = AddModule("0", new Linear(seen, shape.Width, generator: generator));
                second = AddModule("2", new Linear(shape.Width, shape.Width, generator: generator));
                endsLinear = true; // the published code applies no ReLU behind the shared head
                break;
            case PictureHead.QFormer:
                var queries = new QFormerShape(shape.Queries, shape.Width, ConnectorLayers, shape.Heads, shape.Inner, CrossEvery: 1, OutputScale: 1);
                connector = AddModule("q_former", new QFormerConnector(seen, shape.Width, queries, null, generator));
                break;
            default:
                connector = AddModule("perceiver", new PerceiverConnector(seen, shape.Width, new PerceiverShape(shape.Queries, ConnectorLayers, shape.Heads, HeadSize, 1), generator));
                break;
        }
    }

    /// <summary>Sums pictures up.</summary>
    /// <param name="pictures">What each tower saw, <c>[rows, tokens, width]</c>; for a Q-Former or perceiver as many tokens each.</param>
    /// <param name="rows">The rows by puzzle.</param>
    /// <returns><c>[rows, width]</c></returns>
    public Tensor Forward(IReadOnlyList<Tensor> pictures, PuzzleRows rows)
    {
        if (connector is not null)
        {
            return connector.Project(pictures.Count == 1 ? pictures[0] : Tensor.Cat(pictures, 2)).Mean(1);
        }

        var pooled = Tensor.Cat(pictures.Select(tower => tower.Mean(1)), 1);                    // [rows, widths of all towers], the first tower first
        var summed = ownFirst is not null
            ? rows.Scatter(ownSecond!.Forward(activation.Apply(ownFirst.Forward(rows.Gather(pooled), rows)), rows))
            : second!.Forward(activation.Apply(first!.Forward(pooled)));
        return endsLinear ? summed : activation.Apply(summed);
    }
}
