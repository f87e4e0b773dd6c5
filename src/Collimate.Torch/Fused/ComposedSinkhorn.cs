namespace Collimate.Torch.Fused;

/// <summary>Sinkhorn in the log domain from libtorch's own operators, for devices that have no kernel of ours; it keeps the potentials alone and computes the rest again.</summary>
/// <remarks>
/// With Z = logits / temperature: u = -logsumexp over columns of Z + v, then v = -logsumexp over rows of Z + u. R = softmax of the rows of Z + v and
/// C = softmax of the columns of Z + u are the matrices after each half; dv = -C (dZ + du) summed over rows, du = -R (dZ + dv) summed over columns.
/// </remarks>
internal sealed class ComposedSinkhorn(double temperature, SinkhornOptions options) : CustomFunction
{
    /// <inheritdoc/>
    protected override Tensor[] Forward(Tensor[] inputs)
    {
        using var scope = new TensorScope();
        var scores = inputs[0] / temperature; // [..., n, n]
        var (rows, columns) = (new List<Tensor>(), new List<Tensor> { Tensor.Zeros([.. scores.Shape[..^2], 1, scores.Size(-1)], scores.Type, scores.Device) });
        for (var iteration = 1; iteration <= options.Iterations; iteration++)
        {
            rows.Add(HalfStep(scores, columns[^1], -1));
            columns.Add(HalfStep(scores, rows[^1], -2));
            if (options.Tolerance > 0 && iteration > 1 && iteration % options.CheckEvery == 0 && Moved(rows[^2], rows[^1]) <= options.Tolerance)
            {
                break;
            }
        }

        var result = (scores + rows[^1]).Softmax(-2); // exp(Z + u + v), with columns that add up to one whatever was rounded away in u and v
        scope.Escape(result);
        if (options.Backward == SinkhornBackward.Implicit)
        {
            Save(result);
        }
        else
        {
            Save(inputs[0], result, scope.Escape(Tensor.Stack(rows)), scope.Escape(Tensor.Stack(columns)));
        }

        return [result];
    }

    /// <inheritdoc/>
    protected override Tensor?[] Backward(Tensor?[] gradients, Tensor[] savedTensors)
    {
        if (gradients[0] is not { } gradient)
        {
            return [null];
        }

        using var scope = new TensorScope();
        var result = options.Backward == SinkhornBackward.Implicit
            ? ImplicitSinkhorn.Gradient(savedTensors[0], gradient)
            : Unrolled(savedTensors[0] / temperature, savedTensors[1], savedTensors[2], savedTensors[3], gradient);
        return [scope.Escape(result / temperature)];
    }

    private static Tensor HalfStep(Tensor scores, Tensor potentials, int over)
    {
        using var scope = new TensorScope();
        return scope.Escape(-(scores + potentials).LogSumExp(over, keepDimension: true));
    }

    private static double Moved(Tensor before, Tensor after)
    {
        using var scope = new TensorScope();
        return after.ElementCount == 0 ? 0 : (after - before).Abs().Max().Item();
    }

    private static Tensor Unrolled(Tensor scores, Tensor result, Tensor rows, Tensor columns, Tensor gradient)
    {
        var slope = gradient * result;
        var (rowSlope, columnSlope) = (slope.Sum(-1, keepDimension: true), slope.Sum(-2, keepDimension: true));
        for (var iteration = rows.Size(0) - 1; iteration >= 0; iteration--)
        {
            using var scope = new TensorScope();
            var ofColumns = (scores + rows.Select(0, iteration)).Softmax(-2) * columnSlope;
            slope.Add_(ofColumns, -1);
            rowSlope -= ofColumns.Sum(-1, keepDimension: true);
            var ofRows = (scores + columns.Select(0, iteration)).Softmax(-1) * rowSlope;
            slope.Add_(ofRows, -1);
            columnSlope = scope.Escape(-ofRows.Sum(-2, keepDimension: true));
            rowSlope = scope.Escape(Tensor.Zeros(rowSlope.Shape, rowSlope.Type, rowSlope.Device));
        }

        return slope;
    }
}
