namespace Collimate.Torch.Layers;

/// <summary>Normalises every channel, by the batch's statistics in training and by running ones otherwise, then scales and shifts. Source: Ioffe and Szegedy 2015. PyTorch: <c>torch.nn.BatchNorm2d</c>.</summary>
public sealed class BatchNorm : Module
{
    private readonly double epsilon;
    private readonly double momentum;
    private readonly Tensor runningMean;
    private readonly Tensor runningVariance;
    private readonly Tensor batchesSeen;

    /// <param name="channels">How many channels.</param>
    /// <param name="epsilon">Added to the variance.</param>
    /// <param name="momentum">How far the running statistics move towards a batch's.</param>
    public BatchNorm(long channels, double epsilon = 1e-5, double momentum = 0.1)
    {
        (this.epsilon, this.momentum) = (epsilon, momentum);
        using var scope = new TensorScope();
        Weight = AddParameter("weight", Tensor.Ones([channels]));
        Bias = AddParameter("bias", Tensor.Zeros([channels]));
        runningMean = AddBuffer("running_mean", Tensor.Zeros([channels]));
        runningVariance = AddBuffer("running_var", Tensor.Ones([channels]));
        batchesSeen = AddBuffer("num_batches_tracked", Tensor.Zeros([], ScalarType.Int64));
    }

    /// <summary><c>[channels]</c></summary>
    public Tensor Weight { get; }

    /// <summary><c>[channels]</c></summary>
    public Tensor Bias { get; }

    /// <summary>Whether the running statistics are used and left alone in training too: for fine-tuning on batches too small to have statistics of their own.</summary>
    public bool KeepsStatistics { get; set; }

    /// <summary>Applies the norm.</summary>
    /// <param name="x"><c>[batch, channels, …]</c></param>
    public Tensor Forward(Tensor x)
    {
        var learns = IsTraining && !KeepsStatistics;
        if (learns)
        {
            using var one = Tensor.Ones([], ScalarType.Int64, batchesSeen.Device);
            using var next = batchesSeen + one;
            batchesSeen.CopyFrom_(next);
        }

        return x.BatchNorm(runningMean, runningVariance, Weight, Bias, learns, momentum, epsilon);
    }
}
