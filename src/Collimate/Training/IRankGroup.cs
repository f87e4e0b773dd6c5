using Collimate.Torch;

namespace Collimate.Training;

/// <summary>The processes that train one model together, each on its own share of every batch's pieces.</summary>
public interface IRankGroup
{
    /// <summary>This process's number, from 0.</summary>
    int Rank { get; }

    /// <summary>How many processes there are.</summary>
    int Count { get; }

    /// <summary>
    /// The next backward pass adds the last of a step to the parameters' gradients, and <see cref="SumGradients"/> follows: sums may be sent while it runs.
    /// A hint; a step without it comes to the same.
    /// </summary>
    /// <param name="parameters">The parameters, as <see cref="SumGradients"/> will be given them.</param>
    void ExpectGradients(IReadOnlyList<Tensor> parameters)
    {
    }

    /// <summary>Replaces every parameter's gradient by the sum over all processes; a parameter without one counts as zeros where another process has one.</summary>
    /// <param name="parameters">The parameters, in the same order everywhere.</param>
    void SumGradients(IReadOnlyList<Tensor> parameters);

    /// <summary>Replaces numbers by their sums over all processes.</summary>
    void Sum(Span<double> values);

    /// <summary>Every process's tensor, in the order of the ranks.</summary>
    /// <param name="tensor">Of one shape and type in all processes.</param>
    /// <returns>The tensors, without a history.</returns>
    IReadOnlyList<Tensor> Gather(Tensor tensor);
}
