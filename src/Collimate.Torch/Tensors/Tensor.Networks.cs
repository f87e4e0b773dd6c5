namespace Collimate.Torch;

/// <content>What networks are made of.</content>
public sealed partial class Tensor
{
    /// <summary>The matrix product, batched over leading dimensions. PyTorch: <c>torch.matmul</c>.</summary>
    public Tensor MatMul(Tensor other) => Aten.MatMul.CallFast(this, other);

    /// <summary>The product of two batches of matrices, [batch, n, k] by [batch, k, m]. PyTorch: <c>torch.bmm</c>.</summary>
    public Tensor BatchMatMul(Tensor other) => Aten.BatchMatMul.CallFast(this, other);

    /// <summary>x · weightᵀ + bias. PyTorch: <c>torch.nn.functional.linear</c>.</summary>
    /// <param name="weight">[out, in]</param>
    /// <param name="bias">[out], or none</param>
    public Tensor Linear(Tensor weight, Tensor? bias = null) => Aten.Linear.Call(this, weight, bias);

    /// <summary>Exponentials along a dimension, scaled to sum to one. PyTorch: <c>torch.softmax</c>.</summary>
    public Tensor Softmax(int dimension) => Aten.Softmax.Call(this, dimension);

    /// <summary>The logarithm of <see cref="Softmax"/>. PyTorch: <c>torch.log_softmax</c>.</summary>
    public Tensor LogSoftmax(int dimension) => Aten.LogSoftmax.Call(this, dimension);

    /// <summary>Layer normalisation over the last dimensions. PyTorch: <c>torch.nn.functional.layer_norm</c>.</summary>
    public Tensor LayerNorm(ReadOnlySpan<long> normalizedShape, Tensor? weight = null, Tensor? bias = null, double epsilon = 1e-5) =>
        Aten.LayerNorm.Call(this, normalizedShape, weight, bias, epsilon);

    /// <summary>Rows of a table chosen by indices. PyTorch: <c>torch.nn.functional.embedding</c>.</summary>
    /// <param name="weight">[count, width]</param>
    /// <param name="indices">any shape, Int64</param>
    /// <returns>[indices' shape, width]</returns>
    public static Tensor Embedding(Tensor weight, Tensor indices) => Aten.Embedding.CallFast(weight, indices);

    /// <summary>Two-dimensional convolution of [batch, in, height, width]. PyTorch: <c>torch.nn.functional.conv2d</c>.</summary>
    public Tensor Conv2d(Tensor weight, Tensor? bias = null, long stride = 1, long padding = 0) =>
        Aten.Conv2d.Call(this, weight, bias, new[] { stride, stride }, new[] { padding, padding });

    /// <summary>The largest element of each window of [batch, channels, height, width]. PyTorch: <c>torch.nn.functional.max_pool2d</c>.</summary>
    public Tensor MaxPool2d(long size, long stride, long padding = 0) =>
        Aten.MaxPool2d.Call(this, new[] { size, size }, new[] { stride, stride }, new[] { padding, padding });

    /// <summary>Every channel of [batch, channels, …] normalised by statistics. PyTorch: <c>torch.nn.functional.batch_norm</c>.</summary>
    /// <param name="runningMean">[channels]</param>
    /// <param name="runningVariance">[channels]</param>
    /// <param name="weight">[channels]</param>
    /// <param name="bias">[channels]</param>
    /// <param name="training">Whether the batch's own statistics are used, and moved into the running ones; otherwise the running ones are used as they are.</param>
    /// <param name="momentum">How far the running statistics move.</param>
    /// <param name="epsilon">Added to the variance.</param>
    public Tensor BatchNorm(Tensor runningMean, Tensor runningVariance, Tensor weight, Tensor bias, bool training, double momentum = 0.1, double epsilon = 1e-5) =>
        Aten.BatchNorm.Call(this, weight, bias, runningMean, runningVariance, training, momentum, epsilon, false);

    /// <summary>[batch, channels, height, width] stretched by a cubic without antialiasing, corners not aligned. PyTorch: <c>torch.nn.functional.interpolate(mode="bicubic")</c>.</summary>
    /// <param name="height">The new height.</param>
    /// <param name="width">The new width.</param>
    /// <param name="scales">The factors that places are computed with, where they are not to follow from the sizes.</param>
    public Tensor UpsampleBicubic(long height, long width, (double Height, double Width)? scales = null) => scales is { } factors
        ? Aten.UpsampleBicubic.Call(this, new[] { height, width }, false, factors.Height, factors.Width)
        : Aten.UpsampleBicubic.Call(this, new[] { height, width }, false, Argument.None, Argument.None);

    /// <summary>Elements zeroed at random and the rest scaled up while training. PyTorch: <c>torch.nn.functional.dropout</c>.</summary>
    public Tensor Dropout(double probability, bool training) => Aten.Dropout.Call(this, probability, training);

    /// <summary>Mean cross-entropy of logits [n, classes] against class indices [n]. PyTorch: <c>torch.nn.functional.cross_entropy</c>.</summary>
    public Tensor CrossEntropy(Tensor targets, long ignoreIndex = -100, double labelSmoothing = 0) =>
        Aten.CrossEntropy.Call(this, targets, Argument.None, 1, ignoreIndex, labelSmoothing);

    /// <summary>Each vector along a dimension divided by its length. PyTorch: <c>torch.nn.functional.normalize</c>.</summary>
    public Tensor Normalize(int dimension = -1, double epsilon = 1e-12)
    {
        using var norm = Norm(dimension, keepDimension: true);
        using var floor = norm.Clamp(minimum: epsilon);
        return Div(floor);
    }

    /// <summary>Indices as one-hot vectors in a new last dimension. PyTorch: <c>torch.nn.functional.one_hot</c>.</summary>
    public Tensor OneHot(long classes) => Aten.OneHot.Call(this, classes);

    /// <summary>softmax(q · kᵀ · scale + mask) · v. PyTorch: <c>torch.nn.functional.scaled_dot_product_attention</c>.</summary>
    /// <param name="query">[batch, heads, n, width]</param>
    /// <param name="key">[batch, heads, m, width]</param>
    /// <param name="value">[batch, heads, m, width]</param>
    /// <param name="mask">Flags (true = may attend) or numbers to add, broadcast to [batch, heads, n, m]; or none.</param>
    /// <param name="causal">Whether position i attends only to positions up to i; not together with a mask.</param>
    /// <param name="scale">1/√width where it is null.</param>
    public static Tensor ScaledDotProductAttention(Tensor query, Tensor key, Tensor value, Tensor? mask = null, bool causal = false, double? scale = null)
    {
        var factor = scale ?? 1 / Math.Sqrt(query.Size(-1));
        using var scope = new TensorScope();
        var scores = (query * factor).MatMul(key.Transpose(-2, -1)); // [batch, heads, n, m]
        if (causal)
        {
            scores = scores.MaskedFill(Ones([query.Size(-2), key.Size(-2)], ScalarType.Bool, query.Device).Triu(1 + key.Size(-2) - query.Size(-2)), double.NegativeInfinity);
        }
        else if (mask is not null)
        {
            scores = mask.Type == ScalarType.Bool ? scores.MaskedFill(mask.LogicalNot(), double.NegativeInfinity) : scores + mask;
        }

        return scope.Escape(scores.Softmax(-1).MatMul(value));
    }
}
